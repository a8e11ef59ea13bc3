internal import CPlatform

/// This program's arguments as the bytes that they are: they need not be UTF-8, and `/proc` need not be
/// mounted, on which `CommandLine` depends.
public enum RawArguments {
    /// All of them, the program's own name first.
    public static var all: [[UInt8]] {
        let count = cplatform_argument_count()
        guard count >= 0 else {
            return (0..<Int(CommandLine.argc)).map { index in
                // argv holds argc strings, each ended by a zero, for the life of the process.
                unsafe bytes(CommandLine.unsafeArgv[index])
            }
        }
        // The string lives as long as the process and ends with a zero.
        return (0..<count).map { unsafe bytes(cplatform_argument($0)) }
    }

    /// The last `count` of them.
    public static func last(_ count: Int) -> [[UInt8]] { Array(all.suffix(count)) }

    /// - Parameter text: ends with a zero, if it is there.
    private static func bytes(_ text: UnsafePointer<CChar>?) -> [UInt8] {
        guard let text = unsafe text else { return [] }
        var bytes: [UInt8] = []
        var position = 0
        // The zero is met before the string's end is passed.
        while unsafe text[position] != 0 {
            unsafe bytes.append(UInt8(bitPattern: text[position]))
            position += 1
        }
        return bytes
    }
}
