internal import Foundation
internal import Synchronization

/// A file for what is read by its path: this process's own, in a directory that goes with it.
final class ScratchFile: Sendable {
    let directory: String
    let path: String

    /// A file called `name` in a new directory.
    init(_ name: String) {
        directory =
            URL(filePath: NSTemporaryDirectory()).resolvingSymlinksInPath().path
            + "/varve-fuzz-\(UUID().uuidString)"
        path = directory + "/" + name
        do {
            let parent = URL(filePath: path).deletingLastPathComponent()
            try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
        } catch {
            preconditionFailure("cannot make \(path): \(error)")
        }
        // A target keeps its file as long as the process lives, which releases nothing at its end.
        Self.removeAllAtExit
        Self.directories.withLock { _ = $0.insert(directory) }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: directory)
        Self.directories.withLock { _ = $0.remove(directory) }
    }

    private static let directories = Mutex<Set<String>>([])
    private static let removeAllAtExit: Void = {
        atexit {
            ScratchFile.directories.withLock { directories in
                for directory in directories {
                    try? FileManager.default.removeItem(atPath: directory)
                }
            }
        }
    }()

    /// Puts `bytes` there, and takes away what SQLite may have left beside it.
    func replace(by bytes: [UInt8]) throws {
        for suffix in ["", "-wal", "-shm", "-journal", ".lock"] { remove(path + suffix) }
        try Data(bytes).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    }

    func bytes() throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: path))) }

    /// Another path of the directory, where nothing is.
    func free(_ name: String) -> String {
        remove(directory + "/" + name)
        return directory + "/" + name
    }

    private func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }
}
