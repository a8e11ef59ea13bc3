import HistoryModel
import HistoryStore
import Recorder
import SQLite
import SlotRegistry
import Testing

@Suite("A catalog that cannot be written for a while")
struct UnavailableCatalogTests {
    /// A connection that keeps everybody else from writing until it goes.
    private func lock(_ rig: Rig, _ kind: String) throws -> Connection {
        let connection = try Connection(path: rig.catalog.path, mode: .readWrite)
        try connection.prepareForWriting()
        try connection.execute("BEGIN \(kind)")
        return connection
    }

    @Test(
        "polls go on, and everything is written afterwards, once",
        arguments: ["IMMEDIATE", "EXCLUSIVE"], [true, false])
    func waits(kind: String, isAdoptedBefore: Bool) throws {
        let rig = try Rig()
        let writer = try rig.run(1)
        if isAdoptedBefore {
            try writer.write(100, memory: 100)
            try rig.tick(150)
        }
        var refusals = 0
        do {
            let other = try lock(rig, kind)
            for second in 1..<300 as Range<Int64> {
                try writer.write(second * 1000, memory: UInt64(second))
                let error: StoreError?
                do {
                    try rig.tick(second * 1000 + 1)
                    error = nil
                } catch let failure as StoreError {
                    error = failure
                }
                if let error {
                    #expect(error.isBusy)
                    refusals += 1
                }
            }
            try other.execute("ROLLBACK")
        }
        #expect(refusals >= 289)
        #expect(try rig.rows().isEmpty)
        try rig.tick(300_000)
        try rig.tick(310_000)
        let rows = try rig.rows()
        #expect(rows.map { $0.offset("at_ms") } == (0..<30).map { $0 * 10_000 })
        let count = rows.reduce(0) { $0 + ($1["sample_count"] ?? 0) }
        #expect(count == (isAdoptedBefore ? 300 : 299))
        #expect(try rig.events(of: rig.onlyRun()).map(\.kind) == [.started, .firstSample])
    }

    @Test("what a lost catalog had not got yet goes into the next, and the runs go on there")
    func lost() throws {
        let rig = try Rig()
        let writer = try rig.run(1)
        let gone = try rig.run(2)
        try rig.recorder.beginSession(in: rig.catalog, run: nil, pid: 1, now: Rig.at(0))
        for second in 1...15 as ClosedRange<Int64> {
            try writer.write(second * 1000, memory: UInt64(second))
            try gone.write(second * 1000, memory: 7)
            try rig.tick(second * 1000 + 1)
        }
        #expect(try rig.rows(of: 1).map { $0.offset("at_ms") } == [0, 10_000])
        // Its end is seen and not written.
        try gone.release(to: .stale)
        try rig.poll(15_200)
        rig.recorder.leaveCatalog(now: Rig.clocks(15_500))
        #expect(!rig.hasSession)
        let next = try Catalog(
            path: rig.directory + "/next.db", now: Rig.at(15_500), patience: .zero)
        for second in 16...40 as ClosedRange<Int64> {
            try writer.write(second * 1000, memory: UInt64(second))
            try rig.poll(second * 1000 + 1)
            try rig.recorder.adopt(from: next)
            if rig.recorder.isFlushDue(at: Rig.clocks(second * 1000 + 1)) {
                try rig.recorder.flush(to: next, now: Rig.clocks(second * 1000 + 1))
            }
        }
        let reader = try CatalogReader(path: next.path)
        let runs = try reader.runs()
        #expect(Set(runs.map(\.externalID)) == [1, 2])
        let connection = try Connection(path: next.path, mode: .readOnly)
        let counts = try connection.withStatement(
            """
            SELECT r.external_id, sum(x.sample_count), max(x.memory_max_bytes)
            FROM sample AS x JOIN run AS r ON r.id = x.run_id GROUP BY 1 ORDER BY 1
            """
        ) { statement in
            var rows: [[Int64?]] = []
            while try statement.step() { rows.append((0..<3).map { statement.integer(at: $0) }) }
            return rows
        }
        // The row that was growing comes whole, and the one before it not again.
        #expect(counts == [[1, 31, 40], [2, 6, 7]])
        #expect(runs.first { $0.externalID == 2 }?.status == .terminated)
    }

    @Test("runs that come and go meanwhile are all there afterwards")
    func shortRuns() throws {
        let rig = try Rig(capacity: 1)
        do {
            let other = try lock(rig, "IMMEDIATE")
            for id in 1...200 as ClosedRange<Int32> {
                let at = Int64(id) * 100
                let writer = try rig.run(id, startedAt: at)
                try writer.write(at + 10)
                try rig.poll(at + 20)
                try writer.write(at + 30)
                try writer.release(to: .stale)
                try rig.poll(at + 40)
                #expect(throws: StoreError.self) { try rig.flush(at + 50) }
            }
            try other.execute("ROLLBACK")
        }
        try rig.flush(30_000)
        let runs = try rig.runs()
        #expect(runs.count == 200)
        #expect(runs.allSatisfy { $0.status == .terminated && $0.usage.sampleCount == 2 })
        #expect(rig.lostRunCount == 0)
        // Nothing is written twice.
        try rig.flush(40_000)
        #expect(try rig.rows().count == 200)
    }

    @Test("what waits is bounded: the oldest rows go, and are counted")
    func bounded() throws {
        let settings = RecorderSettings(interval: .seconds(1), waitingRowLimit: 100)
        let rig = try Rig(settings: settings)
        let writer = try rig.run(1)
        do {
            let other = try lock(rig, "IMMEDIATE")
            for second in 0..<1_000 as Range<Int64> {
                try writer.write(second * 1000)
                try rig.poll(second * 1000 + 1)
                if second % 100 == 0 {
                    #expect(throws: StoreError.self) { try rig.flush(second * 1000 + 2) }
                }
            }
            try other.execute("ROLLBACK")
        }
        let lost = rig.lostRowCount
        #expect(lost > 0)
        try rig.flush(1_000_000)
        let rows = try rig.rows()
        #expect(rows.count + lost == 1_000)
        #expect((100...102).contains(rows.count))
        #expect(rows.last?.offset("at_ms") == 999_000)
    }

    @Test("of too many ended runs the first go, and are counted")
    func boundedRuns() throws {
        let rig = try Rig(capacity: 1, settings: RecorderSettings(waitingRowLimit: 40))
        do {
            let other = try lock(rig, "IMMEDIATE")
            for id in 1...100 as ClosedRange<Int32> {
                let writer = try rig.run(id, startedAt: Int64(id))
                try writer.write(Int64(id))
                try rig.poll(Int64(id))
                try writer.release(to: .stale)
            }
            try other.execute("ROLLBACK")
        }
        try rig.flush(10_000)
        let runs = try rig.runs()
        #expect(runs.count + rig.lostRunCount == 100)
        #expect((20...40).contains(runs.count))
        #expect(runs.last?.externalID == 100)
    }
}
