import HistoryModel

/// Values as JSON text (RFC 8259) on one line.
///
/// Integers are exact, doubles the shortest text that reads back the same, NaN and infinities `null`,
/// times RFC 3339. Besides what JSON demands, every character is escaped that could steer a terminal
/// or a reader's eye, so that JSON is safe to show and still means the same text.
enum JSONText {
    /// The text of `value`; `isSpaced` puts spaces after colons and commas, for people.
    static func text(of value: FieldValue, isSpaced: Bool = false) -> String {
        var text = ""
        append(value, to: &text, isSpaced: isSpaced)
        return text
    }

    /// Appends the text of `value`.
    static func append(_ value: FieldValue, to text: inout String, isSpaced: Bool) {
        switch value {
        case .null: text += "null"
        case .flag(let flag): text += flag ? "true" : "false"
        case .integer(let integer): text += String(integer)
        case .unsigned(let integer): text += String(integer)
        case .number(let number): text += number.isFinite ? "\(number)" : "null"
        case .text(let string): appendQuoted(string, to: &text)
        case .time(let instant): appendQuoted(instant.rfc3339, to: &text)
        case .list(let elements):
            text += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { text += isSpaced ? ", " : "," }
                append(element, to: &text, isSpaced: isSpaced)
            }
            text += "]"
        case .object(let members):
            text += "{"
            for (index, member) in members.enumerated() {
                if index > 0 { text += isSpaced ? ", " : "," }
                appendQuoted(member.key, to: &text)
                text += isSpaced ? ": " : ":"
                append(member.value, to: &text, isSpaced: isSpaced)
            }
            text += "}"
        }
    }

    /// Appends `string` in quotes.
    static func appendQuoted(_ string: String, to text: inout String) {
        text += "\""
        if string.utf8.allSatisfy(isPlain) {
            text += string
        } else {
            for scalar in string.unicodeScalars { append(scalar, to: &text) }
        }
        text += "\""
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x7f && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    private static func append(_ scalar: Unicode.Scalar, to text: inout String) {
        switch scalar {
        case "\"": text += "\\\""
        case "\\": text += "\\\\"
        case "\n": text += "\\n"
        case "\r": text += "\\r"
        case "\t": text += "\\t"
        case _ where scalar.isUnsafeToDisplay:
            for unit in UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter {
                let digits = String(unit, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            }
        default: text.unicodeScalars.append(scalar)
        }
    }
}
