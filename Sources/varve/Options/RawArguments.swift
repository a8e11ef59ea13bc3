/// This program's arguments as the bytes that they are: they need not be UTF-8.
enum RawArguments {
    /// The last `count` of them.
    static func last(_ count: Int) -> [[UInt8]] {
        let all = Int(CommandLine.argc)
        return (max(0, all - count)..<all).map { index in
            // argv holds argc strings, each ended by a zero, for the life of the process.
            guard let text = unsafe CommandLine.unsafeArgv[index] else { return [] }
            var bytes: [UInt8] = []
            var position = 0
            while unsafe text[position] != 0 {
                unsafe bytes.append(UInt8(bitPattern: text[position]))
                position += 1
            }
            return bytes
        }
    }
}
