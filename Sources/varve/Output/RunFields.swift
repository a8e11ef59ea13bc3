import HistoryModel

/// What is printed of a run. The priorities say what is left out of a narrow terminal last.
enum RunFields {
    static let all: [Field<Run>] = identity + ending + usage

    /// Those of `runs`: where they are of several homes of microsandbox, in which the same names and ids
    /// come again, the table says of which each is.
    static func of(_ runs: [Run]) -> [Field<Run>] {
        @Sendable func home(_ run: Run) -> String? {
            run.source.kind == .microsandbox ? run.source.home : nil
        }
        guard Set(runs.lazy.compactMap(home)).count > 1 else { return all }
        let home = Field<Run>.tableOnly("HOME", priority: 98) { home($0) ?? FieldDisplay.absent }
        return Array(all.prefix(2)) + [home] + all.dropFirst(2)
    }

    private static let identity: [Field<Run>] = [
        Field("run_id", heading: "RUN", alignment: .right, priority: 100) {
            FieldValue($0.id.rawValue)
        },
        Field("sandbox", heading: "SANDBOX", priority: 99) { FieldValue($0.sandbox) },
        Field("labels") { FieldValue(labels: $0.labels) },
        Field("source") { source(of: $0) },
        Field("external_id") { FieldValue($0.externalID) },
        Field("pid") { FieldValue($0.pid) },
        Field("command") { run in
            run.command.map { .list($0.map(FieldValue.text)) } ?? .null
        },
    ]

    private static let ending: [Field<Run>] = [
        .tableOnly("ENDED", isElastic: false, priority: 98, style: endStyle, text: endText),
        Field("status") { .text($0.status.rawValue) },
        Field("exit_code") { FieldValue($0.exitCode) },
        Field("exit_signal") { FieldValue($0.exitSignal.map(SignalName.name(of:))) },
        Field("core_dumped") { FieldValue($0.coreDumped) },
        Field("exit_known_by") { FieldValue($0.exitKnownBy?.rawValue) },
        Field("termination_reason", heading: "REASON", isElastic: false, priority: 93) {
            FieldValue($0.terminationReason?.rawValue)
        },
        Field("termination_detail") { FieldValue($0.terminationDetail) },
        Field("started_at", heading: "STARTED", isElastic: false, priority: 95) {
            .time($0.startedAt)
        },
        Field("terminated_at") { FieldValue($0.terminatedAt) },
        Field("source_says") { claim(of: $0) },
        Field("duration_ms", heading: "DURATION", as: .milliseconds, priority: 97) {
            FieldValue($0.duration?.milliseconds)
        },
    ]

    private static let usage: [Field<Run>] = [
        Field("cpu_time_ns", heading: "CPU TIME", as: .nanoseconds, priority: 94) {
            FieldValue($0.usage.cpuTimeNanoseconds)
        },
        Field("cpu_percent_avg", heading: "CPU AVG", as: .percent, priority: 91) {
            FieldValue(averageCPU(of: $0))
        },
        Field("cpu_percent_max", heading: "CPU MAX", as: .percent, priority: 92) {
            FieldValue($0.usage.cpuMaxCentipercent.map { Double($0) / 100 })
        },
        Field("memory_peak_bytes", heading: "MEM PEAK", as: .bytes, priority: 96) {
            FieldValue($0.usage.memoryPeakBytes)
        },
        Field("memory_peak_percent", heading: "% LIMIT", as: .percent, priority: 90) {
            FieldValue(percentOfLimit(of: $0))
        },
        Field("memory_tree_max_bytes") { FieldValue($0.usage.memoryMaxBytes) },
        Field("memory_limit_bytes") { FieldValue($0.memoryLimitBytes) },
        Field("memory_limit_kind") { FieldValue($0.memoryLimitKind?.rawValue) },
        Field("cpu_limit_percent") {
            FieldValue($0.cpuLimitCentipercent.map { Double($0) / 100 })
        },
        Field("cpu_throttled_ms") { FieldValue($0.cpuThrottledNanoseconds.map { $0 / 1_000_000 }) },
        Field("disk_read_bytes", heading: "DISK R", as: .bytes) {
            FieldValue($0.usage.diskReadBytes)
        },
        Field("disk_write_bytes", heading: "DISK W", as: .bytes) {
            FieldValue($0.usage.diskWriteBytes)
        },
        Field("net_rx_bytes", heading: "NET RX", as: .bytes) { FieldValue($0.usage.netRxBytes) },
        Field("net_tx_bytes", heading: "NET TX", as: .bytes) { FieldValue($0.usage.netTxBytes) },
        Field("sample_count") { FieldValue($0.usage.sampleCount) },
    ]

    /// CPU time over duration, in percent of one core; `nil` where either is not known.
    private static func averageCPU(of run: Run) -> Double? {
        guard let time = run.usage.cpuTimeNanoseconds,
            let duration = run.duration?.nanoseconds, duration > 0
        else { return nil }
        return Double(time) / Double(duration) * 100
    }

    /// The peak memory in percent of the limit; `nil` without a limit.
    private static func percentOfLimit(of run: Run) -> Double? {
        guard let peak = run.usage.memoryPeakBytes, let limit = run.memoryLimitBytes, limit > 0
        else { return nil }
        return Double(peak) / Double(limit) * 100
    }

    @Sendable private static func endText(_ run: Run) -> String {
        run.status == .running ? "running" : run.endText
    }

    /// Where a run was recorded from.
    static func source(of run: Run) -> FieldValue {
        .object([
            .init("kind", .text(run.source.kind.rawValue)),
            .init("registry", .text(run.source.name)),
            .init("home", FieldValue(run.source.home)),
            .init("host", .text(run.source.host.name)),
        ])
    }

    /// What the run's source says of its end, where that was read.
    private static func claim(of run: Run) -> FieldValue {
        guard let claim = run.claim else { return .null }
        return .object([
            .init("status", FieldValue(claim.status)),
            .init("sandbox_status", FieldValue(claim.sandboxStatus)),
            .init("exit_code", FieldValue(claim.exitCode)),
            .init("exit_signal", FieldValue(claim.exitSignal.map(SignalName.name(of:)))),
            .init("termination_reason", FieldValue(claim.terminationReason?.rawValue)),
            .init("termination_detail", FieldValue(claim.terminationDetail)),
            .init("started_at", FieldValue(claim.startedAt)),
            .init("terminated_at", FieldValue(claim.terminatedAt)),
            .init("seen_at", .time(claim.seenAt)),
            .init("gone_at", FieldValue(claim.goneAt)),
        ])
    }

    @Sendable private static func endStyle(_ run: Run) -> TextStyle {
        if run.status == .running { return .good }
        if run.exitCode == 0 { return .plain }
        return run.exitCode == nil && run.exitSignal == nil ? .warning : .bad
    }
}

extension Run {
    /// How it ended, in a word or two.
    var endText: String {
        if let signal = exitSignal { return SignalName.name(of: signal) }
        if let code = exitCode { return "exit \(code)" }
        return "unknown"
    }
}
