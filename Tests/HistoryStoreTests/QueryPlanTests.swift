import HistoryModel
import SQLite
import Testing

@testable import HistoryStore

/// The queries that a recorder asks for each run, and that must not grow with the catalog.
struct QueryPlanTests {
    let scratch = try! Scratch()

    static let plans: [(String, [String])] = [
        (
            PeakGauge.memory.peakHoursQuery,
            [
                "SEARCH sample_block USING COVERING INDEX sample_block_peaks "
                    + "(run_id=? AND at_ms>? AND at_ms<?)"
            ]
        ),
        (
            AdoptedRun.query,
            [
                "SEARCH r USING INDEX run_by_start (started_at_ms=?)",
                "SEARCH s USING INTEGER PRIMARY KEY (rowid=?)",
                "CORRELATED SCALAR SUBQUERY 1",
                "SEARCH sample USING PRIMARY KEY (run_id=?)",
                "CORRELATED SCALAR SUBQUERY 2",
                "SEARCH sample_block USING INDEX sample_block_of_run (run_id=?)",
            ]
        ),
        (
            AbandonedRun.openRunsQuery,
            [
                // A scan, but of an index that holds the open runs only.
                "SCAN r USING INDEX run_open",
                "SCALAR SUBQUERY 1",
                "SEARCH setting USING PRIMARY KEY (name=?)",
                "SEARCH s USING INTEGER PRIMARY KEY (rowid=?)",
                "SEARCH c USING INTEGER PRIMARY KEY (rowid=?)",
            ]
        ),
        (
            CatalogEvidence.query,
            [
                "SCAN CONSTANT ROW",
                "SCALAR SUBQUERY 1",
                "SEARCH sample USING PRIMARY KEY (run_id=?)",
                "SCALAR SUBQUERY 2",
                "SEARCH sample_block USING INDEX sample_block_of_run (run_id=?)",
                "SCALAR SUBQUERY 3",
                "SEARCH lifecycle_event USING COVERING INDEX lifecycle_event_of_run (run_id=?)",
                "SCALAR SUBQUERY 4",
                "SEARCH recorder_session USING INDEX recorder_session_of_run (run_id=?)",
                "SCALAR SUBQUERY 5",
                "SEARCH sample USING PRIMARY KEY (run_id=?)",
                "SCALAR SUBQUERY 6",
                "SEARCH sample_block USING INDEX sample_block_of_run (run_id=?)",
            ]
        ),
        (
            SampleRow.windowQuery,
            [
                "SEARCH sample USING PRIMARY KEY (run_id=? AND at_ms>? AND at_ms<?)",
                "SCALAR SUBQUERY 1",
                "SEARCH sample USING PRIMARY KEY (run_id=? AND at_ms<?)",
            ]
        ),
        (
            GapFinder.Session.query,
            [
                "MERGE (UNION ALL)",
                "LEFT",
                "SEARCH e USING INDEX recorder_session_of_run (run_id=?)",
                "USE TEMP B-TREE FOR ORDER BY",
                "RIGHT",
                // A scan, but of an index without the many recorders of single runs.
                "SCAN e USING INDEX recorder_session_by_start",
                "SEARCH c USING INTEGER PRIMARY KEY (rowid=?)",
            ]
        ),
        (
            SampleRow.upsert,
            [
                "SCALAR SUBQUERY 2", "SEARCH sample USING PRIMARY KEY (run_id=? AND at_ms>?)",
                "SCALAR SUBQUERY 1",
                "SEARCH sample_block USING COVERING INDEX sample_block_of_run (run_id=?)",
                "SCALAR SUBQUERY 3",
                "SEARCH sample_block USING INDEX sample_block_of_run (run_id=?)",
            ]
        ),
        (
            SampleBlock.anySinceQuery,
            [
                """
                SEARCH sample_block USING COVERING INDEX sample_block_by_age (has_detail=? AND \
                at_ms>?)
                """
            ]
        ),
        (
            SampleBlock.latestQuery,
            ["SEARCH sample_block USING COVERING INDEX sample_block_of_run (run_id=?)"]
        ),
        (
            SampleRow.latestSequenceQuery,
            [
                "CO-ROUTINE (subquery-4)",
                "COMPOUND QUERY",
                "LEFT-MOST SUBQUERY",
                "CO-ROUTINE (subquery-1)",
                "SEARCH sample USING PRIMARY KEY (run_id=?)",
                "SCAN (subquery-1)",
                "UNION ALL",
                "CO-ROUTINE (subquery-3)",
                "SEARCH sample_block USING INDEX sample_block_of_run (run_id=?)",
                "SCAN (subquery-3)",
                "SCAN (subquery-4)",
                "USE TEMP B-TREE FOR ORDER BY",
            ]
        ),
        (Connection.hotRunQuery, ["SEARCH sample USING PRIMARY KEY (run_id>?)"]),
        (
            SampleBlock.windowQuery,
            [
                "SEARCH b USING INDEX sample_block_of_run (run_id=? AND at_ms>? AND at_ms<?)",
                "SCALAR SUBQUERY 1",
                "SEARCH sample_block USING INDEX sample_block_of_run (run_id=? AND at_ms<?)",
                "SEARCH d USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN",
            ]
        ),
    ]

    @Test(arguments: plans.indices)
    func `a hot query uses its index`(index: Int) throws {
        let (query, expected) = Self.plans[index]
        _ = try scratch.makeCatalog()
        let connection = try Connection(path: scratch.catalog, mode: .readOnly)
        #expect(try connection.rows("EXPLAIN QUERY PLAN " + query).map { $0[3] } == expected)
    }

    @Test func `rows are ordered by their key alone, and sorted only where the clock stepped back`()
        throws
    {
        _ = try scratch.makeCatalog()
        let connection = try Connection(path: scratch.catalog, mode: .readOnly)
        let plan = try connection.rows(
            "EXPLAIN QUERY PLAN SELECT * FROM sample WHERE run_id = ?1 ORDER BY at_ms")
        #expect(plan.map { $0[3] } == ["SEARCH sample USING PRIMARY KEY (run_id=?)"])
    }
}
