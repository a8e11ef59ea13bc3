internal import CSQLite

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// SQLite's own file system, but that it opens every file of a database for reading only.
///
/// A read-only connection is not enough: SQLite opens a database's log for writing even then, and makes
/// it where it is missing (`sqlite3WalOpen`), and so it does with the log's index unless the URI says
/// `readonly_shm=1`. Without the right to write the index a reader finds its place among the marks that
/// others left there, takes only read locks, and never begins or holds back a checkpoint for longer than
/// its statement.
enum ObservingFileSystem {
    static let name = "varve-observing"

    /// Whether SQLite knows it; `false` only if SQLite itself could not start.
    static let isRegistered: Bool = {
        // SQLite's default, which lives as long as the program.
        guard let base = unsafe sqlite3_vfs_find(nil), let name = unsafe strdup(name) else {
            return false
        }
        // Registered once and for ever: SQLite keeps the pointers to it and to its name.
        let own = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
        unsafe own.initialize(to: base.pointee)
        unsafe own.pointee.pNext = nil
        unsafe own.pointee.zName = UnsafePointer(name)
        unsafe own.pointee.xOpen = { _, path, file, flags, opened in
            // The arguments are SQLite's and are handed on as they are, the base as its own.
            guard let base = unsafe sqlite3_vfs_find(nil), let open = unsafe base.pointee.xOpen
            else {
                return SQLITE_CANTOPEN
            }
            // SQLite's own name of the file, ended by a zero; none for a file of its own.
            if let path = unsafe path, unsafe ObservingFileSystem.isSpecial(path) {
                // SQLite asks for the methods of a file that was not opened, too.
                unsafe file?.pointee.pMethods = nil
                return SQLITE_CANTOPEN
            }
            return unsafe open(base, path, file, ObservingFileSystem.reading(flags), opened)
        }
        // Nothing is to be removed; a connection that may not write does not try.
        unsafe own.pointee.xDelete = { _, _, _ in SQLITE_READONLY }
        return unsafe sqlite3_vfs_register(own, 0) == SQLITE_OK
    }()

    /// Whether there is something else than a file at `path`: to open a pipe waits for its writer.
    @unsafe
    private static func isSpecial(_ path: UnsafePointer<CChar>) -> Bool {
        var status = stat()
        // The path ends with a zero; `status` is written by the call only.
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
    }

    /// `flags` for reading, if they are of a file that belongs to a database. Files for sorting are this
    /// program's own.
    private static func reading(_ flags: Int32) -> Int32 {
        let ofDatabase =
            SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL
            | SQLITE_OPEN_SUPER_JOURNAL
        guard flags & ofDatabase != 0 else { return flags }
        let writing = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_DELETEONCLOSE
        return flags & ~writing | SQLITE_OPEN_READONLY
    }

    /// The URI of the file `path` with `parameters`.
    static func address(of path: String, _ parameters: String) -> String {
        let digits = Array("0123456789ABCDEF")
        let escaped = path.utf8.reduce(into: "") { text, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."),
                UInt8(ascii: "-"), UInt8(ascii: "_"):
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                text += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
        }
        // Two slashes at the start would name a host.
        return "file:" + (escaped.hasPrefix("//") ? "//" + escaped : escaped) + "?" + parameters
    }
}
