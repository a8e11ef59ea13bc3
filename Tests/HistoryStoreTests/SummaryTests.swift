import Foundation
import HistoryModel
import Migrations
import SQLite
import Testing

@testable import HistoryStore

struct SummaryTests {
    let scratch = try! Scratch()

    @Test func `counts beyond the range are held at its end`() throws {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(.web(), of: .own).id
        try catalog.write(
            (0..<4 as Range<Int64>).map {
                .tenSeconds(of: run, at: .noon(plus: $0 * 1_800_000), count: .max)
            })
        let reader = try CatalogReader(path: scratch.catalog)
        #expect(try reader.summary().sampleCount == .max)
        #expect(try catalog.seal(run).blockCount == 2)
        #expect(try reader.summary().sampleCount == .max)
        #expect(try reader.summary().rowCount == 4)
    }

    @Test func `an empty catalog is summed up as empty`() throws {
        _ = try scratch.makeCatalog()
        let summary = try CatalogReader(path: scratch.catalog).summary()
        #expect(summary.path == scratch.catalog)
        #expect(summary.schemaVersion == Int64(Migration.all.count))
        #expect(summary.sqliteVersion.hasPrefix("3."))
        #expect(summary.databaseBytes > 0)
        #expect(summary.freeBytes == 0)
        #expect(summary.sourceCount == 0 && summary.runCount == 0 && summary.sampleCount == 0)
        #expect(summary.firstAt == nil)
        #expect(summary.lastAt == nil)
    }

    @Test func `a summary counts what is there, and its span`() throws {
        let catalog = try scratch.makeCatalog()
        let first = try catalog.begin(.web(), of: .own).id
        _ = try catalog.begin(.web(at: .noon(plus: 5)), of: .own)
        _ = try catalog.adopt([.box()], of: .foreign)
        try catalog.write([
            .tenSeconds(of: first, at: .noon), .tenSeconds(of: first, at: .noon(plus: 90_000)),
        ])
        try catalog.end(first, at: .noon(plus: 95_000))
        let summary = try CatalogReader(path: scratch.catalog).summary()
        #expect(summary.sourceCount == 2)
        #expect(summary.sandboxCount == 2)
        #expect(summary.runCount == 3)
        #expect(summary.runningCount == 2)
        #expect(summary.eventCount == 3)
        #expect(summary.rowCount == 2)
        #expect(summary.sampleCount == 20)
        #expect(summary.firstAt == .noon)
        #expect(summary.lastAt == .noon(plus: 99_000))
    }

    @Test func `a whole catalog has no problems, a dangling reference is one`() throws {
        let catalog = try scratch.makeCatalog()
        _ = try catalog.begin(.web(labels: ["a": "b"]), of: .own)
        let reader = try CatalogReader(path: scratch.catalog)
        #expect(try reader.problems() == [])
        try tamper(scratch.catalog, "DELETE FROM run")
        #expect(
            try reader.problems().sorted() == [
                "a row of run_label refers to a run that is not there",
                "row 1 of lifecycle_event refers to a run that is not there",
            ])
    }

    @Test func `damaged pages are found, not thrown over`() throws {
        do {
            let catalog = try scratch.makeCatalog()
            for index in 0..<50 {
                let run = try catalog.begin(.web(labels: ["a": "\(index)"]), of: .own).id
                try catalog.write(
                    (0..<40).map { .tenSeconds(of: run, at: .noon(plus: $0 * 10_000)) })
            }
        }
        let whole = try scratch.bytes("history.db")
        let pageSize = 4096
        var foundCount = 0
        // The second page says which page points to which others, for vacuuming alone. SQLite 3.40 passes it
        // over where a view happens to come first among the names of the schema, as it does here.
        for page in stride(from: 3, to: whole.count / pageSize, by: 2) {
            var damaged = whole
            damaged.replaceSubrange(
                page * pageSize..<page * pageSize + 64, with: Data(repeating: 0xa5, count: 64))
            try scratch.write(damaged, to: "damaged.db")
            // Only where the schema itself is unreadable can nothing be said but that.
            do {
                let reader = try CatalogReader(path: scratch.path("damaged.db"))
                let problems = try reader.problems()
                #expect(!problems.isEmpty, "page \(page)")
                foundCount += problems.isEmpty ? 0 : 1
            } catch {
                #expect(error.cause?.isCorrupt == true, "page \(page): \(error)")
            }
        }
        #expect(foundCount > 20)
    }
}
