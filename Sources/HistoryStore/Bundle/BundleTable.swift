/// Which rows of one table go into a bundle.
///
/// Conditions know these parameters: ?1 the run, ?2 all runs of the bundle as a JSON list, ?3 and ?4 the
/// time around the run's end in which neighbours count, ?5 and ?6 the run's start and end.
struct BundleTable {
    let name: String
    let condition: String
    /// What stands in place of a column.
    var replacements: [String: String] = [:]

    private static let isTheRun = "run_id = ?1"
    private static let isInBundle = "run_id IN (SELECT value FROM json_each(?2))"
    private static let isTheRunOrNear = """
        run_id = ?1 OR (\(isInBundle) AND at_ms BETWEEN ?3 AND ?4)
        """

    /// What goes in, each table after those that it refers to.
    static func all(redacting redactions: Set<BundleRedaction>) -> [BundleTable] {
        let tables = [
            BundleTable(
                name: "source",
                condition: """
                    id IN (SELECT source_id FROM sandbox WHERE id IN (
                        SELECT sandbox_id FROM run
                        WHERE id IN (SELECT value FROM json_each(?2))))
                    """,
                replacements: redactions.contains(.host)
                    // All runs of a bundle are of one machine.
                    ? ["host": "'redacted'", "home": "NULL"] : [:]),
            BundleTable(
                name: "sandbox",
                condition: """
                    id IN (SELECT sandbox_id FROM run
                        WHERE id IN (SELECT value FROM json_each(?2)))
                    """),
            BundleTable(
                name: "run", condition: "id IN (SELECT value FROM json_each(?2))",
                replacements: redactions.contains(.command)
                    ? ["command": "NULL", "termination_detail": "NULL"] : [:]),
            BundleTable(
                name: "run_label",
                condition: redactions.contains(.labels) ? "0" : isInBundle),
            BundleTable(
                name: "run_claim", condition: isInBundle,
                replacements: redactions.contains(.command) ? ["termination_detail": "NULL"] : [:]),
            BundleTable(
                name: "lifecycle_event", condition: isInBundle,
                // That a command could not be started is said with its name.
                replacements: redactions.contains(.command)
                    ? ["detail": "iif(kind = 'start_failed', NULL, detail)"] : [:]),
            BundleTable(
                name: "recorder_session",
                condition: """
                    \(isInBundle) OR run_id IS NULL AND source_id = (
                        SELECT s.source_id FROM run AS r JOIN sandbox AS s ON s.id = r.sandbox_id
                        WHERE r.id = ?1)
                    AND started_at_ms <= ?6
                    AND (coalesce(ended_at_ms, heartbeat_at_ms) >= ?5
                        OR id = (SELECT before.id FROM recorder_session AS before
                            WHERE before.run_id IS NULL
                                AND before.source_id = recorder_session.source_id
                                AND before.started_at_ms <= ?5
                            ORDER BY before.started_at_ms DESC, before.id DESC LIMIT 1))
                    """),
            BundleTable(name: "sample", condition: isTheRunOrNear),
            BundleTable(
                name: "sample_block",
                condition: """
                    run_id = ?1
                    OR (\(isInBundle) AND at_ms BETWEEN ?3 - 3600000 AND ?4)
                    """,
                // Of neighbours the hours' summaries are enough.
                replacements: ["has_detail": "iif(run_id = ?1, has_detail, 0)"]),
            BundleTable(
                name: "sample_detail",
                condition: "block_id IN (SELECT id FROM sample_block WHERE run_id = ?1)"),
            BundleTable(name: "final_moments", condition: isTheRun),
            BundleTable(name: "gap", condition: isTheRun),
            BundleTable(
                name: "run_log", condition: redactions.contains(.logs) ? "0" : isTheRun),
        ]
        return tables
    }

    /// The tables that a bundle has of its own.
    static let own: Set = ["schema_migration", "setting"]
}
