internal import HistoryModel

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A command that could not be started.
public struct SpawnError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The command's name as it was given.
    public let command: String
    /// The system's error number.
    public let errorNumber: Int32

    /// `command` could not be started because of `errorNumber`.
    public init(command: String, errorNumber: Int32) {
        self.command = command
        self.errorNumber = errorNumber
    }

    /// The code that shells, `env` and `timeout` end with in this case: 127 if there is no such
    /// command, else 126.
    public var exitCode: Int32 { errorNumber == ENOENT ? 127 : 126 }

    /// What failed, on what, why, and what to do.
    public var description: String {
        let reason = unsafe String(cString: strerror(errorNumber))
        let advice =
            switch errorNumber {
            case ENOENT: "; check the spelling, or give its path"
            case EACCES: "; it must be an executable file (chmod +x)"
            case ENOEXEC: "; a script needs a first line such as #!/bin/sh"
            case E2BIG: "; the arguments and the environment are too long together"
            case EAGAIN, ENOMEM: "; the machine has no room for another process now"
            default: ""
            }
        return "cannot start '\(command.escapedForDisplay)': \(reason)\(advice)"
    }
}
