internal import HistoryModel

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// The file that a page is put into: `--html FILE`.
///
/// A file that is there is replaced, as by any program with an output file, and never half: the new one
/// is made beside it and moved over it. Only its owner may read it, because a page tells command lines
/// and logs.
struct PageFile {
    /// Where it shall lie.
    let path: String

    /// Puts `text` there, whole or not at all.
    ///
    /// Where a symbolic link leads is where it is written; a device or a pipe is written to. A database
    /// is never replaced: a mistyped `--html history.db` would be the end of a history.
    func write(_ text: String) throws(PageFileError) {
        var status = stat()
        // The path is NUL-terminated for the call, and `status` is written by it only.
        let isThere = unsafe stat(path, &status) == 0
        guard isThere, status.st_mode & S_IFMT != S_IFREG else {
            guard !isThere || status.st_uid == geteuid(), !isForeignLink else {
                throw PageFileError(path: path, code: EPERM, isForeign: true)
            }
            guard !isThere || !isDatabase else {
                throw PageFileError(path: path, code: EEXIST, isDatabase: true)
            }
            return try replace(isThere ? Self.resolved(path) ?? path : path, with: text)
        }
        guard status.st_mode & S_IFMT != S_IFDIR else {
            throw PageFileError(path: path, code: EISDIR)
        }
        // The path is NUL-terminated for the call; the descriptor is closed here and nowhere else.
        let descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else { throw PageFileError(path: path, code: errno) }
        defer { close(descriptor) }
        let code = Self.write(text, to: descriptor)
        guard code == 0 else { throw PageFileError(path: path, code: code) }
    }

    /// Whether another user has made the link that stands there, and could lead it anywhere.
    private var isForeignLink: Bool {
        var status = stat()
        // The path is NUL-terminated for the call, and `status` is written by it only.
        guard unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else {
            return false
        }
        return ![geteuid(), 0].contains(status.st_uid)
    }

    /// Whether the file begins as every database of SQLite does, the catalog among them.
    private var isDatabase: Bool {
        let magic = Array("SQLite format 3\0".utf8)
        // The path is NUL-terminated for the call; the descriptor is closed here and nowhere else.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var start = [UInt8](repeating: 0, count: magic.count)
        let count = unsafe start.withUnsafeMutableBytes { buffer in
            // The buffer has the bytes that are asked for.
            unsafe read(descriptor, buffer.baseAddress, buffer.count)
        }
        return count == magic.count && start == magic
    }

    private func replace(_ path: String, with text: String) throws(PageFileError) {
        let slash = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        var template = Array((path[..<slash] + ".varve-page.XXXXXX").utf8CString)
        // mkstemp overwrites the six characters in place, and makes the file for its owner alone; the
        // template is NUL-terminated.
        let descriptor = unsafe template.withUnsafeMutableBufferPointer { buffer in
            unsafe buffer.baseAddress.map { unsafe mkstemp($0) } ?? -1
        }
        guard descriptor >= 0 else { throw PageFileError(path: self.path, code: errno) }
        let temporary = String(
            decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        // The process's umask may have taken bits away, never added any.
        fchmod(descriptor, 0o600)
        var code = Self.write(text, to: descriptor)
        if close(descriptor) != 0, code == 0 { code = errno }
        // Both paths are NUL-terminated for the call.
        if code == 0, unsafe rename(temporary, path) != 0 { code = errno }
        guard code == 0 else {
            unsafe unlink(temporary)
            throw PageFileError(path: self.path, code: code)
        }
    }

    /// Where a path leads through symbolic links; `nil` if it leads nowhere.
    private static func resolved(_ path: String) -> String? {
        // realpath allocates what it returns, which is freed here.
        guard let pointer = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(pointer) }
        return unsafe String(cString: pointer)
    }

    /// The `errno` of what failed, or 0.
    private static func write(_ text: String, to descriptor: Int32) -> Int32 {
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                // The rest of the array, which has at least one byte.
                unsafe writeBytes(descriptor, UnsafeRawBufferPointer(rebasing: buffer[written...]))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return count < 0 ? errno : EIO }
            written += count
        }
        return 0
    }
}

// A free function, as a method called `write` hides the system's.
private func writeBytes(_ descriptor: Int32, _ buffer: UnsafeRawBufferPointer) -> Int {
    unsafe write(descriptor, buffer.baseAddress, buffer.count)
}

/// Why a page could not be put into its file.
struct PageFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file.
    let path: String
    /// The `errno` of the failed call.
    let code: Int32
    /// Whether a database lies there, which no page may replace.
    var isDatabase = false
    /// Whether what lies there is another user's.
    var isForeign = false

    var description: String {
        guard !isForeign else {
            return
                "cannot write the page to '\(path.escapedForDisplay)': it belongs to another user; "
                + "name another file with --html"
        }
        guard !isDatabase else {
            return "cannot write the page to '\(path.escapedForDisplay)': it is a database; "
                + "name another file with --html"
        }
        // strerror gives a string for every number, constant or of this thread.
        let reason = unsafe String(cString: strerror(code))
        return "cannot write the page to '\(path.escapedForDisplay)': \(reason); "
            + "look at its directory, or name another file with --html"
    }
}
