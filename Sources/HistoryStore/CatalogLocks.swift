internal import HistoryModel

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Which of the programs that use a catalog are alive, told by locks that die with their holder.
///
/// One file beside the catalog, `<catalog>.lock`, holds nothing; its bytes are locked. A lock held
/// means that its holder lives, whatever its pid, its pid namespace or its boot: what a killed
/// supervisor leaves behind is unlocked. Open file description locks (`fcntl(2)`, `F_OFD_SETLK`) are
/// used, because the process-wide kind is lost when any descriptor of the file is closed.
struct CatalogLocks: ~Copyable {
    /// What is held.
    enum Key {
        /// The `varve run` that supervises a run.
        case supervisor(RunID)
        /// The `varve record` that records a registry.
        case recorder(registry: String)

        fileprivate var offset: Int64 {
            switch self {
            case .recorder(let registry): Int64(FNV1a.hash(registry.utf8) >> 32)
            // Far below what l_start and l_len can hold, whatever a damaged catalog says.
            case .supervisor(let run): (1 << 32) + (max(0, run.rawValue) & ((1 << 60) - 1))
            }
        }
    }

    #if canImport(Darwin)
        private static let setLock: Int32 = 90  // F_OFD_SETLK of <sys/fcntl.h>
        private static let getLock: Int32 = 92  // F_OFD_GETLK
    #else
        private static let setLock: Int32 = 37  // F_OFD_SETLK of <fcntl.h>
        private static let getLock: Int32 = 36  // F_OFD_GETLK
    #endif

    private let file: Int32
    /// A second description of the file, to which the locks of the first are somebody else's.
    private let probe: Int32
    private let isMissing: Bool
    /// Why there is no lock file that can be used, as the system numbers it; 0 if there is one.
    let problem: Int32

    /// Opens the lock file of the catalog at `path`, which exists.
    ///
    /// - Parameter create: Whether to make it where it is missing; without, nothing can be held.
    init(ofCatalog path: String, create: Bool) {
        let path = Self.path(ofCatalog: path)
        guard create else {
            // Paths are NUL-terminated for each call. Asking for a lock needs no right to write. A link
            // is not followed, and a pipe is not waited for: the catalog may be from elsewhere.
            file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
            problem = file < 0 ? errno : 0
            isMissing = problem == ENOENT
            probe = -1
            return
        }
        isMissing = false
        let made = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if made >= 0 {
            // The process's umask may have taken bits away, never added any.
            fchmod(made, 0o600)
            file = made
            problem = 0
        } else {
            let found = unsafe open(
                path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
            let isUsable = found >= 0 && CatalogLocation.isOwnPlainFile(found)
            problem = found < 0 ? errno : isUsable ? 0 : EPERM
            if found >= 0, !isUsable { close(found) }
            file = isUsable ? found : -1
        }
        probe = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    }

    /// Beside the file itself, so that all names of a catalog lead to the same locks.
    private static func path(ofCatalog path: String) -> String {
        CatalogLocation.resolved(path) + ".lock"
    }

    deinit {
        if file >= 0 { close(file) }
        if probe >= 0 { close(probe) }
    }

    /// Whether there is a lock file that can be used; without one nothing is held.
    var isOpen: Bool { file >= 0 }

    /// Holds `key` until this value goes away, or the process does.
    ///
    /// - Returns: Whether it is held now; `false` if somebody else has it.
    func hold(_ key: Key) -> Bool {
        var lock = Self.lock(F_WRLCK, at: key.offset)
        return unsafe fcntl(file, Self.setLock, &lock) == 0
    }

    /// Lets go of `key`.
    func release(_ key: Key) {
        var lock = Self.lock(F_UNLCK, at: key.offset)
        _ = unsafe fcntl(file, Self.setLock, &lock)
    }

    /// Lets go of everything.
    func releaseAll() {
        var lock = flock()
        lock.l_type = Int16(F_UNLCK)
        lock.l_whence = Int16(SEEK_SET)
        // From the first byte, of no length: to the end, wherever that is.
        _ = unsafe fcntl(file, Self.setLock, &lock)
    }

    /// Whether somebody else holds `key`. If the file system cannot tell, it is taken to be held.
    func isHeldElsewhere(_ key: Key) -> Bool {
        isLocked(key, asSeenBy: file)
    }

    /// Whether anybody holds `key`, this value too.
    func isHeld(_ key: Key) -> Bool {
        isLocked(key, asSeenBy: probe >= 0 ? probe : file)
    }

    /// Whether somebody else holds anything.
    var isAnyHeldElsewhere: Bool {
        var lock = Self.lock(F_WRLCK, at: 0)
        // To the end of all offsets.
        lock.l_len = 0
        return isLocked(lock, asSeenBy: file)
    }

    private func isLocked(_ key: Key, asSeenBy descriptor: Int32) -> Bool {
        isLocked(Self.lock(F_WRLCK, at: key.offset), asSeenBy: descriptor)
    }

    private func isLocked(_ wanted: flock, asSeenBy descriptor: Int32) -> Bool {
        guard isOpen else { return !isMissing }
        var lock = wanted
        // The descriptor is open as long as this value lives; `lock` is written by the call only.
        guard unsafe fcntl(descriptor, Self.getLock, &lock) == 0 else { return true }
        return lock.l_type != Int16(F_UNLCK)
    }

    private static func lock(_ type: some BinaryInteger, at offset: Int64) -> flock {
        var lock = flock()
        lock.l_type = Int16(type)
        lock.l_whence = Int16(SEEK_SET)
        lock.l_start = off_t(offset)
        lock.l_len = 1
        lock.l_pid = 0
        return lock
    }
}
