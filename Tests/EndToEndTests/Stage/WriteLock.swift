import Foundation

/// Tells from outside whether a program is inside a writing transaction of a catalog: it holds
/// SQLite's write lock then, byte 120 of the `-shm` file (walformat.html, "WAL locks").
final class WriteLock {
    private let path: String
    private var descriptor: Int32 = -1

    init(ofCatalog path: String) { self.path = path + "-shm" }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Whether `process` holds it.
    func isHeld(by process: pid_t) -> Bool {
        // Kept open: to close any descriptor of a file gives up all locks that this process has on it,
        // those of its own readers, too.
        // The path is a copy for the length of the call.
        if descriptor < 0 { descriptor = unsafe open(path, O_RDWR | O_CLOEXEC) }
        guard descriptor >= 0 else { return false }
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        lock.l_start = 120
        lock.l_len = 1
        // The structure is valid for the length of the call.
        guard unsafe fcntl(descriptor, F_GETLK, &lock) == 0 else { return false }
        return lock.l_type != Int16(F_UNLCK) && lock.l_pid == process
    }
}
