internal import HistoryModel

extension LiveSubject {
    /// What is printed of a row by `varve top`: when it was read, and all that is known of it.
    var liveFields: [Field<LiveRow>] {
        switch self {
        case .registry: Self.registryFields
        case .microsandbox: [Self.readAt] + sandboxFields
        }
    }

    /// What is printed of a sandbox of microsandbox.
    var sandboxFields: [Field<LiveRow>] {
        MicrosandboxText.fields(ofSeveralHomes: isOfSeveralHomes)
    }

    /// The key of the JSON list.
    var listName: String {
        switch self {
        case .registry: "slots"
        case .microsandbox: "sandboxes"
        }
    }

    private static let readAt = Field<LiveRow>("at") { .time($0.readAt) }

    private static let registryFields: [Field<LiveRow>] = [
        readAt,
        Field("slot") { FieldValue($0.slot) },
        Field("run_id", heading: "RUN", alignment: .right) { FieldValue($0.runID) },
        Field("sandbox", heading: "SANDBOX") { FieldValue($0.sandbox) },
        Field("state", heading: "STATE", isElastic: false) { .text($0.state.rawValue) },
        Field("pid", heading: "PID", alignment: .right) { FieldValue($0.pid) },
        Field("started_at") { FieldValue($0.startedAt) },
        Field("uptime_ms", heading: "UPTIME", as: .milliseconds) {
            FieldValue($0.uptimeMilliseconds)
        },
        Field("cpu_percent", heading: "CPU", as: .percent) {
            FieldValue($0.cpuCentipercent.map { Double($0) / 100 })
        },
        Field("memory_bytes", heading: "MEMORY", as: .bytes) { FieldValue($0.memoryBytes) },
        Field("memory_limit_bytes", heading: "LIMIT", as: .bytes) {
            FieldValue($0.memoryLimitBytes)
        },
        rate(.diskRead) { $0.diskRead }, rate(.diskWrite) { $0.diskWrite },
        rate(.netRx) { $0.netRx }, rate(.netTx) { $0.netTx },
        Field("sampled_at") { FieldValue($0.sampledAt) },
        Field("sample_age_ms", heading: "AGE", as: .milliseconds) {
            FieldValue($0.ageMilliseconds)
        },
    ]

    private static func rate(
        _ metric: Metric, _ value: @escaping @Sendable (LiveRow) -> Double?
    ) -> Field<LiveRow> {
        let key = Series.Column(metric, .avg).key
        return Field(key, heading: metric.heading, as: .bytesPerSecond, alignment: .right) {
            FieldValue(value($0))
        }
    }
}
