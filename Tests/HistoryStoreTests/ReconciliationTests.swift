import HistoryModel
import HistoryStore
import SQLite
import Testing

/// What a test says of the world outside the catalog.
private struct FakeEvidence: AbandonedRunEvidence {
    var bootedAt: Timestamp?
    var running: Set<ProcessIdentity> = []
    /// Samples in slots, by the run's id in its slot.
    var slots: [Int64: Sample] = [:]

    func isRunning(_ process: ProcessIdentity) -> Bool { running.contains(process) }
    func lastSample(of run: AbandonedRun) -> Sample? { slots[run.externalID] }
}

struct ReconciliationTests {
    let scratch = try! Scratch()
    private let nothing = FakeEvidence()

    /// A run whose supervisor is gone.
    func abandon(
        _ new: NewRun = .web(process: .some), of source: Source = .own,
        doing body: (borrowing Catalog, RunID) throws -> Void = { _, _ in }
    ) throws -> RunID {
        let supervisor = try scratch.makeCatalog()
        let run = try supervisor.begin(new, of: source).id
        try body(supervisor, run)
        return run
    }

    func find(_ run: RunID) throws -> Run {
        try CatalogReader(path: scratch.catalog).run(RunReference("\(run)"))
    }

    func events(of run: RunID) throws -> [LifecycleEvent] {
        try CatalogReader(path: scratch.catalog).lifecycle(of: run)
            .filter { $0.seenBy == .reconciler }
    }

    /// The last sign of a run's life.
    enum Evidence: CaseIterable, Sendable {
        case start, sample, event, heartbeat, slot
    }

    @Test(arguments: Evidence.allCases)
    private func `a run whose supervisor was killed ended at the last evidence`(
        last: Evidence
    ) throws {
        let run = try abandon { catalog, run in
            if last != .start {
                try catalog.write([
                    .tenSeconds(
                        of: run, at: .noon(plus: last == .sample ? 50_000 : 0),
                        counters: [.diskRead: .init(first: 0, last: 40)])
                ])
            }
            var batch = FlushBatch()
            if last == .event {
                batch.events = [
                    (run, LifecycleEvent(.signalled, at: .noon(plus: 59_000), seenBy: .supervisor))
                ]
            }
            let session = try catalog.beginSession(
                of: .own, run: run, pid: 1, poll: .seconds(1), interval: .seconds(10), at: .noon)
            if last == .heartbeat {
                batch.heartbeat = .init(session: session, at: .noon(plus: 59_000))
            }
            try catalog.flush(batch)
        }
        var evidence = nothing
        if last == .slot {
            var sample = Sample(at: .noon(plus: 59_000))
            sample.diskReadBytes = 90
            evidence.slots[run.rawValue] = sample
        }
        let catalog = try scratch.makeCatalog()
        #expect(
            try catalog.reconcile(on: .here, now: .noon(plus: 99_000), evidence: evidence) == [run])
        let found = try find(run)
        let endedAt = Timestamp.noon(plus: last == .start ? 0 : 59_000)
        #expect(found.status == .terminated)
        #expect(found.terminatedAt == endedAt)
        #expect(found.exitKnownBy == .inferred)
        #expect(found.terminationReason == .internalError)
        #expect(found.exitCode == nil)
        #expect(found.terminationDetail == "its end was not seen; it ended at or after this time")
        let expectedSamples: Int64 = last == .start ? 0 : last == .slot ? 11 : 10
        #expect(found.usage.sampleCount == expectedSamples)
        let expectedBytes: Int64? = last == .start ? nil : last == .slot ? 90 : 40
        #expect(found.usage.diskReadBytes == expectedBytes)
        #expect(
            try events(of: run) == [
                LifecycleEvent(
                    .supervisorLost, at: endedAt,
                    detail: "varve run ended before it could record the end", seenBy: .reconciler),
                LifecycleEvent(
                    .gone, at: endedAt,
                    detail: "its end was not seen; it ended at or after this time",
                    seenBy: .reconciler),
            ])
        #expect(
            try catalog.reconcile(on: .here, now: .noon(plus: 99_000), evidence: evidence) == [])
        #expect(try events(of: run).count == 2)
    }

    @Test(arguments: [-1, 99_001])
    func `a slot's sample that cannot be true is no evidence`(offset: Int64) throws {
        let run = try abandon()
        var evidence = nothing
        evidence.slots[run.rawValue] = Sample(at: .noon(plus: offset))
        let catalog = try scratch.makeCatalog()
        try catalog.reconcile(on: .here, now: .noon(plus: 99_000), evidence: evidence)
        #expect(try find(run).terminatedAt == .noon)
        #expect(try find(run).usage.sampleCount == 0)
    }

    @Test func `a slot's sample at the very start of a run is evidence`() throws {
        let run = try abandon()
        var evidence = nothing
        evidence.slots[run.rawValue] = Sample(at: .noon)
        let catalog = try scratch.makeCatalog()
        try catalog.reconcile(on: .here, now: .noon(plus: 99_000), evidence: evidence)
        #expect(try find(run).usage.sampleCount == 1)
    }

    @Test func `a process that still runs keeps its run open, and is closed when it is gone`()
        throws
    {
        let run = try abandon()
        var evidence = FakeEvidence(running: [.some])
        evidence.slots[run.rawValue] = Sample(at: .noon(plus: 4_000))
        let catalog = try scratch.makeCatalog()
        for _ in 0..<3 {
            #expect(
                try catalog.reconcile(on: .here, now: .noon(plus: 9_000), evidence: evidence) == [])
        }
        #expect(try find(run).status == .running)
        let lost = LifecycleEvent(
            .supervisorLost, at: .noon(plus: 9_000), detail: "the command runs on, unsupervised",
            seenBy: .reconciler)
        #expect(try events(of: run) == [lost])
        #expect(try CatalogReader(path: scratch.catalog).summary().rowCount == 0)
        evidence.running = []
        #expect(
            try catalog.reconcile(on: .here, now: .noon(plus: 9_000), evidence: evidence) == [run])
        // It was seen to run then, later than its last sample.
        #expect(try find(run).terminatedAt == .noon(plus: 9_000))
        #expect(try find(run).terminationReason == .internalError)
        #expect(
            try events(of: run) == [
                lost,
                LifecycleEvent(
                    .gone, at: .noon(plus: 9_000),
                    detail: "its end was not seen; it ended at or after this time",
                    seenBy: .reconciler),
            ])
    }

    @Test func `a run of an earlier boot is closed though its pid runs`() throws {
        let run = try abandon(of: .own.on(.hereBefore))
        var evidence = FakeEvidence(running: [.some])
        evidence.slots[run.rawValue] = Sample(at: .noon(plus: 5_000))
        let catalog = try scratch.makeCatalog()
        #expect(
            try catalog.reconcile(on: .here, now: .noon(plus: 9_000), evidence: evidence) == [run])
        let found = try find(run)
        #expect(found.terminatedAt == .noon)
        #expect(found.terminationDetail == "its end was not seen: the machine was restarted")
        #expect(found.exitKnownBy == .inferred)
    }

    @Test func `a run of another host is left alone`() throws {
        let run = try abandon(of: .own.on(.elsewhere))
        let catalog = try scratch.makeCatalog()
        #expect(try catalog.reconcile(on: .here, now: .noon(plus: 9_000), evidence: nothing) == [])
        #expect(try find(run).status == .running)
        #expect(try CatalogReader(path: scratch.catalog).mayHaveAbandonedRuns(on: .here) == false)
        #expect(try CatalogReader(path: scratch.catalog).mayHaveAbandonedRuns(on: .elsewhere))
    }

    @Test func `a live supervisor's run is left alone, also by the supervisor itself`() throws {
        let supervisor = try scratch.makeCatalog()
        let run = try supervisor.begin(.web(process: .some), of: .own).id
        let other = try scratch.makeCatalog()
        #expect(try other.reconcile(on: .here, now: .noon(plus: 9_000), evidence: nothing) == [])
        #expect(
            try supervisor.reconcile(on: .here, now: .noon(plus: 9_000), evidence: nothing) == [])
        #expect(try find(run).status == .running)
        #expect(try CatalogReader(path: scratch.catalog).mayHaveAbandonedRuns(on: .here) == false)
    }

    @Test func `an unsupervised run belongs to its live recorder, and is gone without one`() throws
    {
        let catalog = try scratch.makeCatalog()
        var run = RunID(rawValue: 0)
        do {
            let recorder = try scratch.makeCatalog()
            try recorder.becomeRecorder(ofRegistry: "/msb")
            run = try #require(try recorder.adopt([.box()], of: .foreign).first?.id)
            try recorder.write([.tenSeconds(of: run, at: .noon)])
            #expect(
                try catalog.reconcile(on: .here, now: .noon(plus: 9_000), evidence: nothing) == [])
        }
        let running = FakeEvidence(running: [.some])
        #expect(try catalog.reconcile(on: .here, now: .noon(plus: 9_000), evidence: running) == [])
        #expect(try events(of: run) == [])
        #expect(
            try catalog.reconcile(on: .here, now: .noon(plus: 9_000), evidence: nothing) == [run])
        let found = try find(run)
        #expect(found.terminationReason == nil)
        #expect(found.exitKnownBy == .inferred)
        #expect(found.terminatedAt == .noon(plus: 9_000))
        #expect(
            try events(of: run) == [
                LifecycleEvent(
                    .gone, at: .noon(plus: 9_000),
                    detail: "its end was not seen; it ended at or after this time",
                    seenBy: .reconciler)
            ])
    }

    @Test func `a recorder cannot see a run of an earlier boot, so that one is closed`() throws {
        let recorder = try scratch.makeCatalog()
        try recorder.becomeRecorder(ofRegistry: "/msb")
        let adopted = try recorder.adopt([.box()], of: .foreign.on(.hereBefore))
        let catalog = try scratch.makeCatalog()
        #expect(
            try catalog.reconcile(on: .here, now: .noon(plus: 9_000), evidence: nothing)
                == adopted.map(\.id))
    }

    @Test func `a run that ended but was not closed gets its summary, and keeps its end`() throws {
        let run = try abandon { catalog, run in
            try catalog.write([
                .tenSeconds(
                    of: run, at: .noon, counters: [.diskWrite: .init(first: 0, last: 12)])
            ])
            try catalog.end(run, at: .noon(plus: 9_500), closing: false)
        }
        let catalog = try scratch.makeCatalog()
        let evidence = FakeEvidence(running: [.some])
        #expect(
            try catalog.reconcile(on: .here, now: .noon(plus: 20_000), evidence: evidence) == [run])
        let found = try find(run)
        #expect(found.exitCode == 0)
        #expect(found.exitKnownBy == .waited)
        #expect(found.terminatedAt == .noon(plus: 9_500))
        #expect(found.usage.diskWriteBytes == 12)
        #expect(try events(of: run) == [])
        let connection = try Connection(path: scratch.catalog, mode: .readOnly)
        #expect(try connection.integer("SELECT sample_count FROM run") == 10)
        #expect(
            try catalog.reconcile(on: .here, now: .noon(plus: 20_000), evidence: evidence) == [])
    }

    @Test func `many abandoned runs are closed at once, and twice changes nothing`() throws {
        for index in 0..<40 {
            _ = try abandon(.web(at: .noon(plus: Int64(index))))
        }
        let live = try scratch.makeCatalog()
        let watched = try live.begin(.web(), of: .own).id
        let catalog = try scratch.makeCatalog()
        let closed = try catalog.reconcile(on: .here, now: .noon(plus: 9_000), evidence: nothing)
        #expect(closed.count == 40 && !closed.contains(watched))
        let connection = try Connection(path: scratch.catalog, mode: .readOnly)
        let before =
            try connection.rows("SELECT * FROM run")
            + connection.rows("SELECT * FROM lifecycle_event")
        #expect(try catalog.reconcile(on: .here, now: .noon(plus: 10_000), evidence: nothing) == [])
        let after =
            try connection.rows("SELECT * FROM run")
            + connection.rows("SELECT * FROM lifecycle_event")
        #expect(before == after)
        #expect(before.count > 80)
    }

    @Test func `times and ids at the ends of their range are reconciled without a crash`() throws {
        _ = try abandon()
        try tamper(
            scratch.catalog,
            """
            INSERT INTO run (id, sandbox_id, external_id, boot_id, pid, process_start_ns,
                is_supervised, status, started_at_ms)
            VALUES (9223372036854775806, 1, 9223372036854775807, 'boot-2', 9223372036854775807,
                -9223372036854775808, 1, 'Running', -9223372036854775808),
                (9223372036854775807, 1, NULL, NULL, 1, 1, 0, 'Running', 9223372036854775807);
            INSERT INTO sample (run_id, at_ms, sequence, interval_ms, first_at_ms, last_at_ms,
                sample_count, cpu_time_first_ns, cpu_time_last_ns)
            VALUES (9223372036854775806, -9223372036854775808, -5, 0, 9223372036854775807,
                -9223372036854775808, 9223372036854775807, 9223372036854775807,
                -9223372036854775808);
            """)
        let catalog = try scratch.makeCatalog()
        let closed = try catalog.reconcile(on: .here, now: .noon(plus: 9_000), evidence: nothing)
        #expect(closed.count == 3)
    }
}
