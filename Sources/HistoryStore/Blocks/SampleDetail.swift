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
        block.append(ColumnID.at, rows.map(\.at.unixMilliseconds))
        block.append(ColumnID.interval, rows.map(\.intervalMilliseconds))
        block.appendUnlessZero(ColumnID.firstDelay, rows.map { $0.firstAt &- $0.at })
        block.appendUnlessZero(ColumnID.span, rows.map { $0.lastAt &- $0.firstAt })
        block.appendUnlessZero(ColumnID.furtherSamples, rows.map { $0.sampleCount &- 1 })
        block.appendUnlessZero(ColumnID.implausible, rows.map(\.implausibleCount))
        block.append(ColumnID.sequence, rows.map(\.sequence))
        for metric in Metric.gauges {
            let levels = rows.map { $0[gauge: metric] }
            block.append(ColumnID.value(of: metric), optionals: levels.map { $0?.maximum })
            block.appendUnlessZero(
                ColumnID.excess(of: metric), levels.map { $0.map { $0.maximum &- $0.average } })
            block.appendUnlessZero(
                ColumnID.missing(of: metric),
                zip(rows, levels).map { row, level in level.map { row.sampleCount &- $0.count } })
        }
        for metric in Metric.counters {
            let totals = rows.map { $0[counter: metric] }
            // Without what was gained within rows, only what was gained between them is left.
            var gained: Int64 = 0
            let starts = totals.map { total -> Int64? in
                guard let total else { return nil }
                defer { gained &+= total.last &- total.first }
                return total.first &- gained
            }
            block.append(ColumnID.value(of: metric), optionals: starts)
            block.appendUnlessZero(
                ColumnID.gain(of: metric), totals.map { $0.map { $0.last &- $0.first } })
        }
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
        let intervals = try block.required(ColumnID.interval)
        let firstDelays = block.zeroUnlessGiven(ColumnID.firstDelay)
        let spans = block.zeroUnlessGiven(ColumnID.span)
        let furtherSamples = block.zeroUnlessGiven(ColumnID.furtherSamples)
        let implausible = block.zeroUnlessGiven(ColumnID.implausible)
        let sequences = try block.required(ColumnID.sequence)
        var rows = starts.indices.map { index in
            let at = Timestamp(unixMilliseconds: starts[index])
            let firstAt = at &+ firstDelays[index]
            var row = SampleRow(
                run: run, at: at, intervalMilliseconds: intervals[index], firstAt: firstAt,
                lastAt: firstAt &+ spans[index], sampleCount: furtherSamples[index] &+ 1,
                implausibleCount: implausible[index])
            row.sequence = sequences[index]
            return row
        }
        for metric in Metric.gauges {
            guard let column = block[ColumnID.value(of: metric)] else { continue }
            let maxima = column.optionals(over: block.rowCount)
            let excesses = block.zeroUnlessGiven(ColumnID.excess(of: metric))
            let missing = block.zeroUnlessGiven(ColumnID.missing(of: metric))
            for (index, maximum) in maxima.enumerated() {
                guard let maximum else { continue }
                rows[index][gauge: metric] = SampleRow.Gauge(
                    count: rows[index].sampleCount &- missing[index],
                    average: maximum &- excesses[index], maximum: maximum)
            }
        }
        for metric in Metric.counters {
            guard let column = block[ColumnID.value(of: metric)] else { continue }
            let starts = column.optionals(over: block.rowCount)
            let gains = block.zeroUnlessGiven(ColumnID.gain(of: metric))
            var gained: Int64 = 0
            for (index, start) in starts.enumerated() {
                guard let start else { continue }
                let first = start &+ gained
                gained &+= gains[index]
                rows[index][counter: metric] = SampleRow.Counter(
                    first: first, last: first &+ gains[index])
            }
        }
        return rows
    }

    private static let knownColumns: Set<UInt8> = {
        var known: Set = [
            ColumnID.at, ColumnID.interval, ColumnID.firstDelay, ColumnID.span,
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
    /// Adds a column that means 0 where it has no value, unless it would say nothing else.
    mutating func appendUnlessZero(_ id: UInt8, _ values: [Int64?]) {
        if values.contains(where: { $0 ?? 0 != 0 }) { append(id, optionals: values) }
    }

    /// The values of the column `id`; 0 where it has none.
    func zeroUnlessGiven(_ id: UInt8) -> [Int64] {
        guard let column = self[id] else { return Array(repeating: 0, count: rowCount) }
        guard column.presence != nil else { return column.values }
        return column.optionals(over: rowCount).map { $0 ?? 0 }
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

    fileprivate static func &- (end: Timestamp, start: Timestamp) -> Int64 {
        end.unixMilliseconds &- start.unixMilliseconds
    }
}
