internal import HistoryModel
internal import ProcessWatch
internal import Supervisor

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A signal from outside that asks a program to end.
struct StopRequest {
    /// The signal.
    let signal: ReceivedSignal
    /// What its sender's program is called, if it still lived when the signal came.
    private let senderName: String?

    /// - Returns: `nil` if `signal` asks for something else.
    init?(_ signal: ReceivedSignal) {
        guard [SIGTERM, SIGINT, SIGHUP, SIGQUIT].contains(signal.number) else { return nil }
        self.signal = signal
        senderName = signal.sender.flatMap(ProcessName.of(pid:))
    }

    /// Whether the command ended because of it.
    ///
    /// One that was sent to this program is meant for the run, however the command then ends. The
    /// terminal's keys may be the command's daily business: they count only if it died of them.
    func explains(_ end: EndedProcess) -> Bool {
        !signal.reachedGroup || end.exitSignal == signal.number
            || end.exitCode == 128 + signal.number
    }

    /// Whether it is the same signal on the same way as `other`.
    func isOfKind(of other: StopRequest) -> Bool {
        signal.number == other.signal.number && signal.reachedGroup == other.signal.reachedGroup
    }

    /// Who asked, for people.
    var description: String {
        let name = SignalName.name(of: signal.number)
        if let sender = signal.sender {
            let program = senderName.map { " (\($0.escapedForDisplay))" } ?? ""
            return "\(name) from process \(sender)\(program)"
        }
        return signal.reachedGroup ? "\(name) from the terminal" : name
    }
}
