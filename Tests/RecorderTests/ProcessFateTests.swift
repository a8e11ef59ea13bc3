import HistoryModel
import HistoryStore
import ProcessWatch
import Recorder
import SlotRegistry
import Testing

@Suite("What a recorder makes of what it is told of processes")
struct ProcessFateTests {
    @Test("each run is watched once, by the process that its slot names, until it is written")
    func requests() throws {
        let rig = try Rig()
        let writer = try rig.run(1)
        try writer.write(500)
        try rig.tick(1_000)
        let token = try rig.onlyWatch(pid: 1001)
        try rig.tick(2_000)
        #expect(rig.recorder.takeWatchRequests().isEmpty)
        rig.recorder.note(.watching(rig.identity(1001)), of: token, now: Rig.clocks(2_000))
        try writer.release(to: .stale)
        rig.recorder.note(.died(token: token, at: Rig.at(2_100)))
        rig.recorder.note(.ended(token: token, Rig.exit(0)))
        try rig.tick(3_000)
        #expect(rig.recorder.takeWatchRequests() == [.stop(token: token)])
    }

    #if os(Linux)
        @Test("a process that slots cannot mean is never watched", arguments: [0, -1, Int32.min])
        func noProcess(pid: Int32) throws {
            let rig = try Rig()
            let writer = try rig.run(1)
            try writer.write(500)
            try rig.poke(pid, at: 256 + 512 * writer.slot + 0x20)
            try rig.tick(1_000)
            #expect(try rig.runs().count == 1)
            #expect(rig.recorder.takeWatchRequests().isEmpty)
        }
    #endif

    @Test("a death ends the run at its own time, with its code and its terminal sample")
    func death() throws {
        let rig = try Rig()
        let (writer, token) = try rig.watchedRun()
        try writer.write(1_400, memory: 9_000)
        rig.recorder.note(.died(token: token, at: Rig.at(1_437)))
        try rig.recorder.readSlot(of: token, rig.reader, now: Rig.clocks(1_437))
        rig.recorder.note(.ended(token: token, Rig.exit(7)))
        try rig.tick(2_000)
        let run = try rig.onlyRun()
        #expect(run.status == .terminated)
        #expect(run.terminatedAt == Rig.at(1_437))
        #expect(run.exitCode == 7)
        #expect(run.exitKnownBy == .pidfd)
        #expect(run.terminationReason == .failed)
        #expect(run.usage.memoryMaxBytes == 9_000)
        #expect(run.terminationDetail == nil)
        let event = try #require(try rig.events(of: run).last)
        #expect(
            event == LifecycleEvent(.exited, at: Rig.at(1_437), detail: "code 7", seenBy: .recorder)
        )
    }

    @Test("an exit of 0 completes a run, and a signal does not tell who sent it")
    func reasons() throws {
        for (end, reason) in [
            (Rig.exit(0), TerminationReason.completed), (Rig.signal(9), .failed),
        ] {
            let rig = try Rig()
            let (_, token) = try rig.watchedRun()
            rig.recorder.note(.died(token: token, at: Rig.at(1_500)))
            rig.recorder.note(.ended(token: token, end))
            try rig.tick(2_000)
            let run = try rig.onlyRun()
            #expect(run.terminationReason == reason)
            #expect(run.terminationDetail == nil)
        }
    }

    @Test("a released slot waits for its process to end, but not for long")
    func releasedFirst() throws {
        let rig = try Rig()
        let (writer, token) = try rig.watchedRun()
        try writer.write(1_500)
        try writer.release(to: .stale)
        try rig.tick(2_000)
        #expect(try rig.onlyRun().status == .running)
        rig.recorder.note(.died(token: token, at: Rig.at(2_200)))
        rig.recorder.note(.ended(token: token, Rig.exit(3)))
        try rig.tick(3_000)
        #expect(try rig.onlyRun().exitCode == 3)
        #expect(try rig.onlyRun().terminatedAt == Rig.at(2_200))

        let patient = try Rig()
        let (other, _) = try patient.watchedRun()
        try other.release(to: .stale)
        for second in 2...4 as ClosedRange<Int64> {
            try patient.tick(second * 1000)
            #expect(try patient.onlyRun().status == .running)
        }
        try patient.tick(5_000)
        let run = try patient.onlyRun()
        #expect(run.status == .terminated)
        #expect(run.exitKnownBy == .unknown)
    }

    @Test("a slot that is taken at once by another run: how the first ended is not lost")
    func reusedSlot() throws {
        let rig = try Rig(capacity: 1)
        let (writer, token) = try rig.watchedRun()
        try writer.release(to: .stale)
        let second = try rig.run(2, startedAt: 1_400)
        try second.write(1_600)
        rig.recorder.note(.died(token: token, at: Rig.at(1_300)))
        try rig.tick(2_000)
        rig.recorder.note(.ended(token: token, Rig.signal(11)))
        try rig.tick(3_000)
        let runs = try rig.runs()
        #expect(runs.map(\.status) == [.terminated, .running])
        #expect(runs[0].exitSignal == 11)
        #expect(runs[0].terminatedAt == Rig.at(1_300))
    }

    @Test("a pid that is another process's ends a silent run, and not one that is sampled")
    func another() throws {
        let rig = try Rig()
        let writer = try rig.run(1)
        try writer.write(500)
        try rig.tick(1_000)
        let token = try rig.onlyWatch(pid: 1001)
        rig.recorder.note(.another(rig.identity(1001)), of: token, now: Rig.clocks(1_000))
        for second in 2...5 as ClosedRange<Int64> {
            try writer.write(second * 1000 - 500)
            try rig.tick(second * 1000)
        }
        #expect(try rig.onlyRun().status == .running)
        try rig.tick(6_000)
        try rig.tick(7_000)
        #expect(try rig.onlyRun().status == .terminated)
        #expect(try rig.onlyRun().terminatedAt == Rig.at(6_000))
    }

    @Test(
        "a process that had died when it was first seen ended at its last sample, and how is told")
    func deadAtFirstSight() throws {
        let rig = try Rig()
        let writer = try rig.run(1)
        try writer.write(500)
        try rig.tick(60_000)
        let token = try rig.onlyWatch(pid: 1001)
        rig.recorder.note(.dead(rig.identity(1001)), of: token, now: Rig.clocks(60_000))
        rig.recorder.note(.ended(token: token, Rig.exit(1)))
        try rig.tick(61_000)
        let run = try rig.onlyRun()
        #expect(run.terminatedAt == Rig.at(500))
        #expect(run.exitCode == 1)
    }

    @Test(
        "kills of the OOM killer have the times that looks saw, and only a near one is of the end")
    func kills() throws {
        for (last, isNear) in [
            (Rig.kills(1, 60_500, 61_400), true), (Rig.kills(0, 60_500, 61_400), false),
        ] {
            let rig = try Rig()
            let (_, token) = try rig.watchedRun()
            rig.recorder.note(.oomKills(token: token, Rig.kills(2, 1_000, 2_000)))
            rig.recorder.note(.died(token: token, at: Rig.at(61_400)))
            let end = ProcessEnd(
                exit: ProcessExit(waitStatus: 9), source: .pidfd, oomKills: last)
            rig.recorder.note(.ended(token: token, end))
            try rig.tick(62_000)
            let run = try rig.onlyRun()
            let kills = try rig.events(of: run).filter { $0.kind == .oomKill }
            #expect(kills.map(\.at) == [Rig.at(2_000)] + (isNear ? [Rig.at(61_400)] : []))
            #expect(
                kills.first?.detail.flatMap(EventBound.notBefore) == Rig.at(1_000))
            #expect((run.terminationDetail != nil) == isNear)
        }
    }

    @Test("the supervisor of a run that lives tells its end, and the recorder does not")
    func supervised() throws {
        let rig = try Rig()
        let begun = try rig.catalog.begin(
            NewRun(sandbox: "own", command: ["x"], startedAt: Rig.at(0), externalID: 5),
            of: rig.source)
        rig.probe.set(1005, startedAt: 1005)
        let writer = try rig.registry.activate(
            try rig.registry.reserve(
                sandboxID: Int32(begun.sandbox.rawValue), memoryLimitBytes: 0, name: "own"),
            runID: 5, pid: 1005, startedAt: Rig.at(0))
        try writer.write(500)
        try rig.tick(1_000)
        let token = try rig.onlyWatch(pid: 1005)
        rig.recorder.note(.watching(rig.identity(1005)), of: token, now: Rig.clocks(1_000))
        rig.recorder.note(.died(token: token, at: Rig.at(4_500)))
        let end = ProcessEnd(
            exit: ProcessExit(waitStatus: 9), source: .pidfd,
            oomKills: Rig.kills(1, 4_000, 4_500))
        rig.recorder.note(.oomKills(token: token, Rig.kills(1, 2_000, 3_000)))
        rig.recorder.note(.ended(token: token, end))
        try rig.tick(5_000)
        try rig.flush(10_000)
        #expect(try rig.onlyRun().status == .running)
        #expect(try rig.onlyRun().usage.sampleCount == 1)
        #expect(try !rig.events(of: rig.onlyRun()).contains { $0.kind == .oomKill })
    }
}

extension Rig {
    static func kills(_ count: Int64, _ notBefore: Int64, _ seenAt: Int64) -> OOMKills {
        OOMKills(
            cgroup: "/own", count: count, notBefore: at(notBefore), seenAt: at(seenAt))
    }

    static func exit(_ code: Int32) -> ProcessEnd {
        ProcessEnd(
            exit: ProcessExit(waitStatus: code << 8), source: .pidfd, oomKills: nil)
    }

    static func signal(_ number: Int32) -> ProcessEnd {
        ProcessEnd(
            exit: ProcessExit(waitStatus: number), source: .pidfd, oomKills: nil)
    }

    func identity(_ pid: Int32) -> ProcessIdentity {
        ProcessIdentity(pid: pid, startTimeNanoseconds: Int64(pid))
    }

    /// The token of the one process that is to be watched now.
    func onlyWatch(pid: Int32) throws -> UInt64 {
        let requests = recorder.takeWatchRequests()
        try #require(requests.count == 1)
        guard case .watch(let token, pid, _) = requests[0] else {
            Issue.record("\(requests)")
            return 0
        }
        return token
    }

    /// A run with a sample whose process is watched.
    func watchedRun() throws -> (SlotWriter, UInt64) {
        let writer = try run(1)
        try writer.write(500)
        try tick(1_000)
        let token = try onlyWatch(pid: 1001)
        recorder.note(.watching(identity(1001)), of: token, now: Rig.clocks(1_000))
        return (writer, token)
    }
}
