import Foundation

/// A directory of its own for a catalog and what lies beside it, removed with it.
public final class Folder {
    /// Where it lies, without symbolic links.
    public let path: String

    /// An empty one, or one with these files.
    public init(holding files: [String: [UInt8]] = [:]) throws {
        let base = URL(filePath: NSTemporaryDirectory()).resolvingSymlinksInPath().path
        path = "\(base)/varve-fault-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for (name, bytes) in files {
            try Data(bytes).write(to: URL(filePath: "\(path)/\(name)"))
        }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Where the catalog is.
    public var catalog: String { "\(path)/history.db" }

    /// What lies there.
    public var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
    }

    /// What lies beside the catalog that is not the catalog's.
    var otherNames: [String] {
        get throws { try names.filter { !$0.hasPrefix("history.db") } }
    }

    /// The files that a crash could leave: not the index of a log, and not locks, which die with their
    /// holders.
    func files() throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for name in try names where !name.hasSuffix("-shm") && !name.hasSuffix(".lock") {
            files[name] = try Array(Data(contentsOf: URL(filePath: "\(path)/\(name)")))
        }
        return files
    }

    /// What the catalog says now, nothing if it is not there.
    func state(repairing: Bool = false) throws -> CatalogState {
        guard FileManager.default.fileExists(atPath: catalog) else { return .empty }
        return try CatalogState(path: catalog, repairing: repairing)
    }
}
