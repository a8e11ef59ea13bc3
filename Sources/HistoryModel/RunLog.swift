/// The end of something that a run, or its runtime, wrote as text.
public struct RunLog: Hashable, Sendable {
    /// What it is the end of: `stderr`, or the name of a file as `kernel.log`.
    public var name: String
    /// When it was read.
    public var takenAt: Timestamp
    /// How much was written in all; `nil` if nobody counted.
    public var writtenBytes: Int64?
    /// When something was last written to it, for telling whose it is; `nil` if nobody knows. It is not
    /// kept.
    public var lastWrittenAt: Timestamp?
    /// Its last bytes, as they were written: not safe to print as they are, and perhaps no UTF-8.
    public var tail: [UInt8]

    /// The end of the text `name`.
    public init(name: String, takenAt: Timestamp, writtenBytes: Int64?, tail: [UInt8]) {
        self.name = name
        self.takenAt = takenAt
        self.writtenBytes = writtenBytes
        self.tail = tail
    }
}
