import Foundation
import HistoryModel
import HistoryStore
import SQLite

extension Stage {
    /// What `sql` finds in the catalog: rows of integers, NULL being `nil`.
    func integers(_ sql: String) throws -> [[Int64?]] {
        let connection = try Connection(path: catalog, mode: .readOnly)
        return try connection.withStatement(sql) { statement in
            var rows: [[Int64?]] = []
            while try statement.step() {
                rows.append((0..<statement.columnCount).map { statement.integer(at: $0) })
            }
            return rows
        }
    }

    /// How many recorders of `kind` the catalog knows; 0 also while there is no catalog.
    func sessions(_ kind: String) -> Int64 {
        let rows = try? integers("SELECT count(*) FROM recorder_session WHERE kind = '\(kind)'")
        return (rows?.first?.first ?? 0) ?? 0
    }

    /// How many samples of all runs are in the catalog by now, sealed or not.
    var recordedSamples: Int64 {
        let rows = try? integers(
            """
            SELECT (SELECT coalesce(sum(sample_count), 0) FROM sample)
                + (SELECT coalesce(sum(sample_count), 0) FROM sample_block)
            """)
        return (rows?.first?.first ?? 0) ?? 0
    }

    /// All rows, sealed or not, in order of run and time.
    func sampleRows() throws -> [SampleRow] {
        let connection = try Connection(path: catalog, mode: .readOnly)
        var rows = try connection.withStatement(
            "SELECT run_id, at_ms, interval_ms, first_at_ms, last_at_ms, sample_count FROM sample"
        ) { statement in
            var rows: [SampleRow] = []
            while try statement.step() {
                func integer(_ column: Int32) -> Int64 { statement.integer(at: column) ?? 0 }
                rows.append(
                    SampleRow(
                        run: RunID(rawValue: integer(0)),
                        at: Timestamp(unixMilliseconds: integer(1)),
                        intervalMilliseconds: integer(2),
                        firstAt: Timestamp(unixMilliseconds: integer(3)),
                        lastAt: Timestamp(unixMilliseconds: integer(4)), sampleCount: integer(5),
                        implausibleCount: 0))
            }
            return rows
        }
        try connection.withStatement(
            "SELECT b.run_id, d.detail FROM sample_block AS b JOIN sample_detail AS d ON d.block_id = b.id"
        ) { statement in
            while try statement.step() {
                let run = RunID(rawValue: statement.integer(at: 0) ?? 0)
                let detail = statement.blob(at: 1) ?? []
                rows += try SampleDetail.decode(detail, of: run)
            }
        }
        return rows.sorted { ($0.run, $0.at) < ($1.run, $1.at) }
    }

    /// Rows that begin before a row before them has ended: some sample was counted twice.
    func overlappingRows() throws -> [SampleRow] {
        var overlapping: [SampleRow] = []
        var last: SampleRow?
        for row in try sampleRows() {
            if let last, last.run == row.run, row.firstAt <= last.lastAt {
                overlapping.append(row)
            }
            last = row
        }
        return overlapping
    }

    /// Whether this kernel tells how a process ended that is no child: Linux 6.15 and later.
    static let kernelTellsExits: Bool = {
        let version = ProcessInfo.processInfo.operatingSystemVersion
        return (version.majorVersion, version.minorVersion) >= (6, 15)
    }()
}

extension Stage {
    /// Writes anything into the catalog, past its API.
    func tamper(_ sql: String) throws {
        let connection = try Connection(path: catalog, mode: .readWrite)
        try connection.prepareForWriting()
        try connection.execute(sql)
    }
}
