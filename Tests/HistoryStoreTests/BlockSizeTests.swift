import HistoryModel
import HistoryStore
import Testing

/// What realistic hours need. A change that costs a tenth fails here.
@Suite struct BlockSizeTests {
    @Test("an idle hour needs less than three quarters of a byte for each sample of six metrics")
    func idle() throws {
        let rows = Self.hour(busy: 0..<0, folded: false)
        #expect(SampleDetail.encode(rows).count < 270)
    }

    @Test("a busy hour needs no more than the noise in it")
    func busy() throws {
        let rows = Self.hour(busy: 0..<360, folded: false)
        let size = SampleDetail.encode(rows).count
        // Each row: 13 bits of CPU, 9.3 of memory, and a quarter of a burst of 17 bits and its place.
        #expect((1200..<1650).contains(size), "\(size)")
    }

    @Test("an hour that is busy for twenty minutes needs half of that")
    func mixed() throws {
        let size = SampleDetail.encode(Self.hour(busy: 100..<220, folded: false)).count
        #expect((700..<850).contains(size), "\(size)")
    }

    @Test("rows of ten samples with averages and maxima need three times as much")
    func folded() throws {
        let rows = Self.hour(busy: 100..<220, folded: true)
        let size = SampleDetail.encode(rows).count
        #expect((2000..<2450).contains(size), "\(size)")
        #expect(try SampleDetail.decode(SampleDetail.encode(rows), of: rows[0].run) == rows)
    }

    @Test("the last two minutes of a run need less than six bytes a sample")
    func moments() throws {
        let samples = Self.samples(every: 1000, count: 120, busy: 0..<120)
        let bytes = MomentsDetail.encode(samples)
        #expect((550..<700).contains(bytes.count), "\(bytes.count)")
        #expect(try MomentsDetail.decode(bytes) == samples)
    }

    /// 360 rows of ten seconds, each of one sample or of ten.
    private static func hour(busy: Range<Int>, folded: Bool) -> [SampleRow] {
        let run = RunID(rawValue: 3)
        let perRow = folded ? 10 : 1
        let all = samples(
            every: Int64(10_000 / perRow), count: 360 * perRow,
            busy: (busy.lowerBound * perRow)..<(busy.upperBound * perRow))
        return (0..<360).map { index in
            let samples = all[(index * perRow)..<((index + 1) * perRow)]
            var row = SampleRow(
                run: run, at: .noon(plus: Int64(index) * 10_000), intervalMilliseconds: 10_000,
                firstAt: samples.first!.at, lastAt: samples.last!.at,
                sampleCount: Int64(perRow), implausibleCount: 0)
            row.sequence = Int64(index) + 1
            for metric in [Metric.cpu, .memory] {
                let values = samples.compactMap { $0[metric] }
                row[gauge: metric] = SampleRow.Gauge(
                    count: Int64(values.count),
                    average: values.reduce(0, +) / Int64(values.count), maximum: values.max()!)
            }
            for metric in [Metric.diskRead, .diskWrite, .netRx, .netTx] {
                row[counter: metric] = SampleRow.Counter(
                    first: samples.first![metric]!, last: samples.last![metric]!)
            }
            return row
        }
    }

    private static func samples(
        every milliseconds: Int64, count: Int, busy: Range<Int>
    ) -> [Sample] {
        var random = SeededRandom(seed: 2)
        var sample = Sample(at: .noon)
        sample.cpuCentipercent = 0
        sample.memoryBytes = 30_000 * 4096
        for metric in [Metric.diskRead, .diskWrite, .netRx, .netTx] { sample[metric] = 1 << 33 }
        return (0..<count).map { index in
            let jitter = milliseconds == 10_000 ? 0 : Int64.random(in: 0..<8, using: &random)
            sample.at = .noon(plus: Int64(index) * milliseconds + jitter)
            if busy.contains(index) {
                sample.cpuCentipercent = .random(in: 7000..<13_000, using: &random)
                sample.memoryBytes! += 4096 * .random(in: -300..<320, using: &random)
                for metric in [Metric.diskRead, .diskWrite, .netRx, .netTx]
                where Int.random(in: 0..<4, using: &random) == 0 {
                    sample[metric]! += 4096 * .random(in: 1..<50, using: &random)
                }
            } else {
                sample.cpuCentipercent =
                    Bool.random(using: &random) ? 0 : .random(in: 20..<50, using: &random)
            }
            return sample
        }
    }
}
