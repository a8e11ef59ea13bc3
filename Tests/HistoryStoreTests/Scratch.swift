import Foundation
import HistoryModel
import HistoryStore
import SQLite
import Testing

/// A directory of one test's own, removed with everything in it when the test is done.
final class Scratch: Sendable {
    let directory: String

    init() throws {
        let base = URL(filePath: NSTemporaryDirectory()).resolvingSymlinksInPath().path
        directory = "\(base)/varve-store-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// The catalog that most tests have.
    var catalog: String { path("history.db") }

    func path(_ name: String) -> String { "\(directory)/\(name)" }

    func bytes(_ name: String) throws -> Data {
        let file = try FileHandle(forReadingFrom: URL(filePath: path(name)))
        defer { try? file.close() }
        return try file.readToEnd() ?? Data()
    }

    func write(_ data: Data, to name: String) throws {
        try data.write(to: URL(filePath: path(name)))
    }

    var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: directory).sorted() }
    }

    /// The names of what SQLite does not put beside a database by itself.
    var ownNames: [String] {
        get throws { try names.filter { !$0.hasSuffix("-shm") && !$0.hasSuffix("-wal") } }
    }

    func mode(_ name: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path(name))
        return try #require(attributes[.posixPermissions] as? Int)
    }

    /// Makes a catalog, and a run in it if wanted.
    func makeCatalog() throws -> Catalog {
        try Catalog(path: catalog, now: .noon)
    }

    /// Every file of the directory but its locks, by name, to see whether anything was changed.
    func contents() throws -> [String: Data] {
        try Dictionary(uniqueKeysWithValues: names.map { ($0, try bytes($0)) })
    }
}

/// A connection that may write anything into the catalog, past its API.
func tamper(_ path: String, _ sql: String) throws {
    let connection = try Connection(path: path, mode: .create)
    try connection.prepareForWriting()
    try connection.execute("PRAGMA foreign_keys = OFF")
    try connection.execute(sql)
}
