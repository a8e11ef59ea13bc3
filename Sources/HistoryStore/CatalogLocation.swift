#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Where a catalog lies.
public enum CatalogLocation {
    /// The catalog that is meant when nobody names one.
    ///
    /// `$VARVE_DB`, else `$XDG_DATA_HOME/varve/history.db`, else `~/.local/share/varve/history.db`; on
    /// macOS `~/Library/Application Support/varve/history.db`. A relative `XDG_DATA_HOME` is ignored,
    /// as its specification asks.
    ///
    /// - Returns: `nil` if the environment names no home directory either.
    public static func standard(environment: [String: String]) -> String? {
        if let path = environment["VARVE_DB"], !path.isEmpty { return path }
        return standardDirectory(environment: environment).map { $0 + "/history.db" }
    }

    /// varve's data directory, whatever `VARVE_DB` says.
    ///
    /// - Returns: `nil` if the environment names no home directory.
    public static func standardDirectory(environment: [String: String]) -> String? {
        #if !canImport(Darwin)
            if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") {
                return data + "/varve"
            }
        #endif
        guard let home = environment["HOME"], !home.isEmpty else { return nil }
        #if canImport(Darwin)
            return home + "/Library/Application Support/varve"
        #else
            return home + "/.local/share/varve"
        #endif
    }

    /// The directory that holds the file `path`.
    public static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Whether there is, or may be, anything at `path`: one that cannot be looked at may exist.
    public static func exists(_ path: String) -> Bool {
        var status = stat()
        // The path is NUL-terminated for the call, and `status` is written by it only.
        return unsafe stat(path, &status) == 0 || (errno != ENOENT && errno != ENOTDIR)
    }

    /// Whether `path` is a file that this program may read.
    static func isReadable(_ path: String) -> Bool {
        var status = stat()
        // The path is NUL-terminated for each call, and `status` is written by it only.
        guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            return false
        }
        return unsafe access(path, R_OK) == 0
    }

    /// Whether this program may make files in `directory`.
    static func isWritable(_ directory: String) -> Bool {
        // The path is NUL-terminated for the call.
        unsafe access(directory, W_OK) == 0
    }

    /// What tells the file that is at `path` now from any other; `nil` if there is none.
    static func identity(of path: String) -> FileIdentity? {
        var status = stat()
        // The path is NUL-terminated for the call, and `status` is written by it only.
        guard unsafe stat(path, &status) == 0 else { return nil }
        return FileIdentity(
            device: UInt64(truncatingIfNeeded: status.st_dev), inode: UInt64(status.st_ino))
    }

    /// Whether `path` is the catalog itself, by whatever name, or a file that SQLite or varve keeps, or
    /// may come to keep, beside it.
    public static func isPart(_ path: String, ofCatalog catalog: String) -> Bool {
        if let file = identity(of: path), file == identity(of: catalog) { return true }
        let names =
            companions.map { catalog + $0 } + companions.map { resolved(catalog) + $0 }
        return names.contains { name in
            if let file = identity(of: path), file == identity(of: name) { return true }
            // One that is not there yet has no identity, but a place.
            return lastComponent(of: path) == lastComponent(of: name)
                && identity(of: directory(of: path)) == identity(of: directory(of: name))
        }
    }

    /// What is appended to a catalog's name to name what SQLite keeps beside it.
    static let databaseCompanions = ["-wal", "-shm", "-journal"]
    private static let companions = databaseCompanions + [".lock"]

    private static func lastComponent(of path: String) -> Substring {
        path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...]
    }

    /// `path` without symbolic links, which is how SQLite names the files beside a database; as it is
    /// where it leads nowhere.
    static func resolved(_ path: String) -> String {
        // The path is NUL-terminated for the call; what it gives is freed here and nowhere else.
        guard let resolved = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }

    /// Removes the file `path`, if it can be.
    static func remove(_ path: String) {
        // The path is NUL-terminated for the call.
        _ = unsafe unlink(path)
    }

    /// A file, whatever it is called.
    struct FileIdentity: Hashable, Sendable {
        var device: UInt64
        var inode: UInt64
    }

    /// Makes an empty file with mode 0600 at `path` and its directories with mode 0700, where they
    /// are missing. SQLite gives its `-wal` and `-shm` files the mode of the database.
    static func prepare(_ path: String) throws(StoreError) {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw StoreError(
                .cannotOpen, path: path,
                "the catalog's path is empty or holds a NUL byte; name a file with --db or VARVE_DB"
            )
        }
        try requirePlain(path)
        try requireOwn(path)
        try makeDirectory(directory(of: path), for: path)
        // The path is NUL-terminated for the call; the descriptor is closed here and nowhere else.
        let file = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if file >= 0 {
            // The process's umask may have taken bits away, never added any.
            fchmod(file, 0o600)
            close(file)
        } else if errno != EEXIST {
            throw cannotOpen(path, "cannot make the catalog \(path)", errno)
        }
    }

    private static func makeDirectory(_ directory: String, for path: String) throws(StoreError) {
        guard let number = make(directory) else { return }
        let parent = Self.directory(of: directory)
        guard number == ENOENT, parent != directory else {
            throw cannotOpen(path, "cannot make the directory \(directory)", number)
        }
        try makeDirectory(parent, for: path)
        if let number = make(directory) {
            throw cannotOpen(path, "cannot make the directory \(directory)", number)
        }
    }

    /// Makes one directory with mode 0700 whatever the umask, or leaves the one that is there.
    ///
    /// - Returns: The error's number; `nil` if there is a directory now.
    private static func make(_ directory: String) -> Int32? {
        // The path is NUL-terminated for each call.
        guard unsafe mkdir(directory, 0o700) == 0 else { return errno == EEXIST ? nil : errno }
        unsafe chmod(directory, 0o700)
        return nil
    }

    private static func cannotOpen(_ path: String, _ what: String, _ number: Int32) -> StoreError {
        StoreError(.cannotOpen, path: path, "\(what): \(reason(number)); \(advice(number))")
    }

    /// The system's words for the error `number`.
    static func reason(_ number: Int32) -> String {
        // strerror gives a valid C string for every number, and it is copied at once.
        unsafe String(cString: strerror(number))
    }

    /// What to do about the error `number` of a file that could not be opened or made.
    static func advice(_ number: Int32) -> String {
        switch number {
        case ELOOP: "it is a symbolic link, which others could lead anywhere: remove it"
        case EPERM: "it is no plain file of this user's: remove it"
        case EMFILE: "raise the limit of open files (ulimit -n)"
        case ENOSPC, EDQUOT: "make room there, or name another file with --db or VARVE_DB"
        default: "name another file with --db or VARVE_DB"
        }
    }
}
