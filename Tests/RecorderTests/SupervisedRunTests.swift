import HistoryModel
import HistoryStore
import Recorder
import SlotRegistry
import Testing

@Suite("Runs that their own supervisor begins and ends")
struct SupervisedRunTests {
    /// A run that a `varve run` has begun, with its slot.
    private func begin(_ rig: Rig) throws -> (BegunRun, SlotWriter) {
        let begun = try rig.catalog.begin(
            NewRun(sandbox: "web", command: ["serve"], startedAt: Rig.at(0)), of: rig.source)
        let writer = try rig.run(Int32(begun.id.rawValue))
        return (begun, writer)
    }

    @Test("their samples are closed, their status is left to the supervisor")
    func status() throws {
        let rig = try Rig()
        let (begun, writer) = try begin(rig)
        try writer.write(500, memory: 10, cpuTime: 5)
        try rig.tick(1_000)
        try writer.write(1_200, memory: 20, cpuTime: 7)
        try writer.release(to: .stale)
        try rig.tick(2_000)
        var run = try rig.onlyRun()
        #expect(run.id == begun.id)
        #expect(run.status == .running)
        #expect(run.usage.sampleCount == 2)
        #expect(run.usage.cpuTimeNanoseconds == 7)
        var ending = RunEnding(begun.id, at: Rig.at(1_250), knownBy: .waited)
        ending.exitCode = 3
        ending.reason = .failed
        var batch = FlushBatch()
        batch.endings = [ending]
        try rig.catalog.flush(batch)
        run = try rig.onlyRun()
        #expect(run.status == .terminated)
        #expect(run.exitCode == 3)
        #expect(run.terminatedAt == Rig.at(1_250))
    }

    @Test("a recorder inside the supervisor is told the run, and ends it together with its samples")
    func inside() throws {
        let rig = try Rig(settings: RecorderSettings(slot: 0))
        let (begun, writer) = try begin(rig)
        #expect(writer.slot == 0)
        try writer.write(500, memory: 10)
        try rig.poll(600)
        rig.recorder.adopt(AdoptedRun(begun: begun))
        try rig.recorder.beginSession(
            in: rig.catalog, run: begun.id, pid: 1, now: Rig.at(600))
        #expect(rig.hasSession)
        try writer.write(650, memory: 20)
        try writer.release(to: .stale)
        try rig.poll(700)
        try rig.flush(
            700, endings: [RunEnding(begun.id, at: Rig.at(655), knownBy: .waited)],
            closing: [begun.id], isLast: true)
        let run = try rig.onlyRun()
        #expect(run.status == .terminated)
        #expect(run.terminatedAt == Rig.at(655))
        #expect(run.exitKnownBy == .waited)
        #expect(run.usage.sampleCount == 2)
        #expect(run.usage.memoryMaxBytes == 20)
    }

    @Test("a recorder of one slot does not take the next run in it for its own")
    func slotLost() throws {
        let rig = try Rig(capacity: 1, settings: RecorderSettings(slot: 0))
        let (begun, writer) = try begin(rig)
        try writer.write(500)
        try rig.poll(600)
        rig.recorder.adopt(AdoptedRun(begun: begun))
        try writer.release(to: .stale)
        try rig.run(77).write(900)
        try rig.poll(1_000)
        rig.recorder.adopt(AdoptedRun(begun: begun))
        try rig.poll(2_000)
        try rig.flush(2_000, isLast: true)
        #expect(try rig.runs().map(\.id) == [begun.id])
        #expect(try rig.onlyRun().usage.sampleCount == 1)
    }

    @Test("a recorder that takes over counts no sample that the supervisor wrote after it had come")
    func overlap() throws {
        let rig = try Rig()
        let (begun, writer) = try begin(rig)
        var inner = Recorder(
            of: rig.source, settings: RecorderSettings(slot: writer.slot), probe: rig.probe)
        var total: UInt64 = 0
        for second in 1...13 as ClosedRange<Int64> {
            // Multiples of every count there can be, so that no average is rounded.
            let memory = UInt64(second) * 360_360
            total += memory
            try writer.write(second * 1000, memory: memory)
            if second < 10 {
                try inner.poll(rig.reader, now: Rig.clocks(second * 1000 + 10))
                inner.adopt(AdoptedRun(begun: begun))
            }
            if second >= 8 {
                try rig.poll(second * 1000 + 20)
                try rig.adopt()
                if second == 9 { try rig.flush(9_030) }
            }
            // Two polls after the other came.
            if second == 10 {
                try inner.flush(to: rig.catalog, now: Rig.clocks(10_010), isLast: true)
            }
        }
        try rig.flush(20_000)
        let rows = try rig.rows()
        #expect(rows.reduce(0) { $0 + ($1["sample_count"] ?? 0) } == 13)
        let sum = rows.reduce(0) {
            $0 + ($1["memory_avg_bytes"] ?? 0) * ($1["memory_count"] ?? 0)
        }
        #expect(sum == Int64(total))
        #expect(try rig.events(of: rig.onlyRun()).count { $0.kind == .firstSample } == 1)
    }
}
