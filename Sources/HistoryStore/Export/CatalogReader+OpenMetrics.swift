internal import HistoryModel
internal import SQLite

extension CatalogReader {
    /// Writes every interval of the runs that `query` means as OpenMetrics text, its samples at the time
    /// of an interval's last one.
    ///
    /// Gauges are averages and maxima, counters their raw values. Where a counter fell, its first value
    /// after that stands too, so that the fall is seen however far it rose again. A family at a time is
    /// written, and of it an hour of a run is in memory: the catalog is read once for each.
    ///
    /// - Parameters:
    ///   - write: Is given the text piece by piece.
    /// - Throws: What `write` throws, and ``StoreError``.
    public func writeOpenMetrics(
        matching query: RunQuery, to write: @escaping (String) throws -> Void
    ) throws -> IntervalsEnd {
        try readForCaller { connection in
            var text = OpenMetricsWriter(to: write)
            var end = IntervalsEnd()
            for (column, family) in MetricFamily.ofIntervals {
                text.begin(family)
                end.runCount = 0
                try connection.forEachRun(matching: query) { run in
                    end.runCount += 1
                    text.beginSeries(
                        of: run.sandbox, run.id, labels: try connection.labels(of: run.id))
                    let problems = try connection.write(column, of: run, in: query.range, to: &text)
                    for problem in problems where !end.problems.contains(problem) {
                        end.problems.append(problem)
                    }
                }
            }
            try text.finish()
            end.intervalCount = text.sampleCount
            if text.disorderedCount > 0 {
                end.problems.append(
                    "\(text.disorderedCount) values are left out: the clock had been set back, and "
                        + "times must rise")
            }
            return end
        }
    }
}

extension Connection {
    fileprivate func labels(of run: RunID) throws -> [String: String] {
        try withStatement("SELECT key, value FROM run_label WHERE run_id = ?1") { statement in
            try statement.bind(run.rawValue, at: 1)
            var labels: [String: String] = [:]
            while try statement.step() {
                labels[statement.text(at: 0) ?? ""] = statement.text(at: 1) ?? ""
            }
            return labels
        }
    }

    /// Writes one column of the intervals of `run` that begin in `range`.
    ///
    /// - Returns: The hours that should be readable and are not, a sentence each.
    fileprivate func write(
        _ column: Series.Column, of run: RunKey, in range: TimeRange,
        to text: inout OpenMetricsWriter
    ) throws -> [String] {
        let (start, end) = (
            range.start?.unixMilliseconds ?? .min, range.end?.unixMilliseconds ?? .max
        )
        var reached: Int64?
        return try forEachHour(of: run, MetricSelection([column.metric]), reachingInto: range) {
            rows in
            for row in 0..<rows.count where rows.at[row] >= start && rows.at[row] < end {
                let at = Timestamp(unixMilliseconds: rows.lastAt[row])
                guard column.metric.kind == .counter else {
                    let gauge = rows.gauges[0]
                    guard gauge.counts[row] > 0 else { continue }
                    let isMaximum = column.statistic == .max
                    try text.add(isMaximum ? gauge.maxima[row] : gauge.averages[row], at: at)
                    continue
                }
                let counter = rows.counters[0]
                guard counter.isPresent[row] else { continue }
                let (first, last) = (counter.firsts[row], counter.lasts[row])
                // Of the first row the first value too: its growth within is not lost.
                if first < reached ?? .max, rows.firstAt[row] < rows.lastAt[row] {
                    try text.add(first, at: Timestamp(unixMilliseconds: rows.firstAt[row]))
                }
                try text.add(last, at: at)
                reached = last
            }
        }
    }
}
