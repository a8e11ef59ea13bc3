public import HistoryModel

/// The rows of one run over an hour, as a block.
///
/// ```swift
/// let bytes = SampleDetail.encode(rows)
/// try SampleDetail.decode(bytes, of: run) == rows  // true
/// ```
public enum SampleDetail {
    /// How many rows a block may have.
    public static let maximumRowCount = ColumnBlock.maximumRowCount

    /// The block of `rows`, in their order; of which run they are is not in it.
    ///
    /// - Precondition: there are at most ``maximumRowCount`` rows.
    /// - Complexity: about 100 µs for the 360 rows of an hour.
    public static func encode(_ rows: [SampleRow]) -> [UInt8] {
        var block = ColumnBlock(rowCount: rows.count)
        // By index: a row that is taken out of its array costs two reference counts.
        let indices = rows.indices
        let starts = indices.map { rows[$0].at.unixMilliseconds }
        let step = Self.step(of: starts)
        block.append(ColumnID.at, starts)
        block.appendUnlessZero(
            ColumnID.interval, indices.map { rows[$0].intervalMilliseconds &- step })
        block.appendUnlessZero(
            ColumnID.firstDelay, indices.map { rows[$0].firstAt.unixMilliseconds &- starts[$0] })
        block.appendUnlessZero(
            ColumnID.lastDelay, indices.map { rows[$0].lastAt.unixMilliseconds &- starts[$0] })
        block.appendUnlessZero(
            ColumnID.furtherSamples, indices.map { rows[$0].sampleCount &- 1 })
        block.appendUnlessZero(
            ColumnID.implausible, indices.map { rows[$0].implausibleCount })
        block.append(ColumnID.sequence, indices.map { rows[$0].sequence })
        for metric in Metric.gauges { block.append(gauge: metric, of: rows) }
        for metric in Metric.counters { block.append(counter: metric, of: rows) }
        return BlockCodec.encode(block)
    }

    /// The rows that `bytes` were written from, as rows of `run`.
    ///
    /// - Throws: ``BlockError`` if the bytes are not exactly those of a block of rows.
    public static func decode(
        _ bytes: [UInt8], of run: RunID
    ) throws(BlockError) -> [SampleRow] {
        let block = try BlockCodec.decode(bytes)
        try ColumnID.check(block, areAmong: knownColumns)
        let starts = try block.required(ColumnID.at)
        let step = Self.step(of: starts)
        let intervals = block.zeroUnlessGiven(ColumnID.interval)
        let firstDelays = block.zeroUnlessGiven(ColumnID.firstDelay)
        let lastDelays = block.zeroUnlessGiven(ColumnID.lastDelay)
        let furtherSamples = block.zeroUnlessGiven(ColumnID.furtherSamples)
        let implausible = block.zeroUnlessGiven(ColumnID.implausible)
        let sequences = try block.required(ColumnID.sequence)
        var rows = starts.indices.map { index in
            let at = Timestamp(unixMilliseconds: starts[index])
            var row = SampleRow(
                run: run, at: at, intervalMilliseconds: intervals[index] &+ step,
                firstAt: at &+ firstDelays[index], lastAt: at &+ lastDelays[index],
                sampleCount: furtherSamples[index] &+ 1,
                implausibleCount: implausible[index])
            row.sequence = sequences[index]
            return row
        }
        for metric in Metric.gauges {
            guard let column = block[ColumnID.value(of: metric)] else { continue }
            let excesses = block.zeroUnlessGiven(ColumnID.excess(of: metric))
            let missing = block.zeroUnlessGiven(ColumnID.missing(of: metric))
            column.forEach { index, maximum in
                rows[index][gauge: metric] = SampleRow.Gauge(
                    count: rows[index].sampleCount &- missing[index],
                    average: maximum &- excesses[index], maximum: maximum)
            }
        }
        for metric in Metric.counters {
            guard let column = block[ColumnID.value(of: metric)] else { continue }
            let gains = block.zeroUnlessGiven(ColumnID.gain(of: metric))
            var gained: Int64 = 0
            column.forEach { index, start in
                let first = start &+ gained
                gained &+= gains[index]
                rows[index][counter: metric] = SampleRow.Counter(
                    first: first, last: first &+ gains[index])
            }
        }
        return rows
    }

    /// From the first row's start to the second's.
    private static func step(of starts: [Int64]) -> Int64 {
        starts.count < 2 ? 0 : starts[1] &- starts[0]
    }

    private static let knownColumns: Set<UInt8> = {
        var known: Set = [
            ColumnID.at, ColumnID.interval, ColumnID.firstDelay, ColumnID.lastDelay,
            ColumnID.furtherSamples, ColumnID.implausible, ColumnID.sequence,
        ]
        for metric in Metric.gauges {
            known.formUnion([
                ColumnID.value(of: metric), ColumnID.excess(of: metric),
                ColumnID.missing(of: metric),
            ])
        }
        for metric in Metric.counters {
            known.formUnion([ColumnID.value(of: metric), ColumnID.gain(of: metric)])
        }
        return known
    }()
}

extension ColumnBlock {
    /// Adds the columns of `metric`, as far as they say something.
    fileprivate mutating func append(gauge metric: Metric, of rows: [SampleRow]) {
        var presence = Presence(rowCount: rowCount)
        var (maxima, excesses, missing) = ([Int64](), [Int64](), [Int64]())
        for index in rows.indices {
            guard let level = rows[index][gauge: metric] else { continue }
            presence.insert(index)
            maxima.append(level.maximum)
            excesses.append(level.maximum &- level.average)
            missing.append(rows[index].sampleCount &- level.count)
        }
        append(ColumnID.value(of: metric), maxima, of: presence)
        appendUnlessZero(ColumnID.excess(of: metric), excesses, of: presence)
        appendUnlessZero(ColumnID.missing(of: metric), missing, of: presence)
    }

    /// Adds the columns of `metric`, as far as they say something.
    fileprivate mutating func append(counter metric: Metric, of rows: [SampleRow]) {
        var presence = Presence(rowCount: rowCount)
        var (starts, gains) = ([Int64](), [Int64]())
        // Without what was gained within rows, only what was gained between them is left.
        var gained: Int64 = 0
        for index in rows.indices {
            guard let total = rows[index][counter: metric] else { continue }
            presence.insert(index)
            starts.append(total.first &- gained)
            gains.append(total.last &- total.first)
            gained &+= total.last &- total.first
        }
        append(ColumnID.value(of: metric), starts, of: presence)
        appendUnlessZero(ColumnID.gain(of: metric), gains, of: presence)
    }

    /// Adds a column that means 0 where it is not given, unless it would say nothing else.
    private mutating func appendUnlessZero(
        _ id: UInt8, _ values: [Int64], of presence: Presence
    ) {
        if values.contains(where: { $0 != 0 }) { append(id, values, of: presence) }
    }

    /// Adds a column that means 0 where it is not given, unless it would say nothing else.
    fileprivate mutating func appendUnlessZero(_ id: UInt8, _ values: [Int64]) {
        if values.contains(where: { $0 != 0 }) { append(id, values) }
    }

    /// The values of the column `id`; 0 where it has none.
    func zeroUnlessGiven(_ id: UInt8) -> [Int64] {
        guard let column = self[id] else { return Array(repeating: 0, count: rowCount) }
        guard column.presence != nil else { return column.values }
        var values = [Int64](repeating: 0, count: rowCount)
        column.forEach { row, value in values[row] = value }
        return values
    }

    /// The values of the column `id`, of which each row has one.
    func required(_ id: UInt8) throws(BlockError) -> [Int64] {
        guard rowCount > 0 else { return [] }
        guard let column = self[id], column.presence == nil else {
            throw .damaged("its column \(id) is missing")
        }
        return column.values
    }
}

extension Timestamp {
    fileprivate static func &+ (start: Timestamp, milliseconds: Int64) -> Timestamp {
        Timestamp(unixMilliseconds: start.unixMilliseconds &+ milliseconds)
    }
}
