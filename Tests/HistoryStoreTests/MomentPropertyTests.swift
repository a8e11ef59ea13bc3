import HistoryModel
import Testing

@testable import HistoryStore

/// What was polled of one run, and what must be told of any instant of it, by the polls alone.
private struct MomentRun {
    struct Poll {
        var at: Timestamp
        var memory: Int64
        var written: Int64
    }

    /// What is expected of an instant.
    enum Answer: Equatable {
        case measured(MomentInterval)
        case gap(Series.Gap)
        case nothing
    }

    var start: Timestamp
    var end: Timestamp
    var hasEnded: Bool
    let interval: Int64
    var polls: [Poll] = []
    var recorded: [Series.Gap] = []
    /// How many of the last polls were kept as final moments.
    var keptCount = 0

    var tolerance: Int64 { interval + max(interval, 2_000) }

    init(using random: inout SeededRandom) {
        interval = [1_000, 10_000].randomElement(using: &random) ?? 1_000
        // Around an hour's edge, so that some of it is sealed and some is not.
        start = .noon(plus: 3_600_000 - Int64.random(in: 0...90_000, using: &random))
        var at = start.advanced(byMilliseconds: Int64.random(in: 0...12_000, using: &random))
        var written: Int64 = 0
        for _ in 0..<Int.random(in: 1...120, using: &random) {
            let memory = Int64.random(in: 0...1_000_000, using: &random)
            polls.append(Poll(at: at, memory: memory, written: written))
            let before = at
            at = at.advanced(
                byMilliseconds: interval / 10 + Int64.random(in: 0...9, using: &random))
            if Int.random(in: 0..<12, using: &random) == 0 {
                at = at.advanced(
                    byMilliseconds: Int64.random(in: 1...(interval * 8), using: &random))
                if Bool.random(using: &random) {
                    recorded.append(Series.Gap(from: before, to: at, reason: .stalled))
                }
            }
            written =
                Int.random(in: 0..<15, using: &random) == 0
                ? written / 3 : written + Int64.random(in: 0...1_000_000, using: &random)
        }
        let last = polls[polls.count - 1].at
        recorded.removeAll { $0.to > last }
        end = last.advanced(byMilliseconds: Int64.random(in: 0...30_000, using: &random))
        hasEnded = Bool.random(using: &random)
        if hasEnded, Bool.random(using: &random) {
            keptCount = min(polls.count, Int.random(in: 1...30, using: &random))
        }
    }

    /// The polls of each row: of one interval, between which no counter fell.
    var groups: [Range<Int>] {
        var groups: [Range<Int>] = []
        for index in polls.indices {
            if let last = groups.last,
                polls[last.lowerBound].at.aligned(downTo: interval)
                    == polls[index].at.aligned(downTo: interval),
                polls[index - 1].written <= polls[index].written
            {
                groups[groups.count - 1] = last.lowerBound..<index + 1
            } else {
                groups.append(index..<index + 1)
            }
        }
        return groups
    }

    func rows(of run: RunID) -> [SampleRow] {
        var previous: Timestamp?
        return groups.map { group in
            let polls = polls[group]
            let first = polls[group.lowerBound]
            let last = polls[group.upperBound - 1]
            let aligned = first.at.aligned(downTo: interval)
            var row = SampleRow(
                run: run, at: previous == aligned ? first.at : aligned,
                intervalMilliseconds: interval, firstAt: first.at, lastAt: last.at,
                sampleCount: Int64(group.count), implausibleCount: 0)
            previous = aligned
            row[gauge: .memory] = SampleRow.Gauge(
                count: Int64(group.count), average: Self.average(polls.map(\.memory)),
                maximum: polls.map(\.memory).max() ?? 0)
            row[counter: .diskWrite] = SampleRow.Counter(first: first.written, last: last.written)
            return row
        }
    }

    var kept: [Sample] {
        polls.suffix(keptCount).map { poll in
            var sample = Sample(at: poll.at)
            sample.memoryBytes = poll.memory
            sample.diskWriteBytes = poll.written
            return sample
        }
    }

    static func average(_ values: [Int64]) -> Int64 {
        values.reduce(0, +) / Int64(values.count)
    }

    func answer(at instant: Timestamp) -> Answer {
        if let finest = finest(at: instant) { return .measured(finest) }
        if let gap = recorded.first(where: { $0.from < instant && instant < $0.to }) {
            return .gap(gap)
        }
        let groups = groups
        if let index = groups.firstIndex(where: { polls[$0.upperBound - 1].at >= instant }) {
            let group = groups[index]
            let isFirst = group.lowerBound == 0
            let before = isFirst ? start : polls[group.lowerBound - 1].at
            let distance = polls[group.lowerBound].at.milliseconds(since: before)
            let isNear = distance <= (isFirst ? interval : tolerance)
            if isNear || instant >= polls[group.lowerBound].at {
                return .measured(
                    measured(group, since: isNear ? before : nil, .interval, width: interval))
            }
            return distance > tolerance
                ? .gap(silence(before, polls[group.lowerBound].at)) : .nothing
        }
        let last = polls[polls.count - 1].at
        if end.milliseconds(since: last) > tolerance { return .gap(silence(last, end)) }
        let group = groups[groups.count - 1]
        let intervalEnd = polls[group.lowerBound].at.aligned(downTo: interval)
            .advanced(byMilliseconds: interval)
        guard instant < intervalEnd else { return .nothing }
        let isFirst = group.lowerBound == 0
        let before = isFirst ? start : polls[group.lowerBound - 1].at
        let distance = polls[group.lowerBound].at.milliseconds(since: before)
        let isNear = distance <= (isFirst ? interval : tolerance)
        return .measured(measured(group, since: isNear ? before : nil, .interval, width: interval))
    }

    /// Nobody recorded that a recorder lived.
    private func silence(_ from: Timestamp, _ to: Timestamp) -> Series.Gap {
        Series.Gap(
            from: from, to: to,
            reason: recorded.first { $0.from == from && $0.to == to }?.reason ?? .recorderDown)
    }

    private func finest(at instant: Timestamp) -> MomentInterval? {
        let first = polls.count - keptCount
        guard keptCount > 0, instant >= polls[first].at,
            let index = polls[first...].firstIndex(where: { $0.at >= instant })
        else { return nil }
        let distances = zip(polls[first...].dropFirst(), polls[first...])
            .map { $0.at.milliseconds(since: $1.at) }.sorted()
        let step = distances.isEmpty ? 1_000 : distances[distances.count / 2]
        let before = index > first ? polls[index - 1].at : start
        let distance = polls[index].at.milliseconds(since: before)
        let isNear = distance <= (index > first ? step + max(step, 2_000) : step)
        guard isNear || instant == polls[index].at else { return nil }
        return measured(
            index..<index + 1, since: isNear ? before : nil, .finalMoments, width: step)
    }

    private func measured(
        _ group: Range<Int>, since before: Timestamp?, _ origin: MomentInterval.Origin, width: Int64
    ) -> MomentInterval {
        let first = polls[group.lowerBound]
        let last = polls[group.upperBound - 1]
        let from = before ?? first.at
        let spread = last.at.milliseconds(since: from)
        var interval = MomentInterval(
            origin: origin, from: from, to: last.at,
            resolutionMilliseconds: spread > 0 ? spread : width, sampleCount: Int64(group.count),
            values: [:], maxima: [:])
        interval.values[.memory] = Double(Self.average(polls[group].map(\.memory)))
        interval.maxima[.memory] = polls[group].map(\.memory).max()
        let wasWritten = group.lowerBound > 0 ? polls[group.lowerBound - 1].written : 0
        let hasFallen = before == nil || wasWritten > first.written
        let elapsed = hasFallen ? last.at.milliseconds(since: first.at) : spread
        if elapsed > 0 {
            let grown = last.written - (hasFallen ? first.written : wasWritten)
            interval.values[.diskWrite] = Double(grown) * 1000 / Double(elapsed)
        }
        return interval
    }

    /// Instants at every edge, a millisecond beside each, and between them.
    func instants(using random: inout SeededRandom) -> [Timestamp] {
        var instants = [start, end, end.advanced(byMilliseconds: -1), .noon(plus: 3_600_000)]
        for group in groups {
            instants += [polls[group.lowerBound].at, polls[group.upperBound - 1].at]
        }
        for gap in recorded { instants += [gap.from, gap.to] }
        instants += instants.flatMap { at in
            [-1, 1].map { at.advanced(byMilliseconds: $0) }
        }
        let length = end.milliseconds(since: start)
        for _ in 0..<20 {
            instants.append(start.advanced(byMilliseconds: .random(in: 0...length, using: &random)))
        }
        return instants.filter { $0 >= start && ($0 < end || !hasEnded) && $0 <= end }
            .shuffled(using: &random).prefix(24).map(\.self)
    }
}

struct MomentPropertyTests {
    /// What happened how often: a test that met no gap has proved nothing of gaps.
    private struct Tally {
        var finest = 0
        var measured = 0
        var gaps = 0
        var nothing = 0
        var sealed = 0
    }

    @Test func `what is told of an instant is what the polls around it say`() throws {
        var tally = Tally()
        for seed in (1...20).map(UInt64.init) {
            try check(seed: seed, &tally)
        }
        #expect(tally.finest > 40 && tally.measured > 900 && tally.gaps > 150)
        #expect(tally.nothing > 8 && tally.sealed > 40)
    }

    private func check(seed: UInt64, _ tally: inout Tally) throws {
        var random = SeededRandom(seed: seed)
        let scratch = try Scratch()
        let catalog = try scratch.makeCatalog()
        var runs: [(id: RunID, run: MomentRun)] = []
        for index in 0..<6 {
            let run = MomentRun(using: &random)
            let id = try catalog.begin(
                NewRun(sandbox: "box-\(index)", command: ["x"], startedAt: run.start), of: .own
            ).id
            var batch = FlushBatch()
            batch.rows = run.rows(of: id)
            batch.gaps = run.recorded.map { (id, $0) }
            if run.hasEnded {
                batch.endings = [RunEnding(id, at: run.end, knownBy: .waited)]
                batch.closed = [id]
                if run.keptCount > 0 { batch.finalMoments = [(id, run.kept)] }
            }
            try catalog.flush(batch)
            runs.append((id, run))
        }
        tally.sealed += Int(try catalog.seal(before: .noon(plus: 3_600_000), limit: 4).blockCount)
        let reader = try CatalogReader(path: scratch.catalog)
        for (id, run) in runs {
            for instant in run.instants(using: &random) {
                let moment = try reader.moment(
                    at: instant, around: .zero,
                    matching: RunQuery(sandbox: "box-\(id.rawValue - 1)"),
                    now: run.hasEnded ? .noon(plus: 9_000_000) : run.end
                )
                let found = try #require(moment.sandboxes.first { $0.run.id == id })
                #expect(found.isRunning && moment.problems.isEmpty)
                let expected = run.answer(at: instant)
                #expect(
                    Self.answer(of: found) == expected,
                    "seed \(seed), run \(id) at \(instant.rfc3339)")
                switch expected {
                case .measured(let interval) where interval.origin == .finalMoments:
                    tally.finest += 1
                case .measured: tally.measured += 1
                case .gap: tally.gaps += 1
                case .nothing: tally.nothing += 1
                }
            }
        }
    }

    private static func answer(of sandbox: SandboxMoment) -> MomentRun.Answer {
        if let interval = sandbox.interval { return .measured(interval) }
        return sandbox.gap.map(MomentRun.Answer.gap) ?? .nothing
    }
}
