internal import HistoryModel

/// One run as `varve top` shows it.
struct LiveRow: Sendable {
    /// What the run is doing.
    enum State: String, CaseIterable, Sendable {
        case running
        /// Its process lives, and its last sample is old.
        case stalled
        /// The process is gone and nobody gave the slot back.
        case crashed
        /// The slot was being written at every try.
        case torn
        case ended
    }

    /// Which of the registries that are shown it is in.
    var registry = 0
    var slot: Int
    /// `nil` where the run chose itself an id, below zero, while its catalog was out of reach.
    var runID: Int64?
    var sandbox: String
    var state: State
    var pid: Int32?
    var startedAt: Timestamp?
    var uptimeMilliseconds: Int64?
    /// When the slot was read.
    var readAt: Timestamp
    /// The last sample, whole.
    var sample: Sample?
    var sampledAt: Timestamp?
    var ageMilliseconds: Int64?
    var cpuCentipercent: Int64?
    var memoryBytes: Int64?
    var memoryLimitBytes: Int64?
    /// Bytes per second between the last two samples.
    var diskRead: Double?
    var diskWrite: Double?
    var netRx: Double?
    var netTx: Double?
    /// The home of microsandbox whose registry it is in; `nil` elsewhere.
    var home: String?
    /// The CPUs that the sandbox is given, as microsandbox's catalog says; `nil` elsewhere.
    var cpus: Double?

    /// Reading and writing together.
    var disk: Double? { Self.sum(diskRead, diskWrite) }
    /// Receiving and sending together.
    var net: Double? { Self.sum(netRx, netTx) }

    /// How old a sample may be before its run is stalled; at least that of three.
    private static let patienceMilliseconds: Int64 = 3_000
    /// The same until two samples have told how far they lie apart.
    private static let patienceAtFirstMilliseconds: Int64 = 10_000

    /// - Parameters:
    ///   - newest: The last sample, and `before` the one before it, of the same use of the slot.
    ///   - now: When the slot was read.
    init(
        _ reading: LiveReading, state: LiveSlot.State, newest: Sample?, before: Sample?,
        at now: Timestamp
    ) {
        slot = reading.use.slot
        runID = reading.use.runID > 0 ? reading.use.runID : nil
        sandbox = reading.sandbox
        pid = reading.use.pid > 0 ? reading.use.pid : nil
        startedAt = reading.use.startedAt
        readAt = now
        sample = newest
        sampledAt = newest?.at
        ageMilliseconds = newest.map { max(0, now.milliseconds(since: $0.at)) }
        cpuCentipercent = newest?.cpuCentipercent
        memoryBytes = newest?.memoryBytes
        memoryLimitBytes = reading.memoryLimitBytes
        let elapsed = before.flatMap { newest?.at.milliseconds(since: $0.at) }
        self.state = Self.state(state, age: ageMilliseconds, cadence: elapsed)
        if self.state == .running || self.state == .stalled {
            uptimeMilliseconds = startedAt.map { max(0, now.milliseconds(since: $0)) }
        }
        func rate(_ metric: Metric) -> Double? {
            guard let elapsed, elapsed > 0, let old = before?[metric], let new = newest?[metric],
                new >= old
            else { return nil }
            // Exact for any two values, as the difference is not negative.
            return Double(UInt64(bitPattern: new &- old)) * 1000 / Double(elapsed)
        }
        diskRead = rate(.diskRead)
        diskWrite = rate(.diskWrite)
        netRx = rate(.netRx)
        netTx = rate(.netTx)
    }

    private static func state(_ state: LiveSlot.State, age: Int64?, cadence: Int64?) -> State {
        switch state {
        case .ended: return .ended
        case .crashed: return .crashed
        case .torn: return .torn
        case .running: break
        }
        guard let age else { return .running }
        guard let cadence, cadence > 0 else {
            return age > patienceAtFirstMilliseconds ? .stalled : .running
        }
        let (threefold, overflow) = cadence.multipliedReportingOverflow(by: 3)
        return age > max(patienceMilliseconds, overflow ? .max : threefold) ? .stalled : .running
    }

    private static func sum(_ left: Double?, _ right: Double?) -> Double? {
        guard left != nil || right != nil else { return nil }
        return (left ?? 0) + (right ?? 0)
    }
}

/// What all running slots use together. What nobody measured adds nothing; where nobody measured
/// anything there is no sum.
struct LiveTotals: Sendable {
    private(set) var counts: [LiveRow.State: Int] = [:]
    // Doubles: a hostile registry may hold numbers whose sum no integer does.
    private(set) var cpuPercent: Double?
    private(set) var memoryBytes: Double?
    private(set) var diskRead: Double?
    private(set) var diskWrite: Double?
    private(set) var netRx: Double?
    private(set) var netTx: Double?

    init(of rows: [LiveRow]) {
        func add(_ value: Double?, to sum: inout Double?) {
            if let value { sum = (sum ?? 0) + value }
        }
        for row in rows {
            counts[row.state, default: 0] += 1
            // What the others show is not of now.
            guard row.state == .running else { continue }
            add(row.cpuCentipercent.map { Double($0) / 100 }, to: &cpuPercent)
            add(row.memoryBytes.map(Double.init), to: &memoryBytes)
            add(row.diskRead, to: &diskRead)
            add(row.diskWrite, to: &diskWrite)
            add(row.netRx, to: &netRx)
            add(row.netTx, to: &netTx)
        }
    }
}
