import HistoryModel
import Testing

@testable import PostMortem

struct MemoryRuleTests {
    private static let mebibyte: Int64 = 1 << 20

    @Test func `SIGKILL with memory at the limit speaks for the OOM killer, and is no proof`() {
        let postMortem = MadeCase(signal: 9).memoryLimit(100, .cgroup).peak(99)
            .moments(10) { .init(memory: Int64(90 + $0) * Self.mebibyte) }.postMortem
        #expect(postMortem.verdict.cause == .memoryLimit)
        #expect(postMortem.verdict.certainty == .likely)
        #expect(
            postMortem.verdict.sentence
                == "It was killed by SIGKILL from an unknown sender; its memory was at 99 % of the "
                + "limit of its cgroup, which speaks for the OOM killer.")
        let names = postMortem.finding(.memoryLimit)?.evidence.map(\.name) ?? []
        #expect(names.contains("limit") && names.contains("growth over its last 9.0s"))
    }

    @Test func `memory below the limit is not accused`() {
        let postMortem = MadeCase(signal: 9).memoryLimit(100, .cgroup).peak(80)
            .moments(10) { _ in .init(memory: 80 * Self.mebibyte) }.postMortem
        #expect(!postMortem.kinds.contains(.memoryLimit))
        #expect(postMortem.verdict.cause == .killed)
    }

    @Test func `a run that was stopped at its time limit did not die of memory`() {
        let postMortem = MadeCase(signal: 9, reason: .maxDurationExceeded)
            .memoryLimit(100, .cgroup).peak(99).event(.timedOut).postMortem
        #expect(postMortem.verdict.cause == .timeLimit)
        #expect(postMortem.finding(.memoryLimit)?.weight == .warning)
    }

    @Test(arguments: [MemoryLimitKind.addressSpace, .dataSegment])
    func `at a limit of address space a complaint makes it likely, else it is possible`(
        kind: MemoryLimitKind
    ) {
        let silent = MadeCase(code: 1).memoryLimit(100, kind).peak(70)
        #expect(silent.postMortem.finding(.memoryLimit)?.certainty == .possible)
        #expect(silent.postMortem.verdict.cause == .exited)
        #expect(
            silent.postMortem.verdict.sentence.hasSuffix(
                "at that limit allocations fail, which may be the reason."))
        let said = silent.stderr("Traceback\nMemoryError\n").postMortem
        #expect(said.finding(.memoryLimit)?.certainty == .likely)
        #expect(said.verdict.cause == .memoryLimit)
        let small = MadeCase(code: 1).memoryLimit(100, kind).peak(30).stderr("MemoryError")
            .postMortem
        // What it was refused may have been more than any machine has: both readings are told.
        #expect(small.verdict.cause == .exited)
        #expect(small.finding(.memoryLimit)?.certainty == .possible)
        #expect(
            small.verdict.sentence.hasSuffix(" is 100.0 MiB, which may be the reason."),
            "\(small.verdict.sentence)")
        let calm = MadeCase(code: 1).memoryLimit(100, kind).peak(30).postMortem
        #expect(!calm.kinds.contains(.memoryLimit))
    }

    @Test func `steady growth is a leak, with the time to the limit`() {
        let postMortem = MadeCase(seconds: 3_600, code: 0).memoryLimit(1_000, .cgroup).peak(460)
            .history(60) { .init(memory: Int64(100 + 6 * $0) * Self.mebibyte) }.postMortem
        let leak = postMortem.finding(.memoryLeak)
        #expect(
            leak?.sentence
                == "Its memory grew all the time, by 360.0 MiB an hour; at that pace it reaches its "
                + "limit in 1h 31m")
        #expect(leak?.certainty == .likely)
    }

    struct Course: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var mebibytes: @Sendable (Int) -> Double
    }

    @Test(arguments: [
        Course(testDescription: "flat", mebibytes: { _ in 200 }),
        Course(testDescription: "noise", mebibytes: { 200 + Double($0 * 7919 % 41) }),
        Course(testDescription: "warm-up, then flat", mebibytes: { min(500, Double($0) * 70) }),
        Course(testDescription: "sawtooth", mebibytes: { 100 + Double($0 % 10) * 40 }),
        Course(testDescription: "levels off", mebibytes: { 500 - 400 / (1 + Double($0) / 4) }),
        Course(testDescription: "one step", mebibytes: { $0 < 40 ? 100 : 400 }),
        Course(testDescription: "shrinks", mebibytes: { 500 - Double($0) * 5 }),
    ])
    func `what does not grow all the time is no leak`(course: Course) {
        let postMortem = MadeCase(seconds: 3_600, code: 0)
            .history(60) { .init(memory: Int64(course.mebibytes($0) * 1_048_576)) }.postMortem
        #expect(!postMortem.kinds.contains(.memoryLeak))
    }

    @Test func `a peak long before the end, with the limit half free again, is a weak reason`() {
        func certainty(_ last: Int64, peak: Int64, sampled: Int64) -> Finding.Certainty? {
            MadeCase(signal: 9).memoryLimit(100, .cgroup).peak(peak)
                .with { $0.run.usage.memoryMaxBytes = sampled * Self.mebibyte }
                .moments(20) { _ in .init(cpu: 5_000, memory: last * Self.mebibyte) }
                .postMortem.finding(.memoryLimit)?.certainty
        }
        #expect(certainty(10, peak: 99, sampled: 99) == .possible)
        #expect(certainty(90, peak: 99, sampled: 99) == .likely)
        // No sample saw the peak: it may have been after the last one.
        #expect(certainty(10, peak: 99, sampled: 20) == .likely)
    }

    @Test func `a short run has no leak`() {
        let postMortem = MadeCase(seconds: 60, code: 0)
            .history(60) { .init(memory: Int64(100 + 6 * $0) * Self.mebibyte) }.postMortem
        #expect(!postMortem.kinds.contains(.memoryLeak))
    }

    @Test func `a limit is too small, right, or too large`() {
        func kinds(_ peak: Int64, _ kind: MemoryLimitKind = .cgroup, code: Int32 = 0)
            -> [Finding.Kind]
        {
            MadeCase(seconds: 600, code: code).memoryLimit(1_000, kind).peak(peak).postMortem.kinds
        }
        #expect(kinds(920).contains(.limitTooSmall))
        #expect(!kinds(700).contains(.limitTooSmall) && !kinds(700).contains(.limitTooLarge))
        #expect(kinds(20).contains(.limitTooLarge))
        // What failed may have needed more later; address space is not what was measured.
        #expect(!kinds(20, code: 1).contains(.limitTooLarge))
        #expect(!kinds(20, .addressSpace).contains(.limitTooLarge))
    }

    @Test(arguments: [
        (1.0, 8), (50.0, 64), (100.0, 128), (420.0, 512), (1_000.0, 1_280), (9_000.0, 11_264),
    ])
    func `the advised size is a fifth more, rounded up`(peak: Double, advised: Int64) {
        #expect(Size.advised(for: peak * 1_048_576) == advised << 20)
    }

    @Test func `a trend is not bent by outliers`() throws {
        let points = (0..<50).map { index in
            (at: Timestamp.noon(Int64(index) * 1_000), value: index % 10 == 3 ? 1e9 : Double(index))
        }
        let line = try #require(TrendLine(points))
        #expect((line.slope - 0.001).magnitude < 0.0005)
        #expect(TrendLine([]) == nil)
        #expect(TrendLine(Array(repeating: (at: .noon, value: 1), count: 9)) == nil)
    }
}
