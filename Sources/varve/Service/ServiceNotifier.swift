internal import HistoryModel
internal import Supervisor

/// Tells the service manager that started this program how it fares, see `sd_notify(3)`.
///
/// Without such a manager every call does nothing. No call waits, and none fails.
///
/// ```swift
/// let notifier = ServiceNotifier(environment: Environment.current)
/// notifier.ready(status: "recording /varve-1")
/// while … {
///     notifier.alive()
/// }
/// notifier.stopping()
/// ```
final class ServiceNotifier: Sendable {
    /// Half of the time within which the manager wants a sign of life; `nil` if it wants none.
    let watchdogInterval: Duration?
    private let socket: NotifySocket?
    private let lastSign: Locked<ContinuousClock.Instant?>

    init(environment: [String: String], pid: Int32 = ProcessID.own) {
        socket = environment["NOTIFY_SOCKET"].flatMap(NotifySocket.init)
        watchdogInterval = socket == nil ? nil : Self.interval(environment, pid: pid)
        lastSign = Locked(nil)
    }

    /// `WATCHDOG_USEC` is for the process that `WATCHDOG_PID` names, if it names one.
    private static func interval(_ environment: [String: String], pid: Int32) -> Duration? {
        guard let text = environment["WATCHDOG_USEC"], let microseconds = Int64(text),
            microseconds > 0
        else { return nil }
        if let named = environment["WATCHDOG_PID"], named != String(pid) { return nil }
        return .microseconds(microseconds / 2)
    }

    /// Whether anybody listens.
    var isConnected: Bool { socket != nil }

    /// The program has begun its work.
    func ready(status: String) {
        send("READY=1\nSTATUS=\(Self.line(status))")
    }

    /// What `systemctl status` shows.
    func status(_ status: String) {
        send("STATUS=\(Self.line(status))")
    }

    /// The program ends because it was asked to.
    func stopping() {
        send("STOPPING=1")
    }

    /// A sign of life, passed on if the last one is half a watchdog's time old. Costs a look at the
    /// clock otherwise.
    func alive(now: ContinuousClock.Instant = .now) {
        guard let watchdogInterval else { return }
        let isDue = lastSign.withLock { last in
            if let last, now - last < watchdogInterval { return false }
            last = now
            return true
        }
        if isDue { send("WATCHDOG=1") }
    }

    /// A line break would begin another field.
    private static func line(_ text: String) -> String {
        text.escapedForDisplay
    }

    private func send(_ message: String) {
        socket?.send(message)
    }
}
