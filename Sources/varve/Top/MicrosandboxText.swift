internal import HistoryModel

/// Sandboxes as `msb metrics` shows them: its columns, its words and its JSON keys.
enum MicrosandboxText {
    /// The fields; where there are several homes, the table says of which each is.
    static func fields(ofSeveralHomes: Bool) -> [Field<LiveRow>] {
        [
            Field("name", heading: "NAME", priority: 100) {
                // Empty where the slot could not be read whole.
                FieldValue($0.sandbox.isEmpty ? nil : $0.sandbox)
            },
            Field("home", heading: ofSeveralHomes ? "HOME" : nil, priority: 99) {
                FieldValue($0.home)
            },
        ] + rest
    }

    private static let rest: [Field<LiveRow>] = [
        Field("state", heading: "STATE", isElastic: false, priority: 99) { .text(state($0)) },
        Field("run_id") { FieldValue($0.runID) },
        Field("cpus") { FieldValue($0.cpus) },
        Field("timestamp") { FieldValue($0.sampledAt) },
        Field("cpu_percent") { FieldValue($0.cpuCentipercent.map { Double($0) / 100 }) },
        .tableOnly("CPU", isElastic: false, priority: 98, style: { _ in .plain }, text: cpu),
        Field("vcpu_time_ns") { FieldValue($0.sample?.cpuTimeNanoseconds) },
        Field("memory_bytes") { FieldValue($0.memoryBytes) },
        .tableOnly("MEM", isElastic: false, priority: 97, style: { _ in .plain }, text: memory),
        Field("memory_available_bytes") { FieldValue($0.sample?[.memoryAvailable]) },
        Field("memory_host_resident_bytes") { FieldValue($0.sample?[.memoryHostResident]) },
        Field("memory_limit_bytes") { FieldValue($0.memoryLimitBytes) },
        Field("disk_read_bytes") { FieldValue($0.sample?.diskReadBytes) },
        Field("disk_write_bytes") { FieldValue($0.sample?.diskWriteBytes) },
        .tableOnly("DISK R/W", isElastic: false, priority: 95, style: { _ in .plain }) {
            rates($0.diskRead, $0.diskWrite)
        },
        Field("net_rx_bytes") { FieldValue($0.sample?.netRxBytes) },
        Field("net_tx_bytes") { FieldValue($0.sample?.netTxBytes) },
        .tableOnly("NET RX/TX", isElastic: false, priority: 94, style: { _ in .plain }) {
            rates($0.netRx, $0.netTx)
        },
        Field("upper_used_bytes") { FieldValue($0.sample?[.upperUsed]) },
        Field("upper_free_bytes") { FieldValue($0.sample?[.upperFree]) },
        Field("upper_host_allocated_bytes") { FieldValue($0.sample?[.upperHostAllocated]) },
        Field("uptime_secs") {
            FieldValue($0.uptimeMilliseconds.map { Double($0) / 1000 })
        },
        .tableOnly("UPTIME", isElastic: false, priority: 96, style: { _ in .plain }) {
            $0.uptimeMilliseconds.map { Duration.milliseconds($0).compactText } ?? "-"
        },
    ]

    /// The state in microsandbox's words.
    static func state(_ row: LiveRow) -> String {
        switch row.state {
        case .running, .torn: "running"
        case .stalled: "stalled"
        case .crashed, .ended: "exited"
        }
    }

    /// Cores of those that it is given.
    @Sendable static func cpu(_ row: LiveRow) -> String {
        guard let used = row.cpuCentipercent else { return "-" }
        // Hundredths of a core, the sign apart: a hostile slot may hold anything.
        let hundredths = (used / 100).magnitude
        let text =
            "\(hundredths / 100)." + (hundredths % 100 < 10 ? "0" : "") + "\(hundredths % 100)"
        let given = row.cpus.map { $0 == $0.rounded() ? "\(Int64($0))" : "\($0)" }
        return (used < 0 ? "-" : "") + text + (given.map { " / " + $0 } ?? "")
    }

    /// The memory of what it is given.
    @Sendable static func memory(_ row: LiveRow) -> String {
        guard let used = row.memoryBytes else { return "-" }
        return ByteText.format(used)
            + (row.memoryLimitBytes.map { " / " + ByteText.format($0) } ?? "")
    }

    /// Two rates side by side; each may be absent.
    static func rates(_ first: Double?, _ second: Double?) -> String {
        [first, second].map { TopColumn.rate($0) ?? "-" }.joined(separator: " ")
    }
}
