internal import Foundation

/// A directory that is gone when it is dropped.
final class Scratch {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "/varve-benchmark-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func file(_ name: String) -> String { path + "/" + name }

    /// The size of a database with its log.
    static func databaseBytes(_ path: String) -> Int64 {
        ["", "-wal"].reduce(0) { $0 + bytes(path + $1) }
    }

    static func bytes(_ path: String) -> Int64 {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return (attributes?[.size] as? NSNumber)?.int64Value ?? 0
    }
}
