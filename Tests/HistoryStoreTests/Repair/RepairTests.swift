import Foundation
import HistoryModel
import Migrations
import SQLite
import Testing

@testable import HistoryStore

/// Damage of known places, and what is said of it.
struct RepairTests {
    let scratch = try! Scratch()

    /// A catalog with rows in every table and trees of more than one page; at rest in one file.
    static func makeCatalog(_ scratch: Scratch, runs: Int64 = 30) throws {
        do {
            let catalog = try scratch.makeCatalog()
            for index in 0..<runs {
                let start = Timestamp.noon(plus: index * 7_200_000)
                let run = try catalog.begin(
                    .web(at: start, labels: ["team": "t\(index % 5)", "n": "\(index)"]), of: .own
                ).id
                try catalog.write(
                    (0..<40).map { step in
                        .tenSeconds(
                            of: run, at: start.advanced(byMilliseconds: step * 10_000),
                            gauges: [
                                .memory: .init(
                                    count: 10, average: 1000 + step * index, maximum: 5000 + step)
                            ], counters: [.cpuTime: .init(first: step * 10, last: step * 10 + 9)])
                    })
                var batch = FlushBatch()
                batch.events = [(run, LifecycleEvent(.firstSample, at: start, seenBy: .recorder))]
                batch.finalMoments = [(run, [Sample(at: start)])]
                batch.gaps = [(run, Series.Gap(from: start, to: start, reason: .stalled))]
                try catalog.flush(batch)
                try catalog.end(run, at: start.advanced(byMilliseconds: 400_000))
                if index % 3 != 0 { _ = try catalog.seal(run) }
            }
        }
        let connection = try Connection(path: scratch.catalog, mode: .readWrite)
        try connection.prepareForWriting()
        try connection.execute(
            "INSERT INTO run_log VALUES (1, 'stderr', 1795435200000, 9000, randomblob(9000))")
        _ = try connection.checkpoint(.truncate)
    }

    private func repair(_ name: String = "history.db", _ into: String = "new.db") throws
        -> RepairReport
    {
        try CatalogRepair(of: scratch.path(name)).write(to: scratch.path(into), now: .noon)
    }

    /// Every value of every table that is repaired, by table.
    static func contents(_ path: String) throws -> [String: [[String]]] {
        let connection = try Connection(path: path, mode: .readOnly)
        return try Dictionary(
            uniqueKeysWithValues: Salvage.order.map { table in
                let columns = try connection.rows(
                    "SELECT name FROM pragma_table_info('\(table)') ORDER BY cid")
                let values = columns.map { "quote(\"\($0[0])\")" }.joined(separator: ", ")
                return (table, try connection.rows("SELECT \(values) FROM \(table) ORDER BY 1, 2"))
            })
    }

    @Test(arguments: KeptCatalog.all)
    func `of a whole catalog of any schema everything is brought over`(kept: KeptCatalog) throws {
        try kept.copy(to: scratch.catalog)
        let before = try scratch.contents()
        let report = try repair()
        #expect(report.findings == [] && report.problems == [])
        #expect(report.isComplete)
        #expect(report.tables.reduce(0) { $0 + Int($1.rowCount) } == (try kept.rowCount))
        try kept.expectRows(at: scratch.path("new.db"))
        #expect(try CatalogReader(path: scratch.path("new.db")).problems() == [])
        #expect(try scratch.mode("new.db") == 0o600)
        for (name, bytes) in before { #expect(try scratch.bytes(name) == bytes) }
    }

    @Test func `every table of the schema is brought over, each after those it refers to`() throws {
        _ = try scratch.makeCatalog()
        let connection = try Connection(path: scratch.catalog, mode: .readOnly)
        let tables = try connection.rows(
            """
            SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'
                AND name NOT LIKE 'sqlite%' AND name <> 'schema_migration' ORDER BY name
            """)
        #expect(tables.map { $0[0] } == Salvage.order.sorted())
        for (place, table) in Salvage.order.enumerated() {
            let parents = try connection.rows(
                "SELECT \"table\" FROM pragma_foreign_key_list('\(table)')")
            #expect(parents.allSatisfy { Salvage.order[..<place].contains($0[0]) }, "\(table)")
        }
    }

    /// Rows of an older schema are known by their first columns, so that steps may only add.
    @Test func `the columns of each step begin with those of the step before`() throws {
        let shapes = try TableShape.all()
        for kept in KeptCatalog.all {
            for (name, table) in try kept.tables() {
                let shape = try #require(shapes.first { $0.name == name })
                let stored =
                    shape.isIndexed
                    ? table.key + table.columns.filter { !table.key.contains($0) } : table.columns
                let columns = stored.filter { column in shape.columns.contains { $0.name == column }
                }
                #expect(shape.columns.prefix(columns.count).map(\.name) == columns, "\(name)")
                #expect(columns.count >= shape.fewestColumns)
            }
        }
    }

    @Test func `what is only in the log is brought over, and neither file is touched`() throws {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(.web(labels: ["a": "b"]), of: .own).id
        try catalog.write((0..<100).map { .tenSeconds(of: run, at: .noon(plus: $0 * 10_000)) })
        // As a kill leaves them: the catalog is still open here.
        for suffix in ["", "-wal"] {
            try scratch.write(try scratch.bytes("history.db\(suffix)"), to: "copy.db\(suffix)")
        }
        #expect(
            try scratch.bytes("copy.db").count == 4096 || scratch.bytes("copy.db-wal").count > 0)
        let before = try scratch.contents()
        let report = try repair("copy.db")
        #expect(report.isComplete, "\(report.findings)")
        #expect(try Self.contents(scratch.path("new.db")) == Self.contents(scratch.catalog))
        let after = try scratch.contents()
        for name in ["copy.db", "copy.db-wal"] { #expect(after[name] == before[name]) }
        #expect(after["copy.db-shm"] == nil)
        // A log that is cut within a commit counts up to the commit before.
        let log = try #require(before["copy.db-wal"])
        try scratch.write(log.prefix(log.count - 100), to: "copy.db-wal")
        let cut = try repair("copy.db", "cut.db")
        #expect(cut.problems == [])
        #expect(try CatalogReader(path: scratch.path("cut.db")).problems() == [])
        // One that begins as none does is said to be none.
        try scratch.write(Data(repeating: 1, count: 5000), to: "copy.db-wal")
        if let none = try? repair("copy.db", "none.db") {
            #expect(
                none.findings.contains(
                    "\(scratch.path("copy.db-wal")) begins as no write-ahead log does, so nothing was "
                        + "taken from it"))
            #expect(!none.isComplete)
        }
    }

    @Test func `without its header and list of tables a catalog's rows are known by their shape`()
        throws
    {
        try Self.makeCatalog(scratch)
        let whole = try Self.contents(scratch.catalog)
        var bytes = try scratch.bytes("history.db")
        bytes.replaceSubrange(0..<4096, with: Data(repeating: 0, count: 4096))
        try scratch.write(bytes, to: "history.db")
        let report = try repair()
        #expect(report.problems == [])
        #expect(
            report.findings.prefix(2) == [
                "the header of \(scratch.catalog) is damaged; pages of 4096 bytes were assumed",
                "the list of tables of \(scratch.catalog) is damaged; rows were known by their shape",
            ])
        #expect(try Self.contents(scratch.path("new.db")) == whole)
        #expect(!report.isComplete)
    }

    @Test func `a run whose row is lost keeps what belongs to it, under its number`() throws {
        try Self.makeCatalog(scratch)
        let before = try CatalogReader(path: scratch.catalog)
            .series(of: RunReference("7"), metrics: [.memory], now: .noon).points.count
        let page = try pages(of: "run").last ?? 0
        try zero(page)
        let report = try repair()
        let runs = try #require(report.tables.first { $0.name == "run" })
        #expect(runs.unreadablePageCount == 1 && runs.mayHaveLostMore)
        #expect(runs.remadeRowCount > 0 && runs.rowCount == 30)
        let reader = try CatalogReader(path: scratch.path("new.db"))
        #expect(try reader.problems() == [])
        let remade = try reader.run(RunReference("30"))
        #expect(remade.sandbox == "lost")
        #expect(remade.exitKnownBy == .unknown)
        #expect(remade.terminationDetail == Salvage.remadeRunDetail)
        #expect(remade.startedAt == .noon(plus: 29 * 7_200_000))
        #expect(remade.usage.sampleCount == 400)
        #expect(
            try reader.series(of: RunReference("7"), metrics: [.memory], now: .noon).points.count
                == before)
        // The next run gets a number of its own.
        let catalog = try Catalog(path: scratch.path("new.db"), now: .noon)
        #expect(try catalog.begin(.web(), of: .own).id == RunID(rawValue: 31))
    }

    @Test func `an hour whose intervals are lost is named, and its summary stays`() throws {
        try Self.makeCatalog(scratch)
        let page = try #require(try pages(of: "sample_detail").first)
        try zero(page)
        let report = try repair()
        let lost = report.findings.filter { $0.hasSuffix("its intervals are lost") }
        #expect(!lost.isEmpty)
        #expect(
            lost.first == "run 2 of 'web', hour 2026-11-23T14:00:00.000Z: its intervals are lost")
        let details = try #require(report.tables.first { $0.name == "sample_detail" })
        #expect(details.lostRowCount == Int64(lost.count))
        let blocks = try #require(report.tables.first { $0.name == "sample_block" })
        #expect(blocks.lostRowCount == 0 && blocks.rowCount == 20)
        #expect(try CatalogReader(path: scratch.path("new.db")).problems() == [])
    }

    @Test func `rows that lay on a page that was lost are told with their times`() throws {
        try Self.makeCatalog(scratch, runs: 90)
        let leaves = try pages(of: "lifecycle_event")
        try zero(try #require(leaves.dropFirst().first))
        let report = try repair()
        let finding = try #require(report.findings.first { $0.hasPrefix("lifecycle_event: page ") })
        #expect(finding.contains(" could not be read (rows "))
        #expect(finding.contains(" 2026-11-2"))
        #expect(try CatalogReader(path: scratch.path("new.db")).problems() == [])
    }

    @Test(arguments: ["text", "other", "empty", "missing", "directory"])
    func `what is no catalog is refused in words`(kind: String) throws {
        let path = scratch.catalog
        switch kind {
        case "text":
            try scratch.write(
                Data(String(repeating: "no database at all\n", count: 999).utf8), to: "history.db")
        case "other": try tamper(path, "CREATE TABLE t (a); INSERT INTO t VALUES (1)")
        case "empty": try scratch.write(Data(), to: "history.db")
        case "directory":
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: false)
        default: break
        }
        let sentence =
            switch kind {
            case "other":
                "\(path) has no table of a catalog that could be read: nothing can be brought over"
            case "missing": "no file at \(path): name the damaged one with --from"
            case "directory": "cannot read \(path): it is no regular file"
            default:
                "nothing in \(path) looks like a page of a database: nothing can be brought over"
            }
        let error = #expect(throws: StoreError.self) { _ = try repair() }
        #expect(error?.description == sentence)
        #expect(try scratch.names.contains("new.db") == false)
    }

    @Test func `a catalog that is in use, or a newer varve's, is left alone`() throws {
        let catalog = try scratch.makeCatalog()
        try catalog.becomeRecorder(ofRegistry: "/varve-test")
        let error = #expect(throws: StoreError.self) { _ = try repair() }
        #expect(error?.code == .inUse)
        #expect(
            error?.description
                == "\(scratch.catalog) is in use by a varve that records: stop it first, or repair a copy"
        )
        try KeptCatalog.all[6].copy(to: scratch.path("newer.db"))
        try tamper(scratch.path("newer.db"), "INSERT INTO schema_migration VALUES (8, 'x', 'y', 1)")
        let newer = #expect(throws: StoreError.self) { _ = try repair("newer.db") }
        #expect(
            newer?.description
                == "\(scratch.path("newer.db")) was made by a newer varve (schema 8, this one knows 7); "
                + "use that varve to repair it")
    }

    /// The leaves of a table, in the order of their rows.
    private func pages(of table: String) throws -> [Int] {
        let connection = try Connection(path: scratch.catalog, mode: .readOnly)
        return try connection.rows(
            "SELECT pageno FROM dbstat WHERE name = '\(table)' AND pagetype = 'leaf' ORDER BY path"
        ).compactMap { Int($0[0]) }
    }

    private func zero(_ page: Int) throws {
        var bytes = try scratch.bytes("history.db")
        bytes.replaceSubrange(
            (page - 1) * 4096..<page * 4096, with: Data(repeating: 0, count: 4096))
        try scratch.write(bytes, to: "history.db")
    }
}
