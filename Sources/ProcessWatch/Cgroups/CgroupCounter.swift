/// A number that the kernel counts up in a file of a cgroup, and where it stood at first.
struct CgroupCounter: Sendable {
    let directory: [UInt8]
    private let file: [UInt8]
    private let before: Int64
    private let parse: @Sendable ([UInt8]) -> Int64?

    /// - Returns: `nil` if the file cannot be read.
    init?(
        _ name: String, in directory: [UInt8], _ parse: @escaping @Sendable ([UInt8]) -> Int64?
    ) {
        let file = directory + Array("/\(name)".utf8)
        guard let before = SmallFile.read(file, limit: 1 << 14).flatMap(parse) else { return nil }
        self.directory = directory
        self.file = file
        self.before = before
        self.parse = parse
    }

    /// `nil` if the cgroup is gone, is a new one of the same name that counts less, or cannot be read.
    var growth: Int64? {
        guard let now = SmallFile.read(file, limit: 1 << 14).flatMap(parse), now >= before else {
            return nil
        }
        return now - before
    }
}
