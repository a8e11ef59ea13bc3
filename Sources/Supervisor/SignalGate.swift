internal import CPlatform

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A set of blocked signals, as a process inherits it.
public struct SignalMask: Sendable {
    let signals: sigset_t
}

/// One signal that reached this program.
public struct ReceivedSignal: Hashable, Sendable {
    /// Its number.
    public let number: Int32
    /// The process that sent it; `nil` if the system does not tell.
    public let sender: Int32?
    /// Whether the kernel sent it to the whole process group, as it does for the terminal's keys, size
    /// and hang-up: the command has got it too.
    public let reachedGroup: Bool

    /// The signal `number`.
    public init(number: Int32, sender: Int32?, reachedGroup: Bool) {
        self.number = number
        self.sender = sender
        self.reachedGroup = reachedGroup
    }
}

/// Holds back every signal that a supervisor passes on, so that one thread can wait for them.
///
/// Signals that stop and continue a job keep their meaning: the shell's job control works on the
/// supervisor as on any program.
public struct SignalGate: ~Copyable {
    /// The mask that this program was started with; a command gets it back.
    public let inheritedMask: SignalMask
    private let awaited: SignalMask

    /// Blocks the signals for this thread and for all that it starts from now on.
    public init() {
        var set = sigset_t()
        unsafe sigfillset(&set)
        for kept in Self.untouched {
            unsafe sigdelset(&set, kept)
        }
        var before = sigset_t()
        unsafe pthread_sigmask(SIG_BLOCK, &set, &before)
        inheritedMask = SignalMask(signals: before)
        for own in Self.own {
            unsafe sigdelset(&set, own)
        }
        awaited = SignalMask(signals: set)
    }

    /// Faults of this program itself, job control, and what cannot be caught.
    private static let untouched: [Int32] = [
        SIGKILL, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT,
        SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS, SIGPROF,
    ]

    /// What this program brings upon itself by writing or by using CPU: it neither ends the supervisor
    /// nor concerns the command. The call that failed says so.
    private static let own: [Int32] = [SIGPIPE, SIGXFSZ, SIGXCPU]

    /// Waits for the next signal, `SIGCHLD` among them.
    ///
    /// - Parameter timeout: How long to wait; `nil` for ever.
    /// - Returns: The signal, or `nil` if none came in time. On macOS `nil` may come early.
    public func next(within timeout: Duration?) -> ReceivedSignal? {
        let nanoseconds: Int64
        if let timeout {
            let (seconds, attoseconds) = timeout.components
            let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
            let (sum, carry) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
            nanoseconds = overflow || carry ? .max : max(0, sum)
        } else {
            nanoseconds = -1
        }
        var received = cplatform_signal()
        guard
            unsafe withUnsafePointer(
                to: awaited.signals,
                { unsafe cplatform_wait_for_signal($0, nanoseconds, &received) }) == 0
        else {
            return nil
        }
        return ReceivedSignal(
            number: received.number,
            sender: received.sender > 0 ? received.sender : nil,
            reachedGroup: received.from_kernel)
    }
}
