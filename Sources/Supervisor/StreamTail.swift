/// The last bytes of a stream, and how many there were in all.
public struct StreamTail: Hashable, Sendable {
    /// How many of the last bytes are kept.
    public let limit: Int
    /// All that came.
    public private(set) var writtenBytes: Int64 = 0
    private var kept: [UInt8] = []

    /// Nothing yet, of which the last `limit` bytes will be kept.
    public init(limit: Int) {
        self.limit = max(0, limit)
    }

    /// The last bytes.
    public var bytes: [UInt8] { Array(kept.suffix(limit)) }

    /// Takes what came next.
    public mutating func append(_ bytes: some Collection<UInt8>) {
        writtenBytes += Int64(bytes.count)
        kept += bytes.suffix(limit)
        // Now and then only, as all that is kept moves.
        if kept.count > 2 * limit { kept.removeFirst(kept.count - limit) }
    }
}
