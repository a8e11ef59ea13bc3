internal import HistoryModel

/// By what runs are ordered.
///
/// The largest, the longest or the latest comes first, names from A on; what is not known comes last,
/// also in the reverse order. Of equals the later run comes first.
public struct RunOrder: Hashable, Sendable {
    /// What is compared.
    public enum Key: String, CaseIterable, Sendable {
        /// When it started.
        case started
        /// When it ended.
        case ended
        /// How long it took.
        case duration
        /// Its CPU time.
        case cpu
        /// Its highest CPU rate.
        case cpuMax = "cpu-max"
        /// Its peak memory.
        case memory
        /// Bytes read from and written to storage.
        case disk
        /// Bytes received and sent.
        case net
        /// The sandbox's name.
        case sandbox

        /// Whether it compares what is summed up when a run is closed.
        var needsUsage: Bool {
            switch self {
            case .cpu, .cpuMax, .memory, .disk, .net: true
            case .started, .ended, .duration, .sandbox: false
            }
        }
    }

    /// What is compared.
    public var key: Key
    /// Whether the order is the other way round.
    public var isReversed: Bool

    /// The order by `key`.
    public init(_ key: Key, isReversed: Bool = false) {
        self.key = key
        self.isReversed = isReversed
    }

    /// The terms of `ORDER BY`, of a run `r` of a sandbox `s`.
    var sql: String {
        let (down, up) = isReversed ? ("ASC", "DESC") : ("DESC", "ASC")
        let first =
            switch key {
            case .started: nil as String?
            case .ended: "r.terminated_at_ms \(down)"
            case .duration:
                "coalesce(r.duration_ns, (r.terminated_at_ms - r.started_at_ms) * 1000000) \(down)"
            case .cpu: "r.cpu_time_ns \(down)"
            case .cpuMax: "r.cpu_max_centipercent \(down)"
            case .memory: "r.memory_peak_bytes \(down)"
            case .disk: Self.sum("r.disk_read_bytes", "r.disk_write_bytes") + " \(down)"
            case .net: Self.sum("r.net_rx_bytes", "r.net_tx_bytes") + " \(down)"
            case .sandbox: "s.name \(up)"
            }
        let equals = "r.started_at_ms \(down), r.id \(down)"
        return first.map { "\($0) NULLS LAST, \(equals)" } ?? equals
    }

    /// What is known of two columns together.
    private static func sum(_ one: String, _ other: String) -> String {
        "coalesce(\(one) + \(other), \(one), \(other))"
    }

    /// Whether `one` comes before `other`, ordered by usage.
    func precedes(_ one: Run, _ other: Run) -> Bool {
        switch (value(of: one), value(of: other)) {
        case (.some, nil): return true
        case (nil, .some): return false
        case (let left?, let right?) where left != right: return (left > right) != isReversed
        default:
            let (left, right) = (
                (one.startedAt, one.id.rawValue), (other.startedAt, other.id.rawValue)
            )
            return isReversed ? left < right : left > right
        }
    }

    private func value(of run: Run) -> Int64? {
        func sum(_ one: Int64?, _ other: Int64?) -> Int64? {
            guard let one, let other else { return one ?? other }
            return one.clampingAdd(other)
        }
        let usage = run.usage
        return switch key {
        case .cpu: usage.cpuTimeNanoseconds
        case .cpuMax: usage.cpuMaxCentipercent
        case .memory: usage.memoryPeakBytes
        case .disk: sum(usage.diskReadBytes, usage.diskWriteBytes)
        case .net: sum(usage.netRxBytes, usage.netTxBytes)
        case .started, .ended, .duration, .sandbox: nil
        }
    }
}
