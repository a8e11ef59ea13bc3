internal import CSQLite

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A file that appears under its name when it is whole: written beside it, then given the name.
///
/// Unless published it is removed in the end, with what SQLite may have put next to it.
package struct PendingFile: ~Copyable {
    /// The name that it gets.
    package let destination: String
    /// The name that it has until then, in the same directory; its mode is 0600.
    package let temporary: String
    private let isReplacing: Bool
    private var isPublished = false

    /// What an error says whose only cause is that the name is taken.
    package static let takenMessage = "a file of that name exists already"

    /// Makes an empty file.
    ///
    /// - Throws: ``SQLiteError`` of the operation ``SQLiteError/Operation/backup``, with the destination.
    package init(destination: String, isReplacing: Bool) throws(SQLiteError) {
        guard !destination.isEmpty, !destination.utf8.contains(0) else {
            throw Self.failure(
                destination, SQLITE_CANTOPEN,
                destination.isEmpty ? "the path is empty" : "the path holds a NUL byte")
        }
        guard !isReplacing || !Self.isForeign(destination) else {
            throw Self.failure(destination, SQLITE_CANTOPEN, "it belongs to another user")
        }
        if !isReplacing, Self.exists(destination) { throw Self.taken(destination) }
        // A name would take the place of a device or a directory, too, and of a link instead of what it
        // leads to.
        if let obstacle = Self.obstacle(at: destination) {
            throw Self.failure(destination, SQLITE_CANTOPEN, obstacle)
        }
        // A log or journal left beside the destination would be played into the new file.
        for suffix in ["-wal", "-journal"] where Self.exists(destination + suffix) {
            throw Self.failure(
                destination, SQLITE_ERROR,
                "\(destination)\(suffix) exists, so a database of that name is in use "
                    + "or was left unfinished")
        }
        var template = Array((destination + ".XXXXXX").utf8CString)
        // mkstemp overwrites the six characters in place; the template is NUL-terminated. It creates
        // the file with mode 0600, and the descriptor is closed here and nowhere else.
        let descriptor = unsafe template.withUnsafeMutableBufferPointer { buffer in
            unsafe buffer.baseAddress.map { unsafe mkstemp($0) } ?? -1
        }
        guard descriptor >= 0 else {
            throw Self.failure(destination, SQLITE_CANTOPEN, Self.reason(errno))
        }
        // The process's umask may have taken bits away, never added any.
        fchmod(descriptor, 0o600)
        close(descriptor)
        self.destination = destination
        self.isReplacing = isReplacing
        temporary = String(
            decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit {
        guard !isPublished else { return }
        for suffix in ["", "-journal", "-wal", "-shm"] {
            // The path is NUL-terminated for the call.
            unsafe unlink(temporary + suffix)
        }
    }

    /// Gives the file its name. Nobody may have it open as a database.
    package mutating func publish() throws(SQLiteError) {
        if !isReplacing {
            try publishIfFree()
        } else if unsafe rename(temporary, destination) != 0 {
            // Both paths were NUL-terminated for the call.
            throw Self.failure(destination, SQLITE_IOERR, Self.reason(errno))
        }
        isPublished = true
        syncDirectory()
    }

    /// `link` refuses a name that is taken, in one step; where it is not to be had, look and rename.
    private func publishIfFree() throws(SQLiteError) {
        // Paths are NUL-terminated for each call.
        if unsafe link(temporary, destination) == 0 {
            unsafe unlink(temporary)
            return
        }
        let number = errno
        guard [EPERM, ENOTSUP, EOPNOTSUPP, ENOSYS, EMLINK].contains(number) else {
            if number == EEXIST { throw Self.taken(destination) }
            throw Self.failure(destination, SQLITE_IOERR, Self.reason(number))
        }
        if Self.exists(destination) { throw Self.taken(destination) }
        guard unsafe rename(temporary, destination) == 0 else {
            throw Self.failure(destination, SQLITE_IOERR, Self.reason(errno))
        }
    }

    /// Makes the new name survive a power cut, where the file system can.
    private func syncDirectory() {
        let end = destination.lastIndex(of: "/")
        let directory = end.map { String(destination[...$0]) } ?? "."
        // The path is NUL-terminated for the call; the descriptor is closed here and nowhere else.
        let descriptor = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    private static func exists(_ path: String) -> Bool {
        var status = stat()
        // The path is NUL-terminated for the call; lstat, as a dangling link takes the name too.
        return unsafe lstat(path, &status) == 0
    }

    /// What stands there that must not be replaced; `nil` for nothing and for a regular file.
    private static func obstacle(at path: String) -> String? {
        var status = stat()
        // The path is NUL-terminated for the call.
        guard unsafe lstat(path, &status) == 0 else { return nil }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return nil
        case S_IFLNK: return "it is a symbolic link; name the file that it leads to"
        default: return "it is no regular file"
        }
    }

    /// Whether what stands there is another user's, which root could replace all the same.
    private static func isForeign(_ path: String) -> Bool {
        var status = stat()
        // The path is NUL-terminated for the call; lstat, as a link is somebody's, too.
        return unsafe lstat(path, &status) == 0 && status.st_uid != geteuid()
    }

    private static func reason(_ number: Int32) -> String {
        // strerror gives a string for every number, constant or of this thread.
        unsafe String(cString: strerror(number))
    }

    private static func taken(_ destination: String) -> SQLiteError {
        failure(destination, SQLITE_ERROR, takenMessage)
    }

    private static func failure(
        _ destination: String, _ code: Int32, _ message: String
    ) -> SQLiteError {
        SQLiteError(operation: .backup, resultCode: code, message: message, path: destination)
    }
}
