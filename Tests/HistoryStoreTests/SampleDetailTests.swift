import HistoryModel
import HistoryStore
import Testing

@Suite struct SampleDetailTests {
    private static let run = RunID(rawValue: 7)

    @Test(
        "rows come back as they were, extremes and absent values included",
        arguments: 0..<40 as Range<UInt64>)
    func roundTrip(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let count = [0, 1, 2, 3, 63, 64, 65, 360, 1000].randomElement(using: &random)!
        let rows = (0..<count).map { _ in Self.wildRow(using: &random) }
        let decoded = try SampleDetail.decode(SampleDetail.encode(rows), of: Self.run)
        #expect(decoded == rows, "seed \(seed)")
        #expect(decoded.map(\.sequence) == rows.map(\.sequence), "seed \(seed)")
    }

    @Test(
        "samples come back as they were, extremes and absent values included",
        arguments: 0..<40 as Range<UInt64>)
    func momentsRoundTrip(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let count = [0, 1, 2, 3, 64, 120, 1200].randomElement(using: &random)!
        let samples = (0..<count).map { _ in Self.wildSample(using: &random) }
        #expect(
            try MomentsDetail.decode(MomentsDetail.encode(samples)) == samples, "seed \(seed)")
    }

    /// A row with anything in it.
    private static func wildRow(using random: inout SeededRandom) -> SampleRow {
        var row = SampleRow(
            run: run, at: Timestamp(unixMilliseconds: wild(using: &random)),
            intervalMilliseconds: wild(using: &random),
            firstAt: Timestamp(unixMilliseconds: wild(using: &random)),
            lastAt: Timestamp(unixMilliseconds: wild(using: &random)),
            sampleCount: wild(using: &random), implausibleCount: wild(using: &random))
        row.sequence = wild(using: &random)
        for metric in Metric.gauges where Bool.random(using: &random) {
            row[gauge: metric] = SampleRow.Gauge(
                count: wild(using: &random), average: wild(using: &random),
                maximum: wild(using: &random))
        }
        for metric in Metric.counters where Bool.random(using: &random) {
            row[counter: metric] = SampleRow.Counter(
                first: wild(using: &random), last: wild(using: &random))
        }
        return row
    }

    private static func wildSample(using random: inout SeededRandom) -> Sample {
        var sample = Sample(at: Timestamp(unixMilliseconds: wild(using: &random)))
        for metric in Metric.allCases where Bool.random(using: &random) {
            sample[metric] = wild(using: &random)
        }
        return sample
    }

    private static func wild(using random: inout SeededRandom) -> Int64 {
        switch UInt8.random(in: 0..<6, using: &random) {
        case 0: .max
        case 1: .min
        case 2: 0
        case 3: .random(in: -3...3, using: &random)
        case 4: .random(in: 0...(1 << 40), using: &random)
        default: .random(in: .min ... .max, using: &random)
        }
    }
}
