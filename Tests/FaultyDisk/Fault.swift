internal import CFaultyDisk
internal import CSQLite

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A way in which a call of a file system can fail.
public struct Fault: Hashable, Sendable, CustomStringConvertible {
    /// What SQLite asks its file system for.
    public enum Call: String, CaseIterable, Sendable {
        case open, read, write, truncate, sync, delete, access
        case fileSize = "file size"
        case lock
        case sharedLock = "shared lock"
        case sharedMap = "shared map"
    }

    /// What fails.
    public let call: Call
    /// In words: `disk full`.
    public let kind: String
    /// Whether it fails from then on, or once.
    public let isLasting: Bool
    /// SQLite's code for it.
    let code: Int32
    /// The system's, behind it.
    let systemError: Int32

    /// In words: `sync: disk full, once`.
    public var description: String {
        "\(call.rawValue): \(kind), \(isLasting ? "from then on" : "once")"
    }

    /// The same as something that fails from then on, or once.
    func lasting(_ isLasting: Bool) -> Fault {
        Fault(
            call: call, kind: kind, isLasting: isLasting, code: code, systemError: systemError)
    }

    /// Every one, once and from then on.
    ///
    /// The codes are those that SQLite's own file system gives for the system's errors (`os_unix.c`).
    public static let all: [Fault] = single.flatMap { [$0.lasting(false), $0.lasting(true)] }

    private static let single: [Fault] = [
        fault(.open, "cannot open", SQLITE_CANTOPEN, EMFILE),
        fault(.read, "I/O error", SQLITE_IOERR | (1 << 8), EIO),
        fault(.read, "short read", SQLITE_IOERR | (2 << 8), 0),
        fault(.write, "I/O error", SQLITE_IOERR | (3 << 8), EIO),
        fault(.write, "disk full", SQLITE_FULL, ENOSPC),
        fault(.truncate, "I/O error", SQLITE_IOERR | (6 << 8), EIO),
        fault(.sync, "I/O error", SQLITE_IOERR | (4 << 8), EIO),
        fault(.delete, "I/O error", SQLITE_IOERR | (10 << 8), EIO),
        fault(.access, "I/O error", SQLITE_IOERR | (13 << 8), EIO),
        fault(.fileSize, "I/O error", SQLITE_IOERR | (7 << 8), EIO),
        fault(.lock, "busy", SQLITE_BUSY, EAGAIN),
        fault(.lock, "I/O error", SQLITE_IOERR | (15 << 8), ENOLCK),
        fault(.sharedLock, "busy", SQLITE_BUSY, EAGAIN),
        fault(.sharedLock, "I/O error", SQLITE_IOERR | (20 << 8), ENOLCK),
        fault(.sharedMap, "I/O error", SQLITE_IOERR | (21 << 8), ENOMEM),
        fault(.sharedMap, "disk full", SQLITE_IOERR | (19 << 8), ENOSPC),
    ]

    private static func fault(
        _ call: Call, _ kind: String, _ code: Int32, _ systemError: Int32
    ) -> Fault {
        Fault(call: call, kind: kind, isLasting: false, code: code, systemError: systemError)
    }
}

extension Fault.Call {
    var raw: faulty_disk_call {
        switch self {
        case .open: FAULTY_DISK_OPEN
        case .read: FAULTY_DISK_READ
        case .write: FAULTY_DISK_WRITE
        case .truncate: FAULTY_DISK_TRUNCATE
        case .sync: FAULTY_DISK_SYNC
        case .delete: FAULTY_DISK_DELETE
        case .access: FAULTY_DISK_ACCESS
        case .fileSize: FAULTY_DISK_FILE_SIZE
        case .lock: FAULTY_DISK_LOCK
        case .sharedLock: FAULTY_DISK_SHARED_LOCK
        case .sharedMap: FAULTY_DISK_SHARED_MAP
        }
    }
}
