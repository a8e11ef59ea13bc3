internal import HistoryModel
internal import ProcessWatch
internal import Recorder

/// Processes that live until they are told to die. One thread alone uses it.
// The recorder keeps it as a probe, which must be Sendable; the benchmark has one thread.
final class SimulatedProcesses: ProcessProbe, @unchecked Sendable {
    private var alive: Set<Int32> = []
    private var tokens: [Int32: UInt64] = [:]
    private var watched: [UInt64: Int32] = [:]

    func isGone(_ pid: Int32) -> Bool { !alive.contains(pid) }

    func startTimeNanoseconds(of pid: Int32) -> Int64? {
        alive.contains(pid) ? Int64(pid) : nil
    }

    func start(_ pid: Int32) {
        alive.insert(pid)
    }

    func end(_ pid: Int32) {
        alive.remove(pid)
    }

    /// What a watch calls the process, while it does.
    func token(of pid: Int32) -> UInt64? { tokens[pid] }

    /// Does what the recorder asks of a watch.
    func answer(_ recorder: inout Recorder, now: ClockReading) {
        for request in recorder.takeWatchRequests() {
            switch request {
            case .watch(let token, let pid, _):
                guard alive.contains(pid) else {
                    recorder.note(.gone, of: token, now: now)
                    continue
                }
                tokens[pid] = token
                watched[token] = pid
                let identity = ProcessIdentity(pid: pid, startTimeNanoseconds: Int64(pid))
                recorder.note(.watching(identity), of: token, now: now)
            case .stop(let token):
                if let pid = watched.removeValue(forKey: token) { tokens[pid] = nil }
            }
        }
    }
}
