#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A process that is there could not be read.
///
/// A process that is gone is no error: its reader returns `nil`.
public struct ProcessSampleError: Error, Hashable, Sendable {
    /// What was being done.
    public struct Operation: RawRepresentable, Hashable, Sendable {
        /// The verb, as the sentence says it.
        public let rawValue: String
        /// The operation that `rawValue` names.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// Opening the file.
        public static let open = Operation(rawValue: "open")
        /// Reading the opened file.
        public static let read = Operation(rawValue: "read")
        /// Turning the bytes into values.
        public static let parse = Operation(rawValue: "understand")
        /// Making the pipe of a ``StopSignal``.
        public static let makePipe = Operation(rawValue: "make")
    }

    /// What was being done.
    public let operation: Operation
    /// The file, or on macOS the call and its process.
    public let path: String
    /// The name of the field that made no sense, `nil` if the system refused.
    public let field: String?
    /// The system's error number, `nil` if the bytes made no sense.
    public let errorNumber: Int32?

    init(_ operation: Operation, _ path: String, errorNumber: Int32) {
        self.operation = operation
        self.path = path
        self.field = nil
        self.errorNumber = errorNumber
    }

    init(malformed field: String, in path: String) {
        self.operation = .parse
        self.path = path
        self.field = field
        self.errorNumber = nil
    }
}

extension ProcessSampleError: CustomStringConvertible {
    /// What failed, on what, why, and what to do.
    public var description: String {
        guard let errorNumber else {
            return "cannot understand \(path): \(field ?? "its text") is missing or malformed; "
                + "please report this with the text of that file"
        }
        // The result is copied before the next call can change it; both C libraries keep it per
        // thread.
        let reason = unsafe String(cString: strerror(errorNumber))
        return "cannot \(operation.rawValue) \(path): \(reason) (errno \(errorNumber)); \(advice)"
    }

    private var advice: String {
        switch errorNumber {
        case EACCES, EPERM: "run as the user who owns that process"
        case EMFILE, ENFILE: "raise the limit of open files (ulimit -n)"
        default: "its values are missing from this sample"
        }
    }
}
