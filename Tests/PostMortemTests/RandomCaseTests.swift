import HistoryModel
import Testing

@testable import PostMortem

/// Cases of extreme values: whatever a catalog holds, there is an answer.
struct RandomCaseTests {
    /// SplitMix64, so that a case that fails can be made again.
    struct Random: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return mixed ^ (mixed >> 31)
        }

        mutating func integer() -> Int64 {
            let extremes: [Int64] = [.min, .min + 1, -1, 0, 1, 4_096, 1 << 31, .max - 1, .max]
            return Bool.random(using: &self)
                ? extremes.randomElement(using: &self)!
                : Int64.random(in: 0...1 << 40, using: &self)
        }

        mutating func optional() -> Int64? { Bool.random(using: &self) ? integer() : nil }

        mutating func double() -> Double {
            let extremes: [Double] = [.nan, .infinity, -.infinity, 0, -1, 1e300, -1e300, 0x1p63]
            return Bool.random(using: &self)
                ? extremes.randomElement(using: &self)! : Double.random(in: 0...1e12, using: &self)
        }

        mutating func time() -> Timestamp {
            Bool.random(using: &self)
                ? .noon(Int64.random(in: -100_000...200_000, using: &self))
                : Timestamp(unixMilliseconds: integer())
        }

        mutating func text() -> String {
            let parts = [
                "", "a", "\u{1b}[2J", "|`<", "\u{202e}", "\r\n", "日本", "No space left on device",
            ]
            return (0..<Int.random(in: 0...4, using: &self))
                .map { _ in parts.randomElement(using: &self)! }.joined()
        }
    }

    private static func run(_ random: inout Random) -> Run {
        var run = MadeCase(code: 0).file.run
        run.sandbox = random.text()
        run.labels = [random.text(): random.text()]
        run.status = Bool.random(using: &random) ? .running : .terminated
        run.startedAt = random.time()
        run.terminatedAt = Bool.random(using: &random) ? random.time() : nil
        run.duration = random.optional().map { .nanoseconds($0) }
        run.exitCode = random.optional().map { Int32(truncatingIfNeeded: $0) }
        run.exitSignal = random.optional().map { Int32(truncatingIfNeeded: $0 % 80) }
        run.coreDumped = Bool.random(using: &random)
        run.exitKnownBy = ExitKnowledge.allCases.randomElement(using: &random)
        run.terminationReason =
            (TerminationReason.known + [TerminationReason(rawValue: random.text())])
            .randomElement(using: &random)
        run.memoryLimitBytes = random.optional()
        run.memoryLimitKind =
            [
                .cgroup, .addressSpace, .dataSegment, .source,
                MemoryLimitKind(rawValue: random.text()), nil,
            ]
            .randomElement(using: &random)!
        run.cpuLimitCentipercent = random.optional()
        run.cpuThrottledNanoseconds = random.optional()
        run.usage.cpuTimeNanoseconds = random.optional()
        run.usage.memoryPeakBytes = random.optional()
        run.usage.memoryMaxBytes = random.optional()
        run.usage.sampleCount = random.optional()
        return run
    }

    private static func file(_ random: inout Random) -> CaseFile {
        var file = MadeCase(code: 0).file
        file.run = run(&random)
        file.askedAt = random.time()
        for _ in 0..<Int.random(in: 0...40, using: &random) {
            file.history.points.appendStep(
                at: random.time().unixMilliseconds, milliseconds: random.integer(),
                lastAt: random.integer(), sampleCount: random.integer(), isPartial: true)
            for column in CaseFile.columns.indices {
                file.history.points.append(random.double(), to: column)
            }
        }
        for _ in 0..<Int.random(in: 0...40, using: &random) {
            var sample = Sample(at: random.time())
            for metric in Metric.allCases { sample[metric] = random.optional() }
            file.moments.append(sample)
        }
        if Bool.random(using: &random) {
            file.moments = []
            file.recent = file.history
        }
        for _ in 0..<Int.random(in: 0...6, using: &random) {
            let kind = LifecycleEvent.Kind.known.randomElement(using: &random)!
            file.events.append(
                LifecycleEvent(kind, at: random.time(), detail: random.text(), seenBy: .recorder))
            file.history.gaps.append(
                .init(
                    from: random.time(), to: random.time(),
                    reason: Series.Gap.Reason.allCases.randomElement(using: &random)!))
            file.earlier.append(run(&random))
            var neighbour = Neighbour(run: run(&random))
            neighbour.cpuCentipercent = random.double()
            neighbour.memoryBytes = random.double()
            neighbour.diskBytesPerSecond = random.double()
            file.neighbours.append(neighbour)
        }
        let bytes = (0..<Int.random(in: 0...300, using: &random)).map { _ in
            UInt8.random(in: 0...255, using: &random)
        }
        file.logs = [
            RunLog(
                name: random.text(), takenAt: random.time(), writtenBytes: random.optional(),
                tail: bytes + Array(random.text().utf8))
        ]
        file.problems = [random.text()]
        return file
    }

    @Test(arguments: 0..<300)
    func `whatever a catalog holds has a verdict, a page and a document`(seed: Int) {
        var random = Random(state: UInt64(seed) &* 7_919)
        let postMortem = PostMortem(of: Self.file(&random))
        #expect(postMortem.verdict.sentence.hasSuffix("."))
        #expect(postMortem.findings.allSatisfy { !$0.evidence.isEmpty || $0.kind == .unknown })
        for width in [60, 80, 200] {
            let lines = PostMortemPage(postMortem, width: width, zone: .utc).lines
            #expect(lines.allSatisfy { $0.text.displayWidth <= width })
            #expect(
                lines.allSatisfy { !$0.text.unicodeScalars.contains(where: \.isUnsafeToDisplay) })
        }
        let document = MarkdownDocument(postMortem).text
        #expect(!document.contains("\u{1b}") && !document.contains("<"))
    }
}
