/// A command's arguments, as a person would type them.
///
/// ```swift
/// CommandLineText.quoted(["sh", "-c", "exit 3"])  // "sh -c 'exit 3'"
/// ```
public enum CommandLineText {
    /// The arguments with the quotes that a POSIX shell needs, safe to show on one line.
    ///
    /// An argument with control characters is written as `$'…'`, which bash, zsh and ksh read back
    /// to the same bytes; all other text every POSIX shell does.
    public static func quoted(_ arguments: some Sequence<String>) -> String {
        var words: [String] = []
        for argument in arguments {
            words.append(quoted(argument, isFirst: words.isEmpty))
        }
        return words.joined(separator: " ")
    }

    private static func quoted(_ argument: String, isFirst: Bool) -> String {
        if argument.unicodeScalars.contains(where: \.isUnsafeToDisplay) {
            return "$'" + argument.unicodeScalars.map(escaped).joined() + "'"
        }
        // A first word with "=" would be an assignment, and zsh expands a word that begins with it.
        let isPlain =
            !argument.isEmpty && argument.utf8.allSatisfy(isPlain)
            && (!argument.utf8.contains(UInt8(ascii: "="))
                || !isFirst && argument.utf8.first != UInt8(ascii: "="))
        if isPlain { return argument }
        return "'"
            + argument.split(separator: "'", omittingEmptySubsequences: false)
            .joined(separator: "'\\''") + "'"
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "_@%+=:,./-".utf8.contains(byte)
        }
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": return "\\n"
        case "\t": return "\\t"
        case "\r": return "\\r"
        case "'", "\\": return "\\\(scalar)"
        case _ where scalar.isUnsafeToDisplay:
            let digits = String(scalar.value, radix: 16)
            let (letter, width) =
                scalar.isASCII ? ("x", 2) : scalar.value <= 0xffff ? ("u", 4) : ("U", 8)
            return "\\\(letter)" + String(repeating: "0", count: width - digits.count) + digits
        default: return String(scalar)
        }
    }
}
