import Foundation
import HistoryModel
import HistoryStore
import Recorder
import SlotRegistry
import Testing

@Suite("How a run ends that a recorder watches")
struct EndingTests {
    @Test("a released run is closed with its terminal sample, at the time of that sample")
    func released() throws {
        let rig = try Rig()
        let writer = try rig.run(1)
        try writer.write(200, memory: 100)
        try rig.tick(1_000)
        try writer.write(1_500, memory: 300)
        try writer.release(to: .stale)
        rig.probe.set(1001, startedAt: nil)
        try rig.tick(2_000)
        let run = try rig.onlyRun()
        #expect(run.status == .terminated)
        #expect(run.terminatedAt == Rig.at(1_500))
        #expect(run.exitKnownBy == .unknown)
        #expect(run.usage.sampleCount == 2)
        #expect(run.usage.memoryMaxBytes == 300)
        #expect(
            run.terminationDetail == "the slot was released; how the run ended was not seen")
        #expect(try rig.events(of: run).map(\.kind) == [.started, .firstSample, .gone])
    }

    @Test("a slot that another run took between two polls: both runs are right")
    func reclaimed() throws {
        let rig = try Rig(capacity: 1)
        let first = try rig.run(1)
        try first.write(500, memory: 100)
        try rig.tick(1_000)
        try first.release(to: .stale)
        let second = try rig.run(2, startedAt: 1_400)
        try second.write(1_600, memory: 700)
        try rig.tick(2_000)
        try second.write(2_600, memory: 900)
        try rig.tick(3_000)
        try rig.flush(10_000)
        let runs = try rig.runs()
        try #require(runs.count == 2)
        #expect(runs.map(\.status) == [.terminated, .running])
        #expect(runs[0].terminatedAt == Rig.at(1_400))
        #expect(
            runs[0].terminationDetail == "the slot was taken back; how the run ended was not seen")
        #expect(try rig.rows(of: 1).map { $0["memory_max_bytes"] } == [100])
        #expect(try rig.rows(of: 2).map { $0["memory_max_bytes"] } == [900])
        #expect(try rig.rows(of: 2).map { $0["sample_count"] } == [2])
        #expect(try rig.events(of: runs[0]).last?.kind == .slotReclaimed)
    }

    @Test("a slot that was freed ends its run")
    func freed() throws {
        let rig = try Rig()
        let writer = try rig.run(1)
        try writer.write(500)
        try rig.tick(1_000)
        try writer.release(to: .free)
        try rig.tick(2_000)
        let run = try rig.onlyRun()
        #expect(run.status == .terminated)
        #expect(run.usage.sampleCount == 1)
    }

    @Test("a process that is gone while its slot is active ends when that was first seen")
    func gone() throws {
        let rig = try Rig()
        let writer = try rig.run(1)
        try writer.write(500)
        try rig.tick(1_000)
        rig.probe.set(1001, startedAt: nil)
        try rig.tick(2_000)
        #expect(try rig.onlyRun().status == .running)
        try rig.tick(3_000)
        let run = try rig.onlyRun()
        #expect(run.status == .terminated)
        #expect(run.terminatedAt == Rig.at(2_000))
        #expect(
            run.terminationDetail == "the process was gone; how it ended was not seen")
        // And nothing more, however long the slot stays as it is.
        try rig.tick(4_000)
        try rig.tick(14_000)
        #expect(try rig.events(of: run).count == 3)
    }

    @Test("a last sample that is written while the process goes away is not lost")
    func lastWords() throws {
        let rig = try Rig()
        let writer = try rig.run(1)
        try writer.write(500, memory: 1)
        try rig.tick(1_000)
        rig.probe.set(1001, startedAt: nil)
        try rig.tick(2_000)
        try writer.write(1_999, memory: 9)
        try writer.release(to: .stale)
        try rig.tick(3_000)
        let run = try rig.onlyRun()
        #expect(run.usage.memoryMaxBytes == 9)
        #expect(run.usage.sampleCount == 2)
        #expect(run.terminatedAt == Rig.at(1_999))
    }

    @Test("a process that is not seen from here but goes on being sampled is not gone")
    func otherNamespace() throws {
        let rig = try Rig()
        let writer = try rig.run(1)
        rig.probe.set(1001, startedAt: nil)
        for second in 1...20 as ClosedRange<Int64> {
            try writer.write(second * 1000 - 500)
            try rig.tick(second * 1000)
        }
        #expect(try rig.onlyRun().status == .running)
        // A sample that is a little late does not end it, and what follows is not lost.
        try rig.tick(21_000)
        try rig.tick(22_000)
        #expect(try rig.onlyRun().status == .running)
        try writer.write(22_500)
        for second in 23...24 as ClosedRange<Int64> { try rig.tick(second * 1000) }
        #expect(try rig.onlyRun().status == .running)
        // Silence for as long as makes it stalled does.
        for second in 25...30 as ClosedRange<Int64> { try rig.tick(second * 1000) }
        let run = try rig.onlyRun()
        #expect(run.status == .terminated)
        #expect(run.terminatedAt == Rig.at(22_500))
        #expect(run.usage.sampleCount == 21)
    }

    @Test("a pid that was given to another process is a process that is gone")
    func reusedPID() throws {
        let rig = try Rig()
        let writer = try rig.run(1)
        try writer.write(500)
        try rig.tick(1_000)
        rig.probe.set(1001, startedAt: 99)
        try rig.tick(2_000)
        try rig.tick(3_000)
        #expect(try rig.onlyRun().status == .terminated)
    }

    @Test("a run that was dead already when it was first seen ended at its last sample")
    func deadAtFirstSight() throws {
        let rig = try Rig()
        let writer = try rig.run(1)
        try writer.write(500)
        rig.probe.set(1001, startedAt: nil)
        try rig.tick(60_000)
        try rig.tick(61_000)
        let run = try rig.onlyRun()
        #expect(run.status == .terminated)
        #expect(run.terminatedAt == Rig.at(500))
        #expect(run.usage.sampleCount == 1)
    }

    @Test("a run that was never sampled is closed and says so")
    func neverSampled() throws {
        let rig = try Rig()
        let writer = try rig.run(1)
        try rig.tick(1_000)
        try writer.release(to: .stale)
        try rig.tick(2_000)
        let run = try rig.onlyRun()
        #expect(run.status == .terminated)
        #expect(run.usage.sampleCount == 0)
        #expect(run.usage.memoryMaxBytes == nil)
        #expect(
            run.terminationDetail
                == "the slot was released; how the run ended was not seen; it was never sampled")
        #expect(try rig.rows().isEmpty)
    }

    #if os(Linux)
        @Test("a writer that was killed inside a write leaves its last good sample")
        func torn() throws {
            let rig = try Rig()
            let writer = try rig.run(1)
            try writer.write(500, memory: 77)
            try rig.tick(1_000)
            try rig.poke(UInt64(0xffff_ff01), at: 256 + 512 * writer.slot + 0x10)
            rig.probe.set(1001, startedAt: nil)
            try rig.tick(2_000)
            try rig.tick(3_000)
            #expect(rig.tornReadCount == 2)
            let run = try rig.onlyRun()
            #expect(run.status == .terminated)
            #expect(run.usage.memoryMaxBytes == 77)
            #expect(run.usage.sampleCount == 1)
        }

        @Test(
            "a state that is none, and pids that name no process, end nothing and crash nothing"
        )
        func nonsense() throws {
            let rig = try Rig()
            let writer = try rig.run(1)
            try writer.write(500)
            let base = 256 + 512 * writer.slot
            for pid in [0, -1, .min] as [Int32] {
                try rig.poke(pid, at: base + 0x20)
                try rig.poll(1_000)
                try rig.poll(2_000)
            }
            try rig.poke(UInt32(77), at: base)
            try rig.poll(3_000)
            #expect(rig.skippedReadCount == 1)
            try rig.flush(10_000)
            // Another pid is another run.
            #expect(try rig.runs().map(\.usage.sampleCount) == [1, 1, 1])
        }

        @Test("a registry that was cut short is an error, and its recorder goes on with another")
        func truncated() throws {
            let rig = try Rig()
            let writer = try rig.run(1)
            try writer.write(500)
            try rig.tick(1_000)
            #expect(unsafe truncate("/dev/shm" + rig.registryName.value, 300) == 0)
            let error = #expect(throws: RegistryError.self) { try rig.poll(2_000) }
            guard case .tooSmall = error?.reason else {
                Issue.record("\(String(describing: error))")
                return
            }
            // The process can still be seen to end.
            rig.probe.set(1001, startedAt: nil)
            rig.recorder.pollProcesses(now: Rig.clocks(3_000))
            rig.recorder.pollProcesses(now: Rig.clocks(4_000))
            try rig.flush(4_000)
            #expect(try rig.onlyRun().status == .terminated)
            #expect(try rig.onlyRun().usage.sampleCount == 1)

            let other = try Rig(capacity: 2)
            try other.run(5).write(4_500)
            try rig.recorder.poll(other.reader, now: Rig.clocks(5_000))
            try rig.flush(10_000)
            #expect(try rig.rows(of: 5).map { $0["sample_count"] } == [1])
        }
    #endif

    @Test("the stale slots of closed runs are left alone by the next recorder")
    func staleAndClosed() throws {
        let rig = try Rig()
        let writer = try rig.run(1)
        try writer.write(500)
        try rig.tick(1_000)
        try writer.release(to: .stale)
        try rig.tick(2_000)
        let before = try rig.onlyRun()
        let events = try rig.events(of: before)
        for restart in 1...3 as ClosedRange<Int64> {
            rig.restart()
            try rig.tick(10_000 * restart)
            try rig.tick(10_000 * restart + 1_000)
        }
        #expect(try rig.onlyRun() == before)
        #expect(try rig.events(of: before) == events)
        #expect(try rig.rows().count == 1)
    }

    @Test(
        "the stale slot of a run that nobody knew is recorded once",
        arguments: [Rig.start, 0, -5, .max])
    func staleAndUnknown(startedAt: Int64) throws {
        let rig = try Rig()
        rig.probe.set(7, startedAt: 7)
        let writer = try rig.registry.activate(
            try rig.registry.reserve(sandboxID: 1, memoryLimitBytes: 0, name: "x"), runID: 7,
            pid: 7, startedAt: Timestamp(unixMilliseconds: startedAt))
        try writer.write(500)
        try writer.release(to: .stale)
        for restart in 1...3 as ClosedRange<Int64> {
            try rig.tick(10_000 * restart)
            try rig.tick(10_000 * restart + 1_000)
            rig.restart()
        }
        let run = try rig.onlyRun()
        #expect(run.terminatedAt == Rig.at(500))
        #expect(run.usage.sampleCount == 1)
        #expect(try rig.rows().count == 1)
        #expect(try rig.events(of: run).count { $0.kind == .gone } == 1)
    }

    @Test("an orderly end closes what is seen to be gone and leaves what lives")
    func orderlyEnd() throws {
        let rig = try Rig()
        try rig.run(1).write(500)
        try rig.run(2).write(500)
        try rig.tick(1_000)
        rig.probe.set(1001, startedAt: nil)
        try rig.poll(2_000)
        try rig.flush(2_000, isLast: true)
        #expect(try rig.runs().map(\.status) == [.terminated, .running])
    }
}

#if os(Linux)
    extension Rig {
        /// Changes the registry's bytes.
        func poke<Value: FixedWidthInteger>(_ value: Value, at offset: Int) throws {
            let file = try FileHandle(forUpdating: URL(filePath: "/dev/shm" + registryName.value))
            defer { try? file.close() }
            try file.seek(toOffset: UInt64(offset))
            var bytes: [UInt8] = []
            for byte in 0..<MemoryLayout<Value>.size {
                bytes.append(UInt8(truncatingIfNeeded: value >> (8 * byte)))
            }
            try file.write(contentsOf: bytes)
        }
    }
#endif
