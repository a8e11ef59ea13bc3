internal import HistoryModel

/// Rows of a run in order of time, column by column, with the metrics that are asked for.
struct RowColumns {
    /// A level, one value for each row.
    struct Gauge {
        /// How many samples held it; 0 where it is absent.
        var counts: [Int64] = []
        var averages: [Int64] = []
        var maxima: [Int64] = []
        /// The lowest average; of a row that is an interval its own.
        var minima: [Int64] = []
    }

    /// A total, one value for each row.
    struct Counter {
        var isPresent: [Bool] = []
        var firsts: [Int64] = []
        var lasts: [Int64] = []
    }

    let metrics: MetricSelection
    var at: [Int64] = []
    var intervals: [Int64] = []
    var firstAt: [Int64] = []
    var lastAt: [Int64] = []
    var sampleCounts: [Int64] = []
    /// The place of each in the order of making: the first, and the last of an hour that is one row.
    var sequences: [Int64] = []
    var lastSequences: [Int64] = []
    /// Whether a row is what is left of an hour.
    var isSummary: [Bool] = []
    /// In the order of ``MetricSelection/gauges``.
    var gauges: [Gauge]
    /// In the order of ``MetricSelection/counters``.
    var counters: [Counter]
    /// Whether all starts are known to ascend; `false` says nothing.
    var isAscending = true
    private var reader = BlockReader()

    /// No rows yet.
    init(of metrics: MetricSelection) {
        self.metrics = metrics
        gauges = Array(repeating: Gauge(), count: metrics.gauges.count)
        counters = Array(repeating: Counter(), count: metrics.counters.count)
    }

    var count: Int { at.count }

    /// Removes all rows.
    mutating func removeAll() {
        for index in gauges.indices { gauges[index] = Gauge() }
        for index in counters.indices { counters[index] = Counter() }
        // These share their room with the block that was read last: given up, it is free for the next.
        (at, firstAt, lastAt) = ([], [], [])
        (sequences, lastSequences) = ([], [])
        intervals.removeAll(keepingCapacity: true)
        sampleCounts.removeAll(keepingCapacity: true)
        isSummary.removeAll(keepingCapacity: true)
        isAscending = true
    }
}

/// The metrics that a series needs, gauges and counters apart.
struct MetricSelection {
    let gauges: [Metric]
    let counters: [Metric]
    /// The columns of a block that hold them.
    let blockColumns: ColumnIDs

    init(_ metrics: some Collection<Metric>) {
        gauges = Metric.gauges.filter(metrics.contains)
        counters = Metric.counters.filter(metrics.contains)
        var columns: ColumnIDs = [
            ColumnID.at, ColumnID.interval, ColumnID.firstDelay, ColumnID.lastDelay,
            ColumnID.furtherSamples, ColumnID.sequence,
        ]
        for metric in gauges {
            columns.insert(ColumnID.value(of: metric))
            columns.insert(ColumnID.excess(of: metric))
            columns.insert(ColumnID.missing(of: metric))
        }
        for metric in counters {
            columns.insert(ColumnID.value(of: metric))
            columns.insert(ColumnID.gain(of: metric))
        }
        blockColumns = columns
    }
}

extension RowColumns {
    /// Adds the rows of a block's detail, in the order in which they stand there.
    ///
    /// - Returns: when they start, or where they are known to ascend, when the first and the last does.
    /// - Throws: ``BlockError`` if the bytes are not those of a block of rows; then none are added.
    mutating func append(detail bytes: RawSpan) throws(BlockError) -> [Int64] {
        try reader.read(bytes, only: metrics.blockColumns)
        let block = reader.block
        let starts = try block.required(ColumnID.at)
        let order = try block.required(ColumnID.sequence)
        let step = starts.count < 2 ? 0 : starts[1] &- starts[0]
        let begin = at.count
        let rows = begin..<(begin + starts.count)
        isAscending =
            isAscending && starts.isStrictlyAscending
            && (begin == 0 || starts.isEmpty || at[begin - 1] < starts[0])
        at.take(starts)
        Self.append(block[ColumnID.interval], plus: step, to: &intervals, over: rows)
        Self.append(block[ColumnID.firstDelay], plusEach: starts, to: &firstAt, over: rows)
        Self.append(block[ColumnID.lastDelay], plusEach: starts, to: &lastAt, over: rows)
        Self.append(block[ColumnID.furtherSamples], plus: 1, to: &sampleCounts, over: rows)
        sequences.take(order)
        lastSequences.take(order)
        isSummary.append(contentsOf: repeatElement(false, count: rows.count))
        for (index, metric) in metrics.gauges.enumerated() {
            Self.append(
                gauge: metric, of: block, to: &gauges[index], over: rows, sampleCounts)
        }
        for (index, metric) in metrics.counters.enumerated() {
            Self.append(counter: metric, of: block, to: &counters[index], over: rows)
        }
        guard isAscending, let first = starts.first, let last = starts.last else { return starts }
        return [first, last]
    }

    private static func append(
        _ column: ColumnBlock.Column?, plus constant: Int64, to values: inout [Int64],
        over rows: Range<Int>
    ) {
        values.append(contentsOf: repeatElement(constant, count: rows.count))
        column?.add(to: &values, from: rows.lowerBound)
    }

    private static func append(
        _ column: ColumnBlock.Column?, plusEach base: [Int64], to values: inout [Int64],
        over rows: Range<Int>
    ) {
        values.take(base)
        column?.add(to: &values, from: rows.lowerBound)
    }

    private static func append(
        gauge metric: Metric, of block: ColumnBlock, to gauge: inout Gauge,
        over rows: Range<Int>, _ sampleCounts: [Int64]
    ) {
        guard let column = block[ColumnID.value(of: metric)] else {
            gauge.counts.append(contentsOf: repeatElement(0, count: rows.count))
            gauge.averages.append(contentsOf: repeatElement(0, count: rows.count))
            gauge.maxima.append(contentsOf: repeatElement(0, count: rows.count))
            gauge.minima.append(contentsOf: repeatElement(0, count: rows.count))
            return
        }
        if column.presence == nil {
            gauge.counts.take(sampleCounts, rows)
            gauge.maxima.take(column.values)
        } else {
            gauge.counts.append(contentsOf: repeatElement(0, count: rows.count))
            gauge.maxima.append(contentsOf: repeatElement(0, count: rows.count))
            column.forEach { row, value in
                gauge.counts[rows.lowerBound + row] = sampleCounts[rows.lowerBound + row]
                gauge.maxima[rows.lowerBound + row] = value
            }
        }
        let missing = block[ColumnID.missing(of: metric)]
        missing?.subtract(from: &gauge.counts, from: rows.lowerBound)
        if missing != nil || block[ColumnID.furtherSamples] != nil {
            // A value is there, whatever a damaged block says of how many samples held it.
            column.forEach { row, _ in
                let row = rows.lowerBound + row
                if gauge.counts[row] < 1 { gauge.counts[row] = 1 }
            }
        }
        gauge.averages.take(gauge.maxima, rows)
        block[ColumnID.excess(of: metric)]?
            .subtract(from: &gauge.averages, from: rows.lowerBound)
        gauge.minima.take(gauge.averages, rows)
    }

    private static func append(
        counter metric: Metric, of block: ColumnBlock, to counter: inout Counter,
        over rows: Range<Int>
    ) {
        guard let column = block[ColumnID.value(of: metric)] else {
            counter.isPresent.append(contentsOf: repeatElement(false, count: rows.count))
            counter.firsts.append(contentsOf: repeatElement(0, count: rows.count))
            counter.lasts.append(contentsOf: repeatElement(0, count: rows.count))
            return
        }
        let gains = block.zeroUnlessGiven(ColumnID.gain(of: metric))
        counter.isPresent.append(
            contentsOf: repeatElement(column.presence == nil, count: rows.count))
        counter.firsts.append(contentsOf: repeatElement(0, count: rows.count))
        counter.lasts.append(contentsOf: repeatElement(0, count: rows.count))
        var gained: Int64 = 0
        column.forEach { row, start in
            let first = start &+ gained
            gained &+= gains[row]
            counter.isPresent[rows.lowerBound + row] = true
            counter.firsts[rows.lowerBound + row] = first
            counter.lasts[rows.lowerBound + row] = first &+ gains[row]
        }
    }

    /// Adds what is left of an hour whose intervals cannot be read any more.
    mutating func append(summary block: SampleBlock) {
        append(SampleRow(of: block))
        isSummary[count - 1] = true
        lastSequences[count - 1] = block.lastSequence
        for (index, metric) in metrics.gauges.enumerated() {
            if let gauge = block.gauges[metric.index] {
                gauges[index].minima[count - 1] = gauge.minimum
            }
        }
    }

    /// Adds `row`.
    mutating func append(_ row: SampleRow) {
        isAscending = false
        at.append(row.at.unixMilliseconds)
        intervals.append(row.intervalMilliseconds)
        firstAt.append(row.firstAt.unixMilliseconds)
        lastAt.append(row.lastAt.unixMilliseconds)
        sampleCounts.append(row.sampleCount)
        sequences.append(row.sequence)
        lastSequences.append(row.sequence)
        isSummary.append(false)
        for (index, metric) in metrics.gauges.enumerated() {
            let gauge = row[gauge: metric]
            gauges[index].counts.append(gauge.map { max(1, $0.count) } ?? 0)
            gauges[index].averages.append(gauge?.average ?? 0)
            gauges[index].maxima.append(gauge?.maximum ?? 0)
            gauges[index].minima.append(gauge?.average ?? 0)
        }
        for (index, metric) in metrics.counters.enumerated() {
            let counter = row[counter: metric]
            counters[index].isPresent.append(counter != nil)
            counters[index].firsts.append(counter?.first ?? 0)
            counters[index].lasts.append(counter?.last ?? 0)
        }
    }
}

extension RowColumns {
    /// Removes the rows from `count` on.
    mutating func truncate(to count: Int) {
        func cut<Value>(_ values: inout [Value]) { values.removeLast(values.count - count) }
        cut(&at)
        cut(&intervals)
        cut(&firstAt)
        cut(&lastAt)
        cut(&sampleCounts)
        cut(&sequences)
        cut(&lastSequences)
        cut(&isSummary)
        for index in gauges.indices {
            cut(&gauges[index].counts)
            cut(&gauges[index].averages)
            cut(&gauges[index].maxima)
            cut(&gauges[index].minima)
        }
        for index in counters.indices {
            cut(&counters[index].isPresent)
            cut(&counters[index].firsts)
            cut(&counters[index].lasts)
        }
    }

    /// Puts the rows in order of time; of one time, in that of their making.
    mutating func sortByTime() {
        guard !isAscending, !isSortedByTime else { return }
        let order = at.indices.sorted { (at[$0], sequences[$0]) < (at[$1], sequences[$1]) }
        func arrange<Value>(_ values: inout [Value]) { values = order.map { values[$0] } }
        arrange(&at)
        arrange(&intervals)
        arrange(&firstAt)
        arrange(&lastAt)
        arrange(&sampleCounts)
        arrange(&sequences)
        arrange(&lastSequences)
        arrange(&isSummary)
        for index in gauges.indices {
            arrange(&gauges[index].counts)
            arrange(&gauges[index].averages)
            arrange(&gauges[index].maxima)
            arrange(&gauges[index].minima)
        }
        for index in counters.indices {
            arrange(&counters[index].isPresent)
            arrange(&counters[index].firsts)
            arrange(&counters[index].lasts)
        }
    }

    private var isSortedByTime: Bool {
        var row = 1
        while row < count {
            if at[row] < at[row - 1]
                || (at[row] == at[row - 1] && sequences[row] < sequences[row - 1])
            {
                return false
            }
            row += 1
        }
        return true
    }
}

extension [Int64] {
    /// Adds `others`; where there is nothing yet, by sharing their room.
    fileprivate mutating func take(_ others: [Int64]) {
        if isEmpty { self = others } else { self += others }
    }

    /// Adds those of `others` that are at `places`, behind as many as there are here; where there is
    /// nothing yet, they are all of `others`, and share their room.
    fileprivate mutating func take(_ others: [Int64], _ places: Range<Int>) {
        if isEmpty, places == others.indices { self = others } else { self += others[places] }
    }

    /// Whether each is greater than the one before.
    fileprivate var isStrictlyAscending: Bool {
        let values = span
        guard var before = values.isEmpty ? nil : values[0] else { return true }
        var ascends = true
        for index in 1..<values.count {
            ascends = ascends && before < values[index]
            before = values[index]
        }
        return ascends
    }
}
