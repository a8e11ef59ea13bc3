public import HistoryModel
internal import SQLite

/// microsandbox's own catalog of a home, looked at again and again.
///
/// It belongs to microsandbox: it is opened for reading only, when something was written to it, for as
/// long as one transaction takes, and closed. In between nothing of it is open.
///
/// ```swift
/// var catalog = MicrosandboxCatalog(of: home)
/// switch catalog.poll(now: .now()) {
/// case .changed(let reading): print(reading.runs.count)
/// case .unreadable(let error): print(error)
/// case .unchanged, .missing, .busy: break
/// }
/// ```
public struct MicrosandboxCatalog {
    /// What a look has found.
    public enum Outcome: Hashable, Sendable {
        /// Nothing was written since the last look that read it.
        case unchanged
        /// There is no database.
        case missing
        /// It was being changed; the next look may find it whole.
        case busy
        /// It cannot be read.
        case unreadable(MicrosandboxCatalogError)
        /// What it says now.
        case changed(Reading)
    }

    /// The runs that were found.
    public struct Reading: Hashable, Sendable {
        /// The newest first.
        public var runs: [ClaimedRun]
        /// All runs from this id on are among ``runs``: one that is not is not there any more.
        public var isCompleteFrom: Int64
        /// Sandboxes whose configuration could not be read, by name.
        public var badConfigs: Set<String> = []
        /// How many labels of a sandbox, by its name, are left out: there are more of them, or longer ones,
        /// than ``labelLimit`` and ``labelByteLimit`` allow.
        public var leftOutLabels: [String: Int] = [:]
        /// The labels of sandboxes up to this id were too many to be read, and are not known; `nil` if all
        /// were read.
        public var labelsUnreadUpTo: Int64?
    }

    /// So many labels of a sandbox are kept, the first by their keys.
    public static let labelLimit = SandboxConfig.labelLimit
    /// So long may each of them, and its value, be.
    public static let labelByteLimit = SandboxConfig.labelByteLimit

    private let path: String
    private var mark: CatalogMark?
    private var busyCount = 0
    /// From which id on runs are read: all but those that ended long ago.
    private var firstWanted: Int64 = 0
    private var identity: [UInt64] = []

    /// Runs that ended are read again if they are among so many of the newest: their ids may be given
    /// out again.
    private static let overlap: Int64 = 256
    /// How often in a row it may be busy before that is told.
    private static let busyLimit = 40
    /// How long a look may take: what stands for a table can be a view that never ends.
    private static let patience = Duration.seconds(5)

    /// The catalog of `home`, not looked at yet.
    public init(of home: MicrosandboxHome) {
        path = home.catalogPath
    }

    /// Looks whether anything was written, and reads it then.
    public mutating func poll(now: Timestamp) -> Outcome {
        let current: CatalogMark
        do {
            current = try CatalogMark(ofDatabase: path)
        } catch .missing {
            mark = nil
            firstWanted = 0
            return .missing
        } catch {
            return .unreadable(MicrosandboxCatalogError(path: path, reason: error.reason))
        }
        guard current != mark else { return .unchanged }
        guard current.isDatabase else {
            mark = current
            return .unreadable(
                MicrosandboxCatalogError(path: path, reason: "it is no SQLite database"))
        }
        let identity = [current.database.device, current.database.inode]
        if identity != self.identity { firstWanted = 0 }
        self.identity = identity
        do {
            let reading = try read(current, now: now)
            guard let reading else { return busy(nil) }
            mark = current
            busyCount = 0
            return .changed(reading)
        } catch let error as MicrosandboxCatalogError {
            if error.isBeingMade, busyCount < Self.busyLimit { return busy(error.reason) }
            mark = current
            return .unreadable(error)
        } catch let error as SQLiteError
            where error.isBusy || error.isReadOnly || error.isCannotOpen
        {
            // Its owner is about to put its log in order, or to make it.
            return busy(error.message)
        } catch {
            guard (try? CatalogMark(ofDatabase: path)) == current else { return busy(nil) }
            mark = current
            let failure = error as? SQLiteError
            let reason =
                failure?.isInterrupted == true
                ? "to read it takes longer than \(Self.patience.components.seconds) s"
                : failure?.message ?? "\(error)"
            return .unreadable(MicrosandboxCatalogError(path: path, reason: reason))
        }
    }

    private mutating func busy(_ reason: String?) -> Outcome {
        busyCount += 1
        guard busyCount == Self.busyLimit else { return .busy }
        return .unreadable(
            MicrosandboxCatalogError(
                path: path, reason: reason ?? "it does not keep still for as long as a look takes"))
    }

    /// - Returns: `nil` if it was changed meanwhile where that makes what was read worthless.
    private mutating func read(_ current: CatalogMark, now: Timestamp) throws -> Reading? {
        guard current.database.size > 0 || current.hasLog else {
            return Reading(runs: [], isCompleteFrom: 0)
        }
        // Without a log that is shared, nobody has it open: then it is read as it lies, and what was
        // read counts only if nobody came meanwhile.
        let isAlone = !current.hasIndex && !current.hasLog
        guard current.hasIndex || isAlone else {
            throw MicrosandboxCatalogError(
                path: path,
                reason: "its log has no index (msb.db-shm); it can be read once microsandbox has "
                    + "opened it")
        }
        let connection = try Connection(
            path: path, mode: isAlone ? .observingAlone : .observing,
            settings: ConnectionSettings(busyTimeout: .milliseconds(50)))
        let first = firstWanted
        let deadline = ContinuousClock.now + Self.patience
        let (found, labels, highest) = try connection.checking({ ContinuousClock.now >= deadline })
        {
            try connection.transaction(.deferred, retryingFor: .milliseconds(100)) {
                let query = try CatalogQuery(connection, path: path)
                return (
                    try query.rows(connection, from: first), try query.labels(connection),
                    try query.highestRun(connection)
                )
            }
        }
        if isAlone, try CatalogMark(ofDatabase: path) != current { return nil }
        return take(found, labels, highest: highest, first: first, now: now)
    }

    private mutating func take(
        _ found: (rows: [RunRow], isCut: Bool), _ labels: SandboxLabels?,
        highest: Int64?, first: Int64,
        now: Timestamp
    ) -> Reading {
        var reading = Reading(runs: [], isCompleteFrom: first)
        if found.isCut, let oldest = found.rows.compactMap(\.id).min() {
            reading.isCompleteFrom = oldest
        }
        reading.labelsUnreadUpTo = labels?.cutAt
        var wanted = max(0, max(0, highest ?? 0) - Self.overlap)
        for row in found.rows {
            let known = row.sandboxID.flatMap { labels?[$0] }
            guard let (run, complaints) = row.claimed(labels: known, seenAt: now) else {
                continue
            }
            if complaints.hasBadConfig { reading.badConfigs.insert(run.sandbox) }
            if complaints.leftOutLabelCount > 0 {
                reading.leftOutLabels[run.sandbox] = complaints.leftOutLabelCount
            }
            if !run.claim.isOfEnd { wanted = min(wanted, run.externalID) }
            reading.runs.append(run)
        }
        firstWanted = wanted
        return reading
    }
}
