internal import CFaultyDisk
public import SQLite
internal import Synchronization

/// A file system of SQLite's whose calls fail where a test says so, and that keeps what was done to its
/// files, in order.
///
/// ```swift
/// let disk = FaultyDisk()
/// let catalog = try Catalog(path: path, now: .noon, patience: .zero, settings: disk.settings)
/// disk.fail(fault, at: 3)
/// ```
///
/// The disk is made and destroyed here only, and has a lock of its own.
@safe public final class FaultyDisk: Sendable {
    // Never changed, see above.
    private nonisolated(unsafe) let raw: OpaquePointer
    /// The name under which SQLite knows it.
    public let name: String
    private let journal = Mutex<[DiskChange]>([])

    private static let count = Mutex(0)

    /// One that never fails, for what is looked at afterwards: nothing has to reach the real disk, which
    /// would take most of the time.
    static let sound = FaultyDisk()

    /// A disk that does not fail. It must outlive the connections that use it.
    public init() {
        let number = Self.count.withLock { count in
            count += 1
            return count
        }
        name = "varve-faulty-\(number)"
        // The name is copied by the call.
        guard let made = unsafe faulty_disk_create(name) else {
            fatalError("no memory for a disk")
        }
        unsafe raw = made
    }

    deinit {
        // No connection is left, see init.
        unsafe faulty_disk_destroy(raw)
    }

    /// What opens a database on it.
    public var settings: ConnectionSettings {
        var settings = ConnectionSettings()
        settings.fileSystem = name
        return settings
    }

    /// Lets the `nth` of the calls that follow fail.
    public func fail(_ fault: Fault, at nth: Int) {
        // The disk lives as long as self, in this and all following functions.
        unsafe faulty_disk_fail(
            raw, fault.call.raw, Int64(nth), fault.code, fault.systemError,
            fault.isLasting ? 1 : 0)
    }

    /// Lets everything go well from now on; counts begin anew.
    public func heal() {
        unsafe faulty_disk_heal(raw)
    }

    /// How many calls have failed since the last ``fail(_:at:)`` or ``heal()``.
    public var failureCount: Int { Int(unsafe faulty_disk_failures(raw)) }

    /// How many calls there were since then.
    public func count(of call: Fault.Call) -> Int {
        Int(unsafe faulty_disk_count(raw, call.raw))
    }

    /// Keeps what is done from now on.
    public func startJournal() {
        // Self outlives the disk, which calls during its own calls only.
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe faulty_disk_observe(
            raw,
            { context, change, path, offset, bytes, count, syncsDirectory in
                guard let context = unsafe context, let path = unsafe path else { return }
                // What is passed above.
                let disk = unsafe Unmanaged<FaultyDisk>.fromOpaque(context).takeUnretainedValue()
                // As many bytes as the call says, there during the call.
                let bytes = unsafe UnsafeRawBufferPointer(start: bytes, count: Int(count))
                let kept = unsafe DiskChange(
                    change, file: String(cString: path), offset: Int(offset), bytes: Array(bytes),
                    syncsDirectory: syncsDirectory != 0)
                disk.journal.withLock { $0.append(kept) }
            }, context)
    }

    /// What was done since ``startJournal()``.
    public var changes: [DiskChange] { journal.withLock { $0 } }

    /// How many changes that is.
    public var changeCount: Int { journal.withLock { $0.count } }
}

/// Something done to a file.
public struct DiskChange: Sendable {
    enum Kind: Sendable {
        case created
        case wrote(offset: Int, bytes: [UInt8])
        case truncated(to: Int)
        case synced(withDirectory: Bool)
        case deleted(withDirectory: Bool)
    }

    let kind: Kind
    /// The file's name in its directory.
    public let file: String

    /// Whether it was a sync of the file.
    public var isSync: Bool {
        if case .synced = kind { true } else { false }
    }

    fileprivate init(
        _ change: faulty_disk_change, file path: String, offset: Int, bytes: [UInt8],
        syncsDirectory: Bool
    ) {
        file = String(path.split(separator: "/").last ?? "")
        kind =
            switch change {
            case FAULTY_DISK_CREATED: .created
            case FAULTY_DISK_WROTE: .wrote(offset: offset, bytes: bytes)
            case FAULTY_DISK_TRUNCATED: .truncated(to: offset)
            case FAULTY_DISK_SYNCED: .synced(withDirectory: syncsDirectory)
            default: .deleted(withDirectory: syncsDirectory)
            }
    }
}
