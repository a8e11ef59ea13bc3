import HistoryModel
import HistoryStore
import Recorder
import SlotRegistry
import Testing

/// What rows must be, made from all samples that were seen, in the order in which they were seen, in
/// the plainest way.
private struct ExpectedRow {
    var samples: [(sample: Sample, implausible: Int)]

    /// Groups the samples; `breaks` are the places where another recorder took over.
    static func rows(
        of samples: [(sample: Sample, implausible: Int)], interval: Int64, breaks: Set<Int>
    ) -> [ExpectedRow] {
        var rows: [ExpectedRow] = []
        for (index, next) in samples.enumerated() {
            let start = next.sample.at.unixMilliseconds / interval
            let follows =
                rows.last.map { row in
                    row.samples[0].sample.at.unixMilliseconds / interval == start
                        && row.samples.allSatisfy { $0.sample.at < next.sample.at }
                        && Metric.counters.allSatisfy { metric in
                            guard let value = next.sample[metric] else { return true }
                            return row.samples.allSatisfy { $0.sample[metric] ?? 0 <= value }
                        }
                } ?? false
            if follows, !breaks.contains(index) {
                rows[rows.count - 1].samples.append(next)
            } else {
                rows.append(ExpectedRow(samples: [next]))
            }
        }
        return rows
    }

    private func values(_ metric: Metric) -> [Int64] { samples.compactMap { $0.sample[metric] } }

    /// The columns but for the key, by name.
    var columns: [String: Int64?] {
        var columns: [String: Int64?] = [
            "first_at_ms": samples[0].sample.at.unixMilliseconds,
            "last_at_ms": samples[samples.count - 1].sample.at.unixMilliseconds,
            "sample_count": Int64(samples.count),
            "implausible_count": Int64(samples.reduce(0) { $0 + $1.implausible }),
        ]
        for metric in Metric.gauges {
            let values = values(metric)
            let unit = metric == .cpu ? "centipercent" : "bytes"
            columns["\(metric.rawValue)_count"] = Int64(values.count)
            columns["\(metric.rawValue)_max_\(unit)"] = .some(values.max())
            var average: Int64?
            if !values.isEmpty {
                let sum = values.reduce(Int128(0)) { $0 + Int128($1) }
                let (quotient, remainder) = sum.quotientAndRemainder(
                    dividingBy: Int128(values.count))
                average = Int64(quotient + (2 * remainder >= values.count ? 1 : 0))
            }
            columns["\(metric.rawValue)_avg_\(unit)"] = .some(average)
        }
        for metric in Metric.counters {
            let unit = metric == .cpuTime ? "ns" : "bytes"
            columns["\(metric.rawValue)_first_\(unit)"] = .some(values(metric).first)
            columns["\(metric.rawValue)_last_\(unit)"] = .some(values(metric).last)
        }
        return columns
    }
}

/// A sampler whose clock, counters and pace do what they want.
private struct WildSampler {
    private var counters: [UInt64] = [0, 0, 0, 0, 0]

    mutating func sample(at: Int64, using random: inout SeededRandom) -> SlotSample {
        var sample = SlotSample(sampledAtUnixMilliseconds: at)
        sample.flags = SampleFlags(rawValue: UInt32.random(in: 0...127, using: &random))
        if random.chance(20) { sample.flags.insert(.cpuTimeOnly) }
        if random.chance(20) { sample.flags.insert(.netNotMeasured) }
        if random.chance(20) { sample.flags.insert(.diskNotMeasured) }
        for index in counters.indices {
            if random.chance(2) { counters[index] /= 2 }
            counters[index] += UInt64.random(in: 0...1_000_000, using: &random)
        }
        func level() -> UInt64 {
            if random.chance(3) { return .max - UInt64.random(in: 0...9, using: &random) }
            if random.chance(3) { return UInt64(Int64.max) }
            return UInt64.random(in: 0...(1 << 40), using: &random)
        }
        sample.memoryBytes = level()
        sample.memoryAvailableBytes = level()
        sample.memoryHostResidentBytes = level()
        sample.upperUsedBytes = level()
        sample.upperFreeBytes = level()
        sample.upperHostAllocatedBytes = level()
        sample.cpuPercent =
            random.chance(3)
            ? [.nan, .infinity, -1][Int.random(in: 0..<3, using: &random)]
            : Float.random(in: 0...6400, using: &random)
        sample.vcpuTimeNanoseconds = random.chance(2) ? .max : counters[0]
        sample.diskReadBytes = counters[1]
        sample.diskWriteBytes = random.chance(2) ? 1 << 63 : counters[2]
        sample.netRxBytes = counters[3]
        sample.netTxBytes = counters[4]
        return sample
    }
}

@Suite("Rows are what a plain fold of the samples that were seen gives")
struct RandomRunTests {
    struct Pace: Sendable, CustomTestStringConvertible {
        var name: String
        /// Milliseconds between two samples, and between two polls, at most.
        var sample: Int64
        var poll: Int64
        /// Per cent of steps in which the clock is set.
        var clockSteps: Int
        /// Per cent of steps in which another recorder takes over.
        var takeOvers: Int
        var testDescription: String { name }
    }

    static let paces = [
        Pace(name: "as usual", sample: 2_000, poll: 2_000, clockSteps: 0, takeOvers: 0),
        Pace(name: "a slow sampler", sample: 9_000, poll: 1_000, clockSteps: 1, takeOvers: 0),
        Pace(name: "a fast sampler", sample: 300, poll: 3_000, clockSteps: 1, takeOvers: 0),
        Pace(name: "a wild clock", sample: 2_000, poll: 1_000, clockSteps: 8, takeOvers: 0),
        Pace(name: "take-overs", sample: 1_500, poll: 1_000, clockSteps: 0, takeOvers: 3),
    ]

    @Test("whatever sampler, clock and counters do", arguments: paces, RegistryABI.allCases)
    func random(pace: Pace, abi: RegistryABI) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        let rig = try Rig(abi: abi)
        let writer = try rig.run(1)
        var sampler = WildSampler()
        var seen: [(sample: Sample, implausible: Int)] = []
        var breaks: Set<Int> = []
        var wall = Rig.start + 1
        var nextSample: Int64 = 0
        var nextPoll: Int64 = 0
        for _ in 0..<1_000 {
            let step = max(1, min(nextSample, nextPoll))
            wall += step
            nextSample -= step
            nextPoll -= step
            if random.chance(pace.clockSteps) {
                // In steps of half a second, so that the same milliseconds come again.
                wall += Int64.random(in: -60...60, using: &random) * 500
            }
            if nextSample <= 0 {
                if wall == seen.last?.sample.at.unixMilliseconds { wall += 1 }
                try writer.write(sampler.sample(at: wall, using: &random))
                nextSample = Int64.random(in: 1...pace.sample, using: &random)
            }
            if nextPoll <= 0 {
                if random.chance(pace.takeOvers) {
                    try rig.recorder.flush(
                        to: rig.catalog, now: Rig.clocks(wall - Rig.start), isLast: true)
                    rig.restart()
                    breaks.insert(seen.count)
                }
                if case .reading(let reading) = try rig.reader.read(slot: writer.slot) {
                    let (sample, implausible) = reading.checkedSample()
                    if let sample, sample.at != seen.last?.sample.at {
                        seen.append((sample, implausible))
                    }
                }
                try rig.tick(wall - Rig.start)
                nextPoll = Int64.random(in: 1...pace.poll, using: &random)
            }
        }
        try rig.recorder.flush(
            to: rig.catalog, now: Rig.clocks(wall - Rig.start), isLast: true)

        let expected = ExpectedRow.rows(of: seen, interval: 10_000, breaks: breaks)
        #expect(seen.count > 60 && expected.count > 10, "seed \(seed)")
        let rows = try rig.rows()
        try #require(rows.count == expected.count, "seed \(seed)")
        func order(_ first: [Int64?], _ second: [Int64?]) -> Bool {
            first.lexicographicallyPrecedes(second) { $0 ?? -1 < $1 ?? -1 }
        }
        let columns = expected[0].columns.keys.sorted()
        let wanted = expected.map { row in columns.map { row.columns[$0] ?? nil } }.sorted(
            by: order)
        let found = rows.map { row in columns.map { row[$0] } }.sorted(by: order)
        #expect(wanted == found, "seed \(seed), \(columns)")
        for row in rows {
            let (at, first) = (try #require(row["at_ms"]), try #require(row["first_at_ms"]))
            // The interval's start, or some milliseconds from the first sample.
            #expect(at == first - first % 10_000 || (0..<256).contains(at - first), "seed \(seed)")
            #expect(first <= row["last_at_ms"] ?? 0, "seed \(seed)")
        }
        #expect(try rig.onlyRun().usage.sampleCount == Int64(seen.count), "seed \(seed)")
    }
}
