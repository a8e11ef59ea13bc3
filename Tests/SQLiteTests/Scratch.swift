import Foundation
import SQLite
import Testing

/// A directory of one test's own, removed with everything in it when the test is done.
final class Scratch: Sendable {
    let directory: String

    init() throws {
        // The real path, as /proc/self/fd shows it.
        let base = URL(filePath: NSTemporaryDirectory()).resolvingSymlinksInPath().path
        directory = "\(base)/varve-sqlite-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: directory)
    }

    func path(_ name: String) -> String { "\(directory)/\(name)" }

    /// The file's content. (`Data(contentsOf:)` leaks its buffer for an empty file.)
    func bytes(_ name: String) throws -> Data {
        let file = try FileHandle(forReadingFrom: URL(filePath: path(name)))
        defer { try? file.close() }
        return try file.readToEnd() ?? Data()
    }

    func write(_ data: Data, to name: String) throws {
        try data.write(to: URL(filePath: path(name)))
    }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

    var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: directory).sorted() }
    }

    /// The file's permission bits.
    func mode(_ name: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path(name))
        return try #require(attributes[.posixPermissions] as? Int)
    }
}

/// A connection that may write.
func writer(
    _ path: String, settings: ConnectionSettings = ConnectionSettings()
) throws -> Connection {
    let connection = try Connection(path: path, mode: .create, settings: settings)
    try connection.prepareForWriting()
    return connection
}

extension Connection {
    /// The first column of the first row as an integer.
    func integer(_ sql: String) throws -> Int64? {
        try withStatement(sql) { statement in
            try statement.step() ? statement.integer(at: 0) : nil
        }
    }

    /// The first column of the first row as text.
    func text(_ sql: String) throws -> String? {
        try withStatement(sql) { statement in
            try statement.step() ? statement.text(at: 0) : nil
        }
    }
}

/// Runs `body` on `count` threads at once and gives what they threw.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) -> [any Error] {
    let group = DispatchGroup()
    let failures = Failures()
    for index in 0..<count {
        group.enter()
        Thread.detachNewThread {
            defer { group.leave() }
            do { try body(index) } catch { failures.append(error) }
        }
    }
    group.wait()
    return failures.all
}

/// The errors of several threads.
// The array is touched under the lock only.
private final class Failures: @unchecked Sendable {
    private let lock = NSLock()
    private var errors: [any Error] = []

    func append(_ error: any Error) { lock.withLock { errors.append(error) } }

    var all: [any Error] { lock.withLock { errors } }
}
