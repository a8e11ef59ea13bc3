#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Nothing can be watched at all: the system grants no queue for it.
public struct ProcessWatchError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What could not be made, as the sentence says it.
    public let part: String
    /// The system's error number.
    public let errorNumber: Int32

    init(_ part: String, errorNumber: Int32) {
        self.part = part
        self.errorNumber = errorNumber
    }

    /// What failed, on what, why, and what to do.
    public var description: String {
        // The text is copied before the next call can change it; both C libraries keep it per thread.
        let reason = unsafe String(cString: strerror(errorNumber))
        let advice =
            switch errorNumber {
            case EMFILE, ENFILE: "raise the limit of open files (ulimit -n)"
            default: "deaths are then noticed by polling only"
            }
        return "cannot make \(part) that tells of the deaths of processes: \(reason) "
            + "(errno \(errorNumber)); \(advice)"
    }
}
