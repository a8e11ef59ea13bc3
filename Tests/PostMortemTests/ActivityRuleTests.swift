import HistoryModel
import Testing

@testable import PostMortem

struct ActivityRuleTests {
    private func limited() -> MadeCase {
        MadeCase(signal: 15, reason: .maxDurationExceeded).event(.timedOut)
    }

    @Test func `a run that did nothing until its time limit was stuck`() {
        let postMortem = limited().moments(100) { .init(cpu: $0 < 20 ? 5_000 : 0) }.postMortem
        #expect(
            postMortem.verdict.sentence
                == "It reached its time limit after 1m 40s and was stopped; it did nothing for its "
                + "last 1m 20s: no CPU, no disk, no network.")
        #expect(postMortem.finding(.stuck)?.certainty == .likely)
        #expect(postMortem.verdict.cause == .timeLimit)
        #expect(postMortem.verdict.certainty == .certain)
    }

    @Test func `how long it was stuck is looked up in its history, too`() {
        let postMortem = MadeCase(seconds: 3_600, signal: 15, reason: .maxDurationExceeded)
            .history(60) { .init(cpu: $0 < 10 ? 9_000 : 0) }
            .moments(120) { _ in .init() }.postMortem
        #expect(postMortem.finding(.stuck)?.sentence.contains("last 50m 00s") == true)
    }

    @Test func `what nobody recorded is no idleness`() {
        let seen = MadeCase(seconds: 3_600, signal: 15, reason: .maxDurationExceeded)
            .history(60) { .init(cpu: $0 < 10 ? 9_000 : 0) }
            .gap(.recorderDown, from: 1_500_000, to: 1_800_000)
        let samples = seen.moments(120) { _ in .init() }.postMortem
        #expect(samples.finding(.stuck)?.sentence.contains("last 30m 00s") == true)
        // Where intervals are all that is left, the gap is between them.
        let intervals = seen.with { $0.recent = $0.history }.postMortem
        #expect(intervals.finding(.stuck)?.sentence.contains("last 30m 00s") == true)
        // A gap shorter than any pause that counts hides nothing.
        let short = MadeCase(seconds: 3_600, signal: 15, reason: .maxDurationExceeded)
            .history(60) { .init(cpu: $0 < 10 ? 9_000 : 0) }
            .gap(.notSampled, from: 1_500_000, to: 1_502_000)
            .moments(120) { _ in .init() }.postMortem
        #expect(short.finding(.stuck)?.sentence.contains("last 50m 00s") == true)
    }

    @Test func `a run that worked, or read, or was not seen, was not stuck`() {
        #expect(
            !limited().moments(100) { _ in .init(cpu: 5_000) }.postMortem.kinds.contains(.stuck))
        #expect(
            !limited().moments(100) { _ in .init(disk: 1 << 20) }.postMortem.kinds.contains(.stuck))
        #expect(!limited().postMortem.kinds.contains(.stuck))
        let unseen = limited().moments(100) { _ in .init(cpu: nil) }.postMortem
        #expect(!unseen.kinds.contains(.stuck))
        // Its last samples are long ago.
        let old = limited().moments(50) { _ in .init() }.with { file in
            for index in file.moments.indices {
                file.moments[index].at = file.moments[index].at.advanced(byMilliseconds: -40_000)
            }
        }
        #expect(!old.postMortem.kinds.contains(.stuck))
        // A sleep that completes is no trouble.
        #expect(!MadeCase(code: 0).moments(100) { _ in .init() }.postMortem.kinds.contains(.stuck))
    }

    @Test func `a run that only computed until it was ended was spinning, perhaps`() {
        let postMortem = limited().moments(60) { _ in .init(cpu: 9_900) }.postMortem
        #expect(postMortem.finding(.spinning)?.certainty == .possible)
        #expect(postMortem.verdict.cause == .timeLimit)
        #expect(!postMortem.kinds.contains(.stuck))
        let writing = limited().moments(60) { _ in .init(cpu: 9_900, disk: 1 << 20) }.postMortem
        #expect(!writing.kinds.contains(.spinning))
        let lazy = limited().moments(60) { _ in .init(cpu: 2_000) }.postMortem
        #expect(!lazy.kinds.contains(.spinning))
        let done = MadeCase(code: 0).moments(60) { _ in .init(cpu: 9_900) }.postMortem
        #expect(!done.kinds.contains(.spinning))
    }

    @Test func `CPU at a whole number of cores, or at its limit, is pinned`() {
        func pinned(_ cpu: @escaping (Int) -> Int64, limit: Int64? = nil) -> Finding? {
            MadeCase(code: 1).moments(30) { .init(cpu: cpu($0), disk: 1 << 20) }
                .with { $0.run.cpuLimitCentipercent = limit }.postMortem.finding(.cpuPinned)
        }
        #expect(pinned { _ in 10_000 }?.sentence == "It used 1 core without a pause before its end")
        #expect(
            pinned { _ in 39_800 }?.sentence == "It used 4 cores without a pause before its end")
        #expect(
            pinned({ _ in 14_900 }, limit: 15_000)?.sentence
                == "It used all the CPU that its limit grants, 150 % before its end")
        #expect(pinned { _ in 15_000 } == nil)
        #expect(pinned { $0 % 2 == 0 ? 20_000 : 0 } == nil)
        #expect(pinned { _ in 5_000 } == nil)
    }

    @Test func `a CPU limit held it back, or hardly`() {
        func kinds(_ milliseconds: Int64?) -> [Finding.Kind] {
            MadeCase(code: 0).with {
                $0.run.cpuThrottledNanoseconds = milliseconds.map { $0 * 1_000_000 }
            }.postMortem.kinds
        }
        #expect(kinds(20_000).contains(.cpuThrottled))
        #expect(!kinds(100).contains(.cpuThrottled))
        #expect(!kinds(nil).contains(.cpuThrottled))
    }

    @Test func `a burst before the end stands out of what was usual`() {
        func kinds(_ last: Int64, usual: Int64) -> [Finding.Kind] {
            MadeCase(code: 1).history(10) { _ in .init(disk: usual, net: usual) }
                .moments(30) { .init(disk: $0 > 25 ? last : usual, net: $0 > 25 ? last : usual) }
                .postMortem.kinds
        }
        #expect(kinds(200 << 20, usual: 1 << 20).contains(.diskBurst))
        #expect(kinds(200 << 20, usual: 1 << 20).contains(.netBurst))
        #expect(!kinds(200 << 20, usual: 100 << 20).contains(.diskBurst))
        #expect(!kinds(1 << 20, usual: 0).contains(.diskBurst))
    }

    @Test func `silence after traffic stands out`() {
        func kinds(_ usual: Int64) -> [Finding.Kind] {
            MadeCase(code: 1).history(10) { _ in .init(cpu: 5_000, disk: usual) }
                .moments(60) { .init(cpu: 5_000, disk: $0 < 20 ? usual : 0) }.postMortem.kinds
        }
        #expect(kinds(1 << 20).contains(.ioSilence))
        #expect(!kinds(100).contains(.ioSilence))
    }

    @Test
    func `time held back is added up over cores, and no share of more than the whole is told`() {
        func throttled(_ seconds: Int64) -> Finding? {
            MadeCase(code: 0).with { $0.run.cpuThrottledNanoseconds = seconds * 1_000_000_000 }
                .postMortem.finding(.cpuThrottled)
        }
        #expect(
            throttled(50)?.sentence == "Its CPU limit held it back for 50.0s, summed over cores")
        #expect(throttled(50)?.evidence.contains { $0.value == .share(0.5) } == true)
        #expect(throttled(250)?.evidence.map(\.name) == ["held back for"])
        #expect(throttled(1) == nil)
    }
}
