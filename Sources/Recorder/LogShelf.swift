internal import HistoryModel
internal import HistoryStore

/// What the runtimes of sandboxes wrote as text, taken down when runs of them end: each sandbox's once,
/// however many of its runs are found to have ended at the same time.
///
/// Logs are a sandbox's and not a run's. So each is given only to the run that it was last written in: a
/// log that was written after a run's end is its next run's, and one that was not written since a run's
/// start tells nothing of it.
struct LogShelf {
    private let read: (@Sendable (_ sandbox: String) -> [RunLog])?
    private var known: [String: [RunLog]] = [:]

    /// Logs of so many sandboxes are read before ``putBack()``: some 16 MiB.
    private static let sandboxLimit = 256
    /// How far a file's time, which is that of the last tick, may lie before a clock's.
    private static let tick: Int64 = 20
    /// How long after a row was written, or a last sample, a runtime may write its last lines. Rows tell
    /// whole seconds in some releases.
    private static let lastWords: Int64 = 2_000

    /// A shelf that is filled by `read`; without it, it stays empty.
    init(_ read: (@Sendable (_ sandbox: String) -> [RunLog])?) {
        self.read = read
    }

    /// The logs of `sandbox` that are those of its run that lived from `start` to `end`.
    ///
    /// - Parameters:
    ///   - start: `nil` if it is not known.
    ///   - isExact: Whether `end` is when its process died.
    ///   - next: When the sandbox's next run started, if there is one.
    mutating func logs(
        of sandbox: String, from start: Timestamp?, to end: Timestamp, isExact: Bool,
        next: Timestamp?
    ) -> [RunLog] {
        let first = start?.advanced(byMilliseconds: -Self.tick)
        var last = end.advanced(byMilliseconds: isExact ? Self.tick : Self.lastWords)
        if let next { last = min(last, max(end, next.advanced(byMilliseconds: -Self.tick))) }
        return all(of: sandbox).filter { log in
            guard let at = log.lastWrittenAt else { return true }
            return first.map { $0 <= at } ?? true && at <= last
        }
    }

    /// Forgets what was read: the next time that logs are asked for they are read anew.
    mutating func putBack() {
        if !known.isEmpty { known = [:] }
    }

    private mutating func all(of sandbox: String) -> [RunLog] {
        if let logs = known[sandbox] { return logs }
        guard let read, known.count < Self.sandboxLimit else { return [] }
        let logs = read(sandbox)
        known[sandbox] = logs
        return logs
    }
}
