internal import HistoryModel
internal import Microsandbox
internal import SlotRegistry

/// A sandbox as `msb metrics` shows it.
struct MicrosandboxRow: Sendable {
    var row: LiveRow
    var sample: Sample?
    /// The CPUs that it is given, as microsandbox's catalog says.
    var cpus: Double?

    /// The state in microsandbox's words.
    var state: String {
        switch row.state {
        case .running, .torn: "running"
        case .stalled: "stalled"
        case .crashed, .ended: "exited"
        }
    }

    /// In `msb metrics`'s columns, and with its JSON keys.
    static let fields: [Field<MicrosandboxRow>] = [
        Field("name", heading: "NAME", priority: 100) { FieldValue($0.row.sandbox) },
        Field("state", heading: "STATE", isElastic: false, priority: 99) { .text($0.state) },
        Field("run_id") { FieldValue($0.row.runID) },
        Field("cpus") { FieldValue($0.cpus) },
        Field("timestamp") { FieldValue($0.row.sampledAt) },
        Field("cpu_percent") { FieldValue($0.row.cpuCentipercent.map { Double($0) / 100 }) },
        .tableOnly("CPU", isElastic: false, priority: 98, style: { _ in .plain }, text: cpuText),
        Field("vcpu_time_ns") { FieldValue($0.sample?.cpuTimeNanoseconds) },
        Field("memory_bytes") { FieldValue($0.row.memoryBytes) },
        .tableOnly("MEM", isElastic: false, priority: 97, style: { _ in .plain }, text: memoryText),
        Field("memory_available_bytes") { FieldValue($0.sample?[.memoryAvailable]) },
        Field("memory_host_resident_bytes") { FieldValue($0.sample?[.memoryHostResident]) },
        Field("memory_limit_bytes") { FieldValue($0.row.memoryLimitBytes) },
        Field("disk_read_bytes") { FieldValue($0.sample?.diskReadBytes) },
        Field("disk_write_bytes") { FieldValue($0.sample?.diskWriteBytes) },
        .tableOnly("DISK R/W", isElastic: false, priority: 95, style: { _ in .plain }) {
            rates($0.row.diskRead, $0.row.diskWrite)
        },
        Field("net_rx_bytes") { FieldValue($0.sample?.netRxBytes) },
        Field("net_tx_bytes") { FieldValue($0.sample?.netTxBytes) },
        .tableOnly("NET RX/TX", isElastic: false, priority: 94, style: { _ in .plain }) {
            rates($0.row.netRx, $0.row.netTx)
        },
        Field("upper_used_bytes") { FieldValue($0.sample?[.upperUsed]) },
        Field("upper_free_bytes") { FieldValue($0.sample?[.upperFree]) },
        Field("upper_host_allocated_bytes") { FieldValue($0.sample?[.upperHostAllocated]) },
        Field("uptime_secs") {
            FieldValue($0.row.uptimeMilliseconds.map { Double($0) / 1000 })
        },
        .tableOnly("UPTIME", isElastic: false, priority: 96, style: { _ in .plain }) {
            $0.row.uptimeMilliseconds.map { Duration.milliseconds($0).compactText } ?? "-"
        },
    ]

    /// Cores of those that it is given.
    @Sendable private static func cpuText(_ row: MicrosandboxRow) -> String {
        guard let used = row.row.cpuCentipercent else { return "-" }
        // Hundredths of a core, the sign apart: a hostile slot may hold anything.
        let hundredths = (used / 100).magnitude
        let text =
            "\(hundredths / 100)." + (hundredths % 100 < 10 ? "0" : "") + "\(hundredths % 100)"
        let given = row.cpus.map { $0 == $0.rounded() ? "\(Int64($0))" : "\($0)" }
        return (used < 0 ? "-" : "") + text + (given.map { " / " + $0 } ?? "")
    }

    @Sendable private static func memoryText(_ row: MicrosandboxRow) -> String {
        guard let used = row.row.memoryBytes else { return "-" }
        return ByteText.format(used)
            + (row.row.memoryLimitBytes.map { " / " + ByteText.format($0) } ?? "")
    }

    private static func rates(_ first: Double?, _ second: Double?) -> String {
        [first, second].map { TopColumn.rate($0) ?? "-" }.joined(separator: " ")
    }
}

/// The sandboxes of some homes of microsandbox now.
struct MicrosandboxView {
    /// The rows of `homes`, by name: of two readings, since rates need two.
    static func rows(
        of homes: [MicrosandboxHome], includingEnded: Bool, pause: () -> Void
    ) -> [MicrosandboxRow] {
        let registries = homes.flatMap { home in home.registries.map { (home, $0) } }
        var tables = registries.map { _ in LiveTable() }
        var samples: [[Int: Sample]] = registries.map { _ in [:] }
        for turn in 0..<2 {
            if turn == 1 { pause() }
            for (index, (_, name)) in registries.enumerated() {
                let snapshot = LiveSource(name: name).read(at: .now())
                tables[index].take(snapshot)
                for slot in snapshot.slots { samples[index][slot.use.slot] = slot.sample }
            }
        }
        var cpus: [MicrosandboxHome: [Int64: Int64]] = [:]
        for home in homes {
            var catalog = MicrosandboxCatalog(of: home)
            guard case .changed(let reading) = catalog.poll(now: .now()) else { continue }
            for run in reading.runs {
                cpus[home, default: [:]][run.externalID] = run.cpuLimitCentipercent
            }
        }
        var rows: [MicrosandboxRow] = []
        for (index, (home, _)) in registries.enumerated() {
            for row in tables[index].rows {
                let isOver = row.state == .ended || row.state == .crashed
                guard includingEnded || !isOver else { continue }
                let limit = row.runID.flatMap { cpus[home]?[$0] }
                rows.append(
                    MicrosandboxRow(
                        row: row, sample: samples[index][row.slot],
                        cpus: limit.map { Double($0) / 10_000 }))
            }
        }
        return rows.sorted { $0.row.sandbox < $1.row.sandbox }
    }
}
