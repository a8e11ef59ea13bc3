import HistoryModel
import HistoryStore
import SQLite

extension Timestamp {
    /// 2026-11-23T12:00:00Z, a whole multiple of every interval that is tested.
    static let noon = Timestamp(unixMilliseconds: 1_795_435_200_000)

    /// So many seconds after ``noon``.
    static func noon(plus seconds: Int64) -> Timestamp {
        noon.advanced(byMilliseconds: seconds * 1_000)
    }
}

extension Host {
    static let here = Host(name: "here", bootID: "boot-2")
    static let hereBefore = Host(name: "here", bootID: "boot-1")
}

extension Source {
    static let own = Source(kind: .varve, name: "/varve-test", home: nil, host: .here)
    static let ownBefore = Source(kind: .varve, name: "/varve-test", home: nil, host: .hereBefore)
    static let foreign = Source(kind: .microsandbox, name: "/msb", home: "/msb-home", host: .here)
}

extension NewRun {
    static func named(_ sandbox: String, at start: Timestamp = .noon) -> NewRun {
        NewRun(
            sandbox: sandbox, labels: ["team": "web", "kind": sandbox],
            command: ["serve", "--port", "80"],
            process: ProcessIdentity(pid: 4711, startTimeNanoseconds: 99_000_000),
            startedAt: start, memoryLimitBytes: 1 << 30)
    }
}

extension ObservedRun {
    static func box(_ externalID: Int64, at start: Timestamp = .noon) -> ObservedRun {
        ObservedRun(
            externalID: externalID, sandboxExternalID: externalID, sandbox: "box-\(externalID)",
            pid: 5_000 + Int32(externalID), processStartNanoseconds: 99_000_000, startedAt: start,
            memoryLimitBytes: 1 << 30, seenAt: start.advanced(byMilliseconds: 500))
    }
}

extension SampleRow {
    /// The rows of `run` in `steps`, `seconds` apart, which no two runs or times have alike.
    static func rows(
        of run: RunID, _ steps: Range<Int64>, every seconds: Int64 = 10,
        from start: Timestamp = .noon
    ) -> [SampleRow] {
        steps.map { step in
            let at = start.advanced(byMilliseconds: step * seconds * 1_000)
            let value = run.rawValue * 1_000_003 + step * step * 977
            var row = SampleRow(
                run: run, at: at, intervalMilliseconds: 10_000, firstAt: at,
                lastAt: at.advanced(byMilliseconds: 9_000), sampleCount: 10, implausibleCount: 0)
            row[gauge: .memory] = .init(count: 10, average: value, maximum: value + 4_096)
            row[gauge: .cpu] = .init(count: 9, average: value % 700, maximum: value % 10_000)
            row[counter: .cpuTime] = .init(first: step * 1_000_000, last: (step + 1) * 1_000_000)
            row[counter: .diskWrite] = .init(first: step * 4_096, last: (step + 1) * 4_096)
            return row
        }
    }
}

extension RunEnding {
    static func killed(_ run: RunID, at instant: Timestamp) -> RunEnding {
        var ending = RunEnding(run, at: instant, knownBy: .waited)
        ending.exitSignal = 9
        ending.reason = .failed
        ending.detail = "killed, for a test"
        ending.event = LifecycleEvent(.killed, at: instant, detail: "SIGKILL", seenBy: .supervisor)
        ending.logs = [
            RunLog(
                name: "stderr", takenAt: instant, writtenBytes: 5_000,
                tail: Array(repeating: 0x41, count: 5_000))
        ]
        return ending
    }
}

extension Retention {
    static let hours = Retention(
        keepDetail: .seconds(2 * 3_600), keepSummaries: .seconds(4 * 3_600), maxSizeBytes: nil)
}

/// What the steps of one workload share.
final class Shared {
    var catalog: Catalog?
    var reader: CatalogReader?
    var runs: [RunID] = []
    var session: RecorderSessionID?
    var pruned: PruneReport?

    /// Lends the catalog, which a step before has opened.
    func use<Result>(_ body: (borrowing Catalog) throws -> Result) throws -> Result {
        guard catalog != nil else { throw NotOpen() }
        return try body(catalog!)
    }

    /// Lends the reader, which a step before has opened.
    func read<Result>(_ body: (borrowing CatalogReader) throws -> Result) throws -> Result {
        guard reader != nil else { throw NotOpen() }
        return try body(reader!)
    }

    struct NotOpen: Error {}
}

/// Nothing outside the catalog is known.
struct NoEvidence: AbandonedRunEvidence {
    var bootedAt: Timestamp? { .noon(plus: 7_000) }
    func isRunning(_ process: ProcessIdentity) -> Bool { false }
    func lastSample(of run: AbandonedRun) -> Sample? { nil }
}
