internal import Floors
internal import HistoryModel
internal import HistoryStore
internal import SyntheticDay

/// Blocks of a day of sandboxes: their size, and the time to make and to read them, against deltas as
/// varints in C.
struct CodecBenchmark {
    private let sandboxCount: Int
    private let thresholds: Thresholds?
    private let report: Report

    init(_ options: Options) throws {
        thresholds = try Thresholds(options)
        report = Report(options)
        sandboxCount = try options.number("sandboxes", or: 100)
    }

    private static let rowsPerHour = 360
    /// How often each day is decoded.
    private static let decodings = 3

    func run() throws {
        var encode = Comparison("encode an hour of six metrics")
        var decode = Comparison("decode a day of one run")
        var rowsEncode = Comparison("encode an hour of rows")
        var rowsDecode = Comparison("decode an hour of rows")
        var columnBytes = 0
        var varintBytes = 0
        var rowBytes = 0
        var valueCount = 0
        var rowCount = 0
        print("encoding and decoding a day of \(sandboxCount) sandboxes …")
        for index in 0..<sandboxCount {
            var day = SyntheticSandbox(index: index, step: 10)
            var hours: [EncodedHour] = []
            for _ in 0..<24 {
                let samples = (0..<Self.rowsPerHour).compactMap { _ in day.next() }
                let columns = Self.columns(of: samples)
                var block = ColumnBlock(rowCount: samples.count)
                for (id, column) in columns.enumerated() { block.append(UInt8(id + 1), column) }
                var bytes: [UInt8] = []
                var varints = [UInt8](repeating: 0, count: 10 * columns.count * samples.count)
                var used: [(start: Int, count: Int)] = []
                encode.measure {
                    bytes = BlockCodec.encode(block)
                } floor: {
                    var start = 0
                    for column in columns {
                        let count = Self.encode(column, into: &varints, from: start)
                        used.append((start, count))
                        start += count
                    }
                }
                columnBytes += bytes.count
                varintBytes += used.reduce(0) { $0 + $1.count }
                valueCount += columns.count * samples.count
                hours.append(
                    EncodedHour(
                        block: block, bytes: bytes, varints: varints, starts: used.map(\.start)))
                try measureRows(samples, &rowsEncode, &rowsDecode, &rowBytes)
                rowCount += samples.count
            }
            try measure(&decode, of: hours)
        }
        let valuesPerDay = 24 * 7 * Self.rowsPerHour
        let comparisons = [encode, decode, rowsEncode, rowsDecode]
        try report.add(comparisons)
        let samples = Double(valueCount / 7)
        let rate = decode.ours.median.map { Double(valuesPerDay) / Double($0) * 1000 } ?? 0
        print(
            """

            bytes per sample of six metrics and its time: \(Text.fixed(Double(columnBytes) / samples, 2)), \
            as varint deltas \(Text.fixed(Double(varintBytes) / samples, 2))
            bytes per row with averages and maxima: \(Text.fixed(Double(rowBytes) / Double(rowCount), 2))
            decoded values in a second: \(Text.fixed(rate, 0)) million
            """)
        try thresholds?.check(comparisons)
    }

    /// An hour as a block, and as varints of each column from its start on.
    private struct EncodedHour {
        let block: ColumnBlock
        let bytes: [UInt8]
        let varints: [UInt8]
        let starts: [Int]
    }

    /// Decodes the hours of a run, one after the other, both into columns of their own: most of what a
    /// day's columns take is the memory, which is new to whoever fills it.
    private func measure(_ decode: inout Comparison, of hours: [EncodedHour]) throws {
        for _ in 0..<Self.decodings {
            var blocks: [ColumnBlock] = []
            var columns: [[Int64]] = []
            blocks.reserveCapacity(hours.count)
            columns.reserveCapacity(7 * hours.count)
            try decode.measure {
                for hour in hours { blocks.append(try BlockCodec.decode(hour.bytes)) }
            } floor: {
                for hour in hours {
                    for start in hour.starts {
                        columns.append(Self.decoded(hour.varints, from: start))
                    }
                }
            }
            guard blocks == hours.map(\.block),
                columns == hours.flatMap({ $0.block.columns.map(\.values) })
            else { throw BenchmarkError("a block does not give back what it was made of") }
        }
    }

    /// Time and six metrics.
    private static func columns(of samples: [SyntheticSample]) -> [[Int64]] {
        [
            samples.map { $0.at * 1000 }, samples.map(\.cpuCentipercent),
            samples.map(\.memoryBytes), samples.map(\.diskReadBytes),
            samples.map(\.diskWriteBytes), samples.map(\.netRxBytes), samples.map(\.netTxBytes),
        ]
    }

    private static func encode(
        _ column: [Int64], into bytes: inout [UInt8], from start: Int
    ) -> Int {
        // There is room for ten bytes for each value of every column.
        unsafe bytes.withUnsafeMutableBufferPointer { buffer in
            unsafe floor_varint_encode(column, column.count, buffer.baseAddress! + start)
        }
    }

    private static func decoded(_ bytes: [UInt8], from start: Int) -> [Int64] {
        // What was encoded from as many values; each is written.
        unsafe Array(unsafeUninitializedCapacity: rowsPerHour) { values, count in
            unsafe bytes.withUnsafeBufferPointer { buffer in
                _ = unsafe floor_varint_decode(
                    buffer.baseAddress! + start, rowsPerHour, values.baseAddress!)
            }
            count = rowsPerHour
        }
    }

    /// Rows as the recorder makes them of one sample each; without a floor.
    private func measureRows(
        _ samples: [SyntheticSample], _ encode: inout Comparison, _ decode: inout Comparison,
        _ byteCount: inout Int
    ) throws {
        let run = RunID(rawValue: 1)
        var sequence: Int64 = 0
        let rows = samples.map { synthetic in
            var sample = Sample(at: Timestamp(unixMilliseconds: synthetic.at * 1000))
            sample.cpuCentipercent = synthetic.cpuCentipercent
            sample.memoryBytes = synthetic.memoryBytes
            sample.diskReadBytes = synthetic.diskReadBytes
            sample.diskWriteBytes = synthetic.diskWriteBytes
            sample.netRxBytes = synthetic.netRxBytes
            sample.netTxBytes = synthetic.netTxBytes
            var row = SampleRow(run: run, sample: sample, intervalMilliseconds: 10_000)
            sequence += 1
            row.sequence = sequence
            return row
        }
        var bytes: [UInt8] = []
        var decoded: [SampleRow] = []
        encode.measure(ours: { bytes = SampleDetail.encode(rows) })
        try decode.measure(ours: { decoded = try SampleDetail.decode(bytes, of: run) })
        guard decoded == rows else {
            throw BenchmarkError("rows do not come back as they were")
        }
        byteCount += bytes.count
    }
}
