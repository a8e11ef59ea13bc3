import HistoryModel
import HistoryStore
import SQLite

extension Timestamp {
    /// 2026-11-23T12:00:00Z, a whole multiple of every interval that is tested.
    static let noon = Timestamp(unixMilliseconds: 1_795_435_200_000)

    /// So many milliseconds after ``noon``.
    static func noon(plus milliseconds: Int64) -> Timestamp {
        noon.advanced(byMilliseconds: milliseconds)
    }
}

extension Host {
    static let here = Host(name: "here", bootID: "boot-2")
    static let hereBefore = Host(name: "here", bootID: "boot-1")
    static let elsewhere = Host(name: "elsewhere", bootID: "boot-2")
}

extension Source {
    static let own = Source(kind: .varve, name: "/varve-test", home: nil, host: .here)
    static let foreign = Source(kind: .microsandbox, name: "/msb", home: "/msb-home", host: .here)

    func on(_ host: Host) -> Source { Source(kind: kind, name: name, home: home, host: host) }
}

extension ProcessIdentity {
    static let some = ProcessIdentity(pid: 4711, startTimeNanoseconds: 99_000_000)
}

extension NewRun {
    /// A run of the sandbox `web` that starts at noon.
    static func web(
        at start: Timestamp = .noon, labels: [String: String] = [:], process: ProcessIdentity? = nil
    ) -> NewRun {
        NewRun(
            sandbox: "web", labels: labels, command: ["serve", "--port", "80"], process: process,
            startedAt: start)
    }
}

extension ObservedRun {
    /// The run 7 of the sandbox 3, `box`, seen in its slot.
    static func box(
        _ externalID: Int64 = 7, sandboxID: Int64 = 3, named sandbox: String = "box",
        pid: Int32 = 4711, at start: Timestamp = .noon
    ) -> ObservedRun {
        ObservedRun(
            externalID: externalID, sandboxExternalID: sandboxID, sandbox: sandbox, pid: pid,
            processStartNanoseconds: 99_000_000, startedAt: start, memoryLimitBytes: 1 << 30,
            seenAt: start.advanced(byMilliseconds: 500))
    }
}

extension SampleRow {
    /// A row of the ten seconds that begin `at`, with samples at its start and nine seconds later.
    static func tenSeconds(
        of run: RunID, at: Timestamp, count: Int64 = 10,
        gauges: [Metric: Gauge] = [:], counters: [Metric: Counter] = [:]
    ) -> SampleRow {
        var row = SampleRow(
            run: run, at: at, intervalMilliseconds: 10_000, firstAt: at,
            lastAt: at.advanced(byMilliseconds: 9_000), sampleCount: count, implausibleCount: 0)
        for (metric, gauge) in gauges { row[gauge: metric] = gauge }
        for (metric, counter) in counters { row[counter: metric] = counter }
        return row
    }
}

extension Catalog {
    /// Writes `rows` alone.
    func write(_ rows: [SampleRow]) throws {
        var batch = FlushBatch()
        batch.rows = rows
        try flush(batch)
    }

    /// Ends `run` and closes it unless told otherwise.
    func end(_ run: RunID, at instant: Timestamp, closing: Bool = true) throws {
        var batch = FlushBatch()
        var ending = RunEnding(run, at: instant, knownBy: .waited)
        ending.exitCode = 0
        ending.reason = .completed
        batch.endings = [ending]
        if closing { batch.closed = [run] }
        try flush(batch)
    }
}

extension Connection {
    func integer(_ sql: String) throws -> Int64? {
        try withStatement(sql) { statement in
            try statement.step() ? statement.integer(at: 0) : nil
        }
    }

    func text(_ sql: String) throws -> String? {
        try withStatement(sql) { statement in
            try statement.step() ? statement.text(at: 0) : nil
        }
    }

    /// Every row of `sql`, its columns as text and NULL as "-".
    func rows(_ sql: String) throws -> [[String]] {
        try withStatement(sql) { statement in
            var rows: [[String]] = []
            while try statement.step() {
                rows.append((0..<statement.columnCount).map { statement.text(at: $0) ?? "-" })
            }
            return rows
        }
    }
}
