import HistoryModel
import Testing

@testable import PostMortem

struct SurroundingsRuleTests {
    @Test func `runs that end the same way again and again are a loop`() {
        let postMortem = MadeCase(seconds: 10, signal: 11)
            .earlier(4, distance: 30, seconds: { _ in 10 }, code: nil, signal: 11).postMortem
        #expect(
            postMortem.finding(.restartLoop)?.sentence
                == "The last 5 runs of this sandbox all ended with SIGSEGV, one every 30.0s")
    }

    @Test func `no loop: other ends, long pauses, two runs, or runs that completed`() {
        func kinds(_ made: MadeCase) -> [Finding.Kind] { made.postMortem.kinds }
        #expect(
            !kinds(MadeCase(seconds: 10, signal: 11).earlier(4, code: 1)).contains(.restartLoop))
        #expect(
            !kinds(
                MadeCase(seconds: 10, signal: 11).earlier(
                    4, distance: 90_000, code: nil, signal: 11)
            ).contains(.restartLoop))
        #expect(
            !kinds(MadeCase(seconds: 10, code: 1).earlier(1, code: 1)).contains(.restartLoop))
        #expect(!kinds(MadeCase(code: 0).earlier(9)).contains(.restartLoop))
    }

    @Test func `a run is held against what was usual`() {
        let postMortem = MadeCase(seconds: 1_200, code: 0).peak(500)
            .earlier(8, seconds: { 100 + Int64($0 % 3) }).postMortem
        #expect(
            postMortem.finding(.unlikeEarlierRuns)?.sentence
                == "Unlike 8 completed runs before, it took longer (12×), needed more memory (10×)")
        let alike = MadeCase(seconds: 103, code: 0).peak(50)
            .earlier(8, seconds: { 100 + Int64($0 % 3) }).postMortem
        #expect(!alike.kinds.contains(.unlikeEarlierRuns))
        let few = MadeCase(seconds: 1_200, code: 0).earlier(3).postMortem
        #expect(!few.kinds.contains(.unlikeEarlierRuns))
        let wild = MadeCase(seconds: 900, code: 0).earlier(8, seconds: { Int64($0) * 200 })
            .postMortem
        #expect(!wild.kinds.contains(.unlikeEarlierRuns))
    }

    @Test func `a neighbour is named only if it took much`() {
        let busy = MadeCase(signal: 9).neighbour(cpu: 80_000, memory: 8e9).postMortem
        #expect(
            busy.finding(.busyNeighbour)?.sentence
                == "Run 99 of 'miner' took 800 % CPU, 7.5 GiB of memory of the machine at that time"
        )
        #expect(busy.finding(.busyNeighbour)?.certainty == .possible)
        #expect(busy.verdict.cause == .killed)
        let quiet = MadeCase(signal: 9).neighbour(cpu: 500, memory: 1e6, disk: 1e3).postMortem
        #expect(!quiet.kinds.contains(.busyNeighbour))
    }

    @Test(arguments: [(4, "10.0s"), (40, "40.0s"), (400, "1m 30s")] as [(Int64, String)])
    func `a neighbour's use is of a time that is no longer than the run, or an interval`(
        seconds: Int64, window: String
    ) {
        let made = MadeCase(seconds: seconds, code: 1).neighbour(cpu: 30_000)
        let sources = made.postMortem.finding(.busyNeighbour)?.evidence.map(\.source)
        #expect(sources == ["run 99, in the \(window) before the end"])
    }

    @Test func `what is not recorded is said, and with the reason`() {
        let never = MadeCase(code: 1).with { $0.run.usage.sampleCount = nil }
            .gap(.recorderDown, from: 0, to: 100_000).postMortem
        #expect(never.kinds.contains(.neverSampled))
        let sampled = MadeCase(code: 1).moments(5) { _ in .init() }
        #expect(!sampled.postMortem.kinds.contains(.neverSampled))
        #expect(!sampled.postMortem.kinds.contains(.notRecorded))
        let down = MadeCase(code: 1).history(5) { _ in .init() }
            .gap(.recorderDown, from: 60_000, to: 100_000).postMortem
        #expect(
            down.finding(.notRecorded)?.sentence
                == "Nothing is known of its last 40.0s: no recorder was at work")
        let brief = MadeCase(code: 1).history(5) { _ in .init() }
            .gap(.recorderDown, from: 50_000, to: 52_000).postMortem
        #expect(!brief.kinds.contains(.notRecorded))
    }

    @Test func `a sampler that had stopped is a warning, one that came back a note`() {
        let stalled = MadeCase(signal: 9).moments(5) { _ in .init() }
            .event(.stalled, at: 50_000, seenBy: .recorder)
        #expect(stalled.postMortem.finding(.samplerStalled)?.weight == .warning)
        let resumed = stalled.event(.resumed, at: 60_000, seenBy: .recorder).postMortem
        #expect(resumed.finding(.samplerStalled)?.weight == .note)
        #expect(!MadeCase(signal: 9).postMortem.kinds.contains(.samplerStalled))
        #expect(
            MadeCase(code: 0).event(.clockStepped).postMortem.kinds.contains(.clockStepped))
    }

    @Test func `a run that goes on is told what looks wrong`() {
        let leaking = MadeCase.running().history(100) { .init(memory: Int64(100 + $0) << 20) }
            .postMortem
        #expect(leaking.verdict.cause == .running)
        #expect(
            leaking.verdict.sentence.hasPrefix(
                "It is running, for 2h 00m; its memory grew all the time"))
    }
}
