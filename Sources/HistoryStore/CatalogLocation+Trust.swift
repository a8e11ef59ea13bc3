internal import HistoryModel

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

extension CatalogLocation {
    /// Refuses to write a catalog that is another user's, or to which a link of another user leads: who
    /// has made it could have us write anywhere.
    ///
    /// Links of one's own, and of root, are followed. What is not there yet is nobody's.
    static func requireOwn(_ path: String) throws(StoreError) {
        let user = geteuid()
        guard let entry = status(of: path, followingLink: false) else { return }
        if entry.st_mode & S_IFMT == S_IFLNK {
            guard [user, 0].contains(entry.st_uid) else {
                throw StoreError(
                    .cannotOpen, path: path,
                    "refusing the catalog \(path): it is a symbolic link that user \(entry.st_uid) has "
                        + "made, who could lead it anywhere; name the file itself with --db or VARVE_DB"
                )
            }
        }
        guard let file = status(of: path, followingLink: true),
            file.st_mode & S_IFMT == S_IFREG, file.st_uid != user
        else { return }
        throw StoreError(
            .cannotOpen, path: path,
            "refusing to write the catalog \(path): it belongs to user \(file.st_uid), and only that user "
                + "records into it; run varve as that user, or name another file with --db or VARVE_DB"
        )
    }

    /// Refuses a catalog that is a pipe, a socket or a device, or that has one for a companion: SQLite
    /// would wait for its other end for ever.
    static func requirePlain(_ path: String) throws(StoreError) {
        for name in [path] + databaseCompanions.map({ resolved(path) + $0 }) {
            guard let file = status(of: name, followingLink: true),
                ![S_IFREG, S_IFDIR].contains(file.st_mode & S_IFMT)
            else { continue }
            throw StoreError(
                .cannotOpen, path: path,
                "cannot use the catalog \(path): \(name == path ? "it" : name) is a pipe, a socket or a "
                    + "device; name another file with --db or VARVE_DB")
        }
    }

    /// Whether the open file `descriptor` is a plain file of this user's.
    static func isOwnPlainFile(_ descriptor: Int32) -> Bool {
        var status = stat()
        // `status` is written by the call only.
        guard unsafe fstat(descriptor, &status) == 0 else { return false }
        return status.st_mode & S_IFMT == S_IFREG && status.st_uid == geteuid()
    }

    private static func status(of path: String, followingLink follows: Bool) -> stat? {
        var status = stat()
        // The path is NUL-terminated for each call, and `status` is written by it only.
        let code = unsafe follows ? stat(path, &status) : lstat(path, &status)
        return code == 0 ? status : nil
    }
}
