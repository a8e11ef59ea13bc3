internal import HistoryModel
internal import SQLite

/// The views of a plain copy: those of the catalog, so that a question is written once for both.
enum PlainViews {
    /// Views that mean the same in a copy.
    private static let copied = ["sandbox_label", "run_view", "event_view", "gap_view"]

    static func create(
        from source: borrowing Connection, on target: borrowing Connection
    ) throws {
        for view in copied {
            for definition in try source.definitions(of: ["view"], on: view) {
                try target.execute(definition)
            }
        }
        try target.execute(usage)
    }

    /// `usage_view` of the migration `views`, of intervals in place of hours.
    private static let usage: String = {
        let gauges = Metric.gauges.filter { $0 != .cpu }
        let names =
            gauges.flatMap { ["\($0.columnPrefix)_bytes", "\($0.columnPrefix)_max_bytes"] }
            + Metric.counters.map {
                $0 == .cpuTime ? "cpu_time_seconds" : "\($0.columnPrefix)_bytes"
            }
        let values =
            gauges.flatMap { ["i.\($0.columnPrefix)_avg_bytes", "i.\($0.columnPrefix)_max_bytes"] }
            + Metric.counters.map(growth)
        return """
            CREATE VIEW usage_view (
                run_id, sandbox, at_ms, time, seconds, sample_count, cpu_percent, cpu_max_percent,
                \(names.joined(separator: ", "))
            ) AS
            SELECT
                i.run_id, i.sandbox, i.at_ms, i.at_ms / 1000.0, i.interval_ms / 1000.0,
                i.sample_count, i.cpu_avg_centipercent / 100.0, i.cpu_max_centipercent / 100.0,
                \(values.joined(separator: ",\n    "))
            FROM run AS r
            CROSS JOIN interval AS i ON i.run_id = r.id
            """
    }()

    /// What a counter grew since the row before; where it is absent, no row before is looked for.
    private static func growth(of counter: Metric) -> String {
        let first = "\(counter.columnPrefix)_first_\(counter.columnUnit)"
        let last = "\(counter.columnPrefix)_last_\(counter.columnUnit)"
        return """
            CASE WHEN i.\(last) IS NOT NULL THEN (i.\(last) - coalesce(
                (SELECT iif(p.\(last) <= i.\(first), p.\(last), 0)
                    FROM interval AS p
                    WHERE p.run_id = i.run_id AND p.at_ms < i.at_ms AND p.\(last) IS NOT NULL
                    ORDER BY p.at_ms DESC LIMIT 1),
                iif(i.first_at_ms - r.started_at_ms <= i.interval_ms, 0, i.\(first)))
            )\(counter == .cpuTime ? " / 1e9" : "") END
            """
    }
}
