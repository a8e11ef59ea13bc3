internal import HistoryModel

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Why a service could not be put in place, or taken away.
struct ServiceError: Error, Hashable, CustomStringConvertible {
    /// What was being done.
    enum Operation: Hashable {
        case findingProgram
        case writingDefinition
        case placing
        case removing
        case starting
    }

    let operation: Operation
    /// The file or the text that it was done to.
    let subject: String
    /// The system's error number, if it was the system that refused.
    let errorNumber: Int32?
    private let reason: String

    init(
        _ operation: Operation, _ subject: String, _ reason: String, errorNumber: Int32? = nil
    ) {
        self.operation = operation
        self.subject = subject
        self.errorNumber = errorNumber
        self.reason = reason
    }

    /// The failure of a system call, in the system's words and with what to do.
    init(
        _ operation: Operation, _ subject: String, errorNumber: Int32, advice: String
    ) {
        // strerror gives a string for every number, constant or of this thread.
        let words = unsafe String(cString: strerror(errorNumber))
        self.init(operation, subject, "\(words); \(advice)", errorNumber: errorNumber)
    }

    var description: String {
        let what =
            switch operation {
            case .findingProgram: "cannot tell which program the service is to run"
            case .writingDefinition: "cannot write a service with"
            case .placing: "cannot put the service in place at"
            case .removing: "cannot remove the service at"
            case .starting: "cannot start the service of"
            }
        let subject = subject.isEmpty ? "" : " '\(subject.escapedForDisplay)'"
        return "\(what)\(subject): \(reason.escapedForDisplay)"
    }
}
