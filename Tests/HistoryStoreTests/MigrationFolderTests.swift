import Foundation
import HistoryModel
import Migrations
import Testing

struct MigrationFolderTests {
    static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    static let folder = root.appending(path: "migrations")

    static var scripts: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: folder.path)
                .filter { $0.hasSuffix(".sql") }.sorted()
        }
    }

    @Test func `every script of the folder is a step, and every step has its script`() throws {
        let scripts = try Self.scripts
        #expect(!scripts.isEmpty)
        #expect(Migration.all.map(\.fileName) == scripts)
    }

    @Test func `the manifest embeds exactly the scripts of the folder`() throws {
        let manifest = try String(
            contentsOf: Self.root.appending(path: "Package.swift"), encoding: .utf8)
        let embedded = manifest.matches(of: /\.embedInCode\("([^"]+\.sql)"\)/).map {
            String($0.output.1)
        }
        #expect(embedded.sorted() == (try Self.scripts))
    }

    @Test func `a step that has landed is not edited`() throws {
        for step in Migration.all {
            let file = try Data(contentsOf: Self.folder.appending(path: step.fileName))
            #expect(FNV1a.hexadecimal(file) == step.checksum, "\(step.fileName) was edited")
            #expect(step.sql == Array(file), "\(step.fileName) is not what was embedded")
        }
        #expect(Set(Migration.all.map(\.checksum)).count == Migration.all.count)
    }

    @Test func `the steps are numbered from 1 without a gap`() {
        #expect(Migration.all.map(\.version) == Array(1...Int64(Migration.all.count)))
    }
}
