import Foundation
import HistoryModel
import Migrations
import SQLite
import Testing

@testable import HistoryStore

struct CrashTests {
    let scratch = try! Scratch()

    @Test func `a recorder killed within a flush leaves what it had committed`() async throws {
        let path = scratch.catalog
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let catalog = try Catalog(path: path, now: .noon)
            // A tiny cache, so that the open transaction spills into the log.
            try catalog.connection.execute("PRAGMA cache_size = 2")
            let run = try catalog.begin(.web(), of: .own).id
            try catalog.write([.tenSeconds(of: run, at: .noon)])
            try catalog.connection.transaction {
                for step in 1...2_000 {
                    try catalog.connection.upsert(
                        .tenSeconds(of: run, at: .noon(plus: Int64(step) * 10_000)))
                    try catalog.connection.insert(
                        LifecycleEvent(.exited, at: .noon, seenBy: .recorder), of: run)
                }
                try catalog.connection.end(RunEnding(run, at: .noon, knownBy: .waited))
                kill(getpid(), SIGKILL)
            }
        }
        #expect(try scratch.bytes("history.db-wal").count > 200_000)
        do {
            // A reader finds it whole at once, before any writer has been there.
            let reader = try CatalogReader(path: path)
            #expect(try reader.problems() == [])
            #expect(try reader.runs().map(\.status) == [.running])
            #expect(try reader.summary().rowCount == 1)
        }
        let catalog = try scratch.makeCatalog()
        try catalog.write([.tenSeconds(of: RunID(rawValue: 1), at: .noon(plus: 10_000))])
        let reader = try CatalogReader(path: path)
        #expect(try reader.summary().rowCount == 2)
        #expect(try reader.lifecycle(of: RunID(rawValue: 1)).map(\.kind) == [.reserved])
        #expect(try reader.problems() == [])
    }

    @Test func `a program killed while it makes the catalog leaves one that can be made`()
        async throws
    {
        let path = scratch.catalog
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let connection = try Connection(path: path, mode: .create)
            try connection.prepareForWriting()
            try connection.transaction {
                try connection.execute(
                    String(decoding: try #require(Migration.all.first).sql, as: UTF8.self))
                kill(getpid(), SIGKILL)
            }
        }
        let catalog = try scratch.makeCatalog()
        _ = try catalog.begin(.web(), of: .own)
        #expect(try CatalogReader(path: path).problems() == [])
    }

    @Test func `writers killed at any moment leave whole runs`() async throws {
        let path = scratch.catalog
        for round in 1...6 {
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [path = path as String, round = round as Int] in
                // Another thread's kill meets the writer wherever it is.
                Thread.detachNewThread {
                    while (try? CatalogReader(path: path).runs().count) ?? 0 < round * 7 {}
                    kill(getpid(), SIGKILL)
                }
                let catalog = try Catalog(path: path, now: .noon)
                while true {
                    let run = try catalog.begin(.web(labels: ["a": "b"]), of: .own).id
                    try catalog.write(
                        (0..<5).map { .tenSeconds(of: run, at: .noon(plus: $0 * 10_000)) })
                    try catalog.end(run, at: .noon(plus: 60_000))
                }
            }
            let reader = try CatalogReader(path: path)
            #expect(try reader.problems() == [])
            let runs = try reader.runs()
            #expect(runs.count >= round * 7)
            for run in runs {
                #expect(run.labels == ["a": "b"])
                #expect(run.status == .running || run.usage.sampleCount == 50)
            }
        }
    }

    @Test func `a recorder killed within a seal leaves every row once`() async throws {
        let path = scratch.catalog
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let catalog = try Catalog(path: path, now: .noon)
            try catalog.connection.execute("PRAGMA cache_size = 2")
            let run = try catalog.begin(.web(), of: .own).id
            try catalog.write(SealingTests.rows(of: run, hours: 0..<200))
            try catalog.connection.transaction {
                var report = SealReport()
                try catalog.connection.seal(run, limit: 150, in: catalog.packing, &report)
                guard report.blockCount == 150 else { return }
                kill(getpid(), SIGKILL)
            }
        }
        let reader = try CatalogReader(path: path)
        #expect(try reader.problems() == [])
        #expect(try reader.summary().hotRowCount == 1_200)
        let catalog = try scratch.makeCatalog()
        #expect(try catalog.seal(RunID(rawValue: 1)).blockCount == 200)
        #expect(try reader.problems() == [])
        #expect(try reader.summary().rowCount == 1_200)
    }

    @Test func `recorders killed at any moment of sealing leave no hour twice`() async throws {
        let path = scratch.catalog
        for round in 1...6 {
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [path = path as String, round = round as Int] in
                Thread.detachNewThread {
                    while (try? CatalogReader(path: path).summary().blockCount) ?? 0 < round * 9 {}
                    kill(getpid(), SIGKILL)
                }
                let catalog = try Catalog(path: path, now: .noon)
                let run = try catalog.begin(.web(), of: .own).id
                for hour in (0...) as PartialRangeFrom<Int64> {
                    try catalog.write(SealingTests.rows(of: run, hours: hour..<hour + 1))
                    _ = try catalog.seal(before: SealingTests.hour(hour), limit: 3)
                }
            }
            let reader = try CatalogReader(path: path)
            #expect(try reader.problems() == [])
            let summary = try reader.summary()
            #expect(summary.blockCount >= round * 9)
            #expect(summary.rowCount % 6 == 0 && summary.sampleCount == summary.rowCount * 10)
        }
    }
}
