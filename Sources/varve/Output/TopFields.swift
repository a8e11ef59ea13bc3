import HistoryModel
import HistoryStore

/// One of the largest users, as it is printed.
struct TopRecord {
    /// Its place, from 1.
    var rank: Int
    var entry: TopList.Entry
    var share: Double?
}

/// What is printed of the largest users.
enum TopFields {
    /// The fields of `records`, with a bar on a terminal.
    static func all(
        of top: TopQuery, _ records: [TopRecord], on terminal: Terminal
    ) -> [Field<TopRecord>] {
        let isPeak = top.measure == .peak
        let isAdded = top.unit == .sandbox && !isPeak
        var fields: [Field<TopRecord>] = [
            Field("rank") { FieldValue($0.rank) },
            Field("sandbox", heading: "SANDBOX", priority: 100) { FieldValue($0.entry.sandbox) },
            Field("run_id", heading: isAdded ? nil : "RUN", alignment: .right, priority: 98) {
                FieldValue($0.entry.run?.rawValue)
            },
            Field(
                "run_count", heading: top.unit == .run ? nil : "RUNS", alignment: .right,
                priority: 94
            ) { FieldValue($0.entry.runCount) },
            value(of: top),
            Field("share_percent", heading: isPeak ? nil : "SHARE", as: .percent, priority: 97) {
                FieldValue($0.share.map { $0 * 100 })
            },
            Field("peak_from", heading: isPeak ? "WHEN" : nil, isElastic: false, priority: 96) {
                FieldValue($0.entry.peakRange?.start)
            },
            Field("peak_to") { FieldValue($0.entry.peakRange?.end) },
        ]
        if terminal.isTerminal, let largest = records.first?.entry.value {
            let cells = terminal.columns.map { $0 < 100 ? 10 : 20 } ?? 20
            fields.append(bar(upTo: largest, cells: cells))
        }
        return fields
    }

    private static func value(of top: TopQuery) -> Field<TopRecord> {
        let (key, heading, display): (String, String, FieldDisplay) =
            switch (top.resource, top.measure) {
            case (.memory, .peak): ("memory_peak_bytes", "MEM PEAK", .bytes)
            case (.memory, .total): ("memory_byte_hours", "MEM GIB H", .gibibyteHours)
            case (.cpu, .peak): ("cpu_percent_max", "CPU MAX", .percent)
            case (.cpu, .total): ("cpu_time_ns", "CPU TIME", .nanoseconds)
            case (.disk, .peak): ("disk_peak_bytes_per_second", "DISK MAX", .bytesPerSecond)
            case (.disk, .total): ("disk_bytes", "DISK", .bytes)
            case (.net, .peak): ("net_peak_bytes_per_second", "NET MAX", .bytesPerSecond)
            case (.net, .total): ("net_bytes", "NET", .bytes)
            }
        let isPercent = display == .percent
        return Field(key, heading: heading, as: display, priority: 99) { record in
            let value = record.entry.value
            return isPercent ? .number(Double(value) / 100) : .integer(value)
        }
    }

    private static func bar(upTo largest: Int64, cells: Int) -> Field<TopRecord> {
        .tableOnly("OF MAX", isElastic: false, priority: 93) { record in
            Self.bar(Double(record.entry.value) / Double(max(1, largest)), cells: cells)
        }
    }

    /// A bar of `part` of so many cells, to the eighth of a cell; what is not nothing has one eighth.
    static func bar(_ part: Double, cells: Int) -> String {
        guard part.isFinite, part > 0 else { return "" }
        let eighths = max(1, Int((min(part, 1) * Double(cells * 8)).rounded()))
        let rest = eighths % 8 == 0 ? "" : ["▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8 - 1]
        return String(repeating: "█", count: eighths / 8) + rest
    }
}
