import HistoryModel
import HistoryStore

/// A group's usage, or that of all, as it is printed.
struct UsageRecord {
    /// What the runs have in common; `nil` for the total.
    var keys: [UsageKey]?
    var range: TimeRange
    var usage: Usage

    init(keys: [UsageKey]?, _ range: TimeRange, _ usage: Usage) {
        self.keys = keys
        self.range = range
        self.usage = usage
    }
}

/// What is printed of usage.
enum UsageFields {
    /// The fields of `records`, whose groups were made by `groupings`. A table has no column of which no
    /// record knows anything.
    static func all(
        by groupings: [UsageGrouping], of records: [UsageRecord]
    ) -> [Field<UsageRecord>] {
        groupings.enumerated().map { index, grouping in key(grouping, at: index) } + counts
            + amounts.map { $0.field(of: records) } + [note(of: records)]
    }

    private static func key(_ grouping: UsageGrouping, at index: Int) -> Field<UsageRecord> {
        Field(
            grouping.key, heading: grouping.heading, isElastic: grouping.isElastic,
            priority: 100 - index,
            style: { $0.keys == nil ? .heading : .plain },
            text: { record in
                guard let keys = record.keys else { return index == 0 ? "total" : "" }
                return keys[index].text ?? FieldDisplay.absent
            },
            value: { FieldValue($0.keys?[index].text) })
    }

    private static let counts: [Field<UsageRecord>] = [
        Field("is_total") { FieldValue($0.keys == nil) },
        Field("from") { FieldValue($0.range.start) },
        Field("to") { FieldValue($0.range.end) },
        Field("run_count", heading: "RUNS", alignment: .right) { FieldValue($0.usage.runCount) },
        Field(
            "failure_count", heading: "FAILED", alignment: .right,
            style: { $0.usage.failureCount > 0 ? .bad : .plain }
        ) { FieldValue($0.usage.failureCount) },
        Field("duration_ms", heading: "HOURS", as: .hoursOfMilliseconds) {
            FieldValue($0.usage.durationMilliseconds)
        },
    ]

    /// What may be unknown of all.
    private struct Amount: Sendable {
        var key: String
        var heading: String
        var display: FieldDisplay
        var value: @Sendable (Usage) -> Int64?

        func field(of records: [UsageRecord]) -> Field<UsageRecord> {
            let amount = value
            // Where none had a limit, it is no news how many had none.
            let known = display == .plain ? \Usage.memoryLimitByteHours : nil
            let isKnown = records.contains { record in
                (known.map { record.usage[keyPath: $0] } ?? amount(record.usage)) != nil
            }
            return Field(
                key, heading: isKnown ? heading : nil, as: display,
                alignment: display == .plain ? .right : nil
            ) { FieldValue(amount($0.usage)) }
        }
    }

    private static let amounts = [
        Amount(key: "cpu_time_ns", heading: "CPU HOURS", display: .hoursOfNanoseconds) {
            $0.cpuTimeNanoseconds
        },
        Amount(key: "memory_byte_hours", heading: "MEM GIB H", display: .gibibyteHours) {
            $0.memoryByteHours
        },
        Amount(key: "memory_limit_byte_hours", heading: "LIMIT GIB H", display: .gibibyteHours) {
            $0.memoryLimitByteHours
        },
        Amount(key: "unlimited_run_count", heading: "NO LIMIT", display: .plain) {
            $0.unlimitedRunCount
        },
        Amount(key: "disk_read_bytes", heading: "DISK R", display: .bytes) { $0.diskReadBytes },
        Amount(key: "disk_write_bytes", heading: "DISK W", display: .bytes) { $0.diskWriteBytes },
        Amount(key: "net_rx_bytes", heading: "NET RX", display: .bytes) { $0.netRxBytes },
        Amount(key: "net_tx_bytes", heading: "NET TX", display: .bytes) { $0.netTxBytes },
    ]

    private static func note(of records: [UsageRecord]) -> Field<UsageRecord> {
        let isWanted = records.contains(where: \.usage.isApproximate)
        return Field(
            "is_approximate", heading: isWanted ? "≈" : nil, isElastic: false, priority: 90,
            text: { $0.usage.isApproximate ? "≈" : "" },
            value: { FieldValue($0.usage.isApproximate) })
    }
}

extension UsageGrouping {
    fileprivate var key: String {
        switch self {
        case .sandbox: "sandbox"
        case .label(let key): "label_\(key)"
        case .calendar(let unit): unit.rawValue
        }
    }

    fileprivate var heading: String {
        switch self {
        case .sandbox: "SANDBOX"
        case .label(let key): key.uppercased()
        case .calendar(let unit): unit.rawValue.uppercased()
        }
    }

    fileprivate var isElastic: Bool {
        if case .calendar = self { false } else { true }
    }
}
