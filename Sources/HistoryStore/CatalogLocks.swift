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
            case .supervisor(let run): 1 << 32 + max(0, run.rawValue)
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
    // A second description of the same file: to the one that holds a lock, its own lock is invisible.
    private let probe: Int32

    /// Opens the lock file of the catalog at `path`.
    ///
    /// - Parameter create: Whether to make it where it is missing.
    init(ofCatalog path: String, create: Bool) {
        let flags = O_RDWR | O_CLOEXEC | (create ? O_CREAT : 0)
        file = unsafe open(path + ".lock", flags, 0o600)
        probe = unsafe open(path + ".lock", O_RDWR | O_CLOEXEC)
    }

    deinit {
        if file >= 0 { close(file) }
        if probe >= 0 { close(probe) }
    }

    /// Whether there is a lock file that can be used; without one nothing is held.
    var isOpen: Bool { file >= 0 && probe >= 0 }

    /// Holds `key` until this value goes away, or the process does.
    ///
    /// - Returns: Whether it is held now; `false` if somebody else has it.
    func hold(_ key: Key) -> Bool {
        var lock = Self.lock(F_WRLCK, key)
        return unsafe fcntl(file, Self.setLock, &lock) == 0
    }

    /// Lets go of `key`.
    func release(_ key: Key) {
        var lock = Self.lock(F_UNLCK, key)
        _ = unsafe fcntl(file, Self.setLock, &lock)
    }

    /// Whether anybody holds `key`, this value or another. If the file system cannot tell, it is taken
    /// to be held.
    func isHeld(_ key: Key) -> Bool {
        guard isOpen else { return false }
        var lock = Self.lock(F_WRLCK, key)
        guard unsafe fcntl(probe, Self.getLock, &lock) == 0 else { return true }
        return lock.l_type != Int16(F_UNLCK)
    }

    private static func lock(_ type: some BinaryInteger, _ key: Key) -> flock {
        var lock = flock()
        lock.l_type = Int16(type)
        lock.l_whence = Int16(SEEK_SET)
        lock.l_start = off_t(key.offset)
        lock.l_len = 1
        lock.l_pid = 0
        return lock
    }
}
