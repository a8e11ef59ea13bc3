internal import HistoryModel
internal import HistoryStore

extension QuerySeries {
    /// Prints what is asked for as OpenMetrics text, a column after the other: the specification wants
    /// families that are not interleaved. A point stands at the time of its last sample.
    ///
    /// - Returns: How many values were printed.
    func printOpenMetrics(
        _ columns: [Series.Column], of named: [Run], in range: TimeRange,
        _ reader: borrowing CatalogReader, _ now: Timestamp, _ problems: inout [String]
    ) throws -> Int {
        var count = 0
        try printing.printing { output, terminal in
            var text = OpenMetricsWriter { try output.write($0) }
            for (index, column) in columns.enumerated() where !columns[..<index].contains(column) {
                let query = query([column], range, on: terminal)
                text.begin(MetricFamily(column))
                var found: [String] = []
                if named.isEmpty {
                    let series = try reader.pooledSeries(
                        of: filter.query(range: range), query, now: now)
                    text.beginSeries(of: nil, nil)
                    try text.add(series.points)
                    found = series.problems
                }
                for run in try distinct(named, in: range, reader) {
                    text.beginSeries(of: run.sandbox, run.id, labels: run.labels)
                    if finalMoments {
                        let series = try reader.finalSeries(of: RunReference("\(run.id)"), query)
                        try text.add(series.points)
                        continue
                    }
                    found += try reader.forEachPart(of: run, query, now: now) { points, _ in
                        try text.add(points)
                    }.problems
                }
                for problem in found where !problems.contains(problem) { problems.append(problem) }
            }
            try text.finish()
            count = text.sampleCount
            guard text.disorderedCount > 0 else { return }
            problems.append(
                "\(text.disorderedCount) values are left out: the clock had been set back, and times "
                    + "must rise")
        }
        return count
    }

    /// Every run that is meant, once: the text may have a series only once.
    private func distinct(
        _ named: [Run], in range: TimeRange, _ reader: borrowing CatalogReader
    ) throws -> [Run] {
        var runs: [Run] = []
        for latest in named {
            // Another sandbox may have the same name, in another registry.
            let meant =
                allRuns
                ? try reader.runs(matching: RunQuery(sandbox: latest.sandbox, range: range))
                    .filter { $0.sandbox == latest.sandbox && $0.source == latest.source }
                : [latest]
            for run in meant where !runs.contains(where: { $0.id == run.id }) { runs.append(run) }
        }
        return runs
    }
}

extension OpenMetricsWriter {
    /// Adds the points of a series of one column.
    fileprivate mutating func add(_ points: Series.Points) throws {
        let values = points.column(at: 0)
        for index in points.indices {
            try add(values[index], at: Timestamp(unixMilliseconds: points.lasts[index]))
        }
    }
}
