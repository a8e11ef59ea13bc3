internal import HistoryModel
internal import Microsandbox

extension FuzzTarget {
    /// The JSON of a sandbox's configuration, and the other columns of a run's row.
    static let sandboxConfig = FuzzTarget(
        "sandbox-config", byteLimit: 4_096, shortRunCount: 2_000
    ) { bytes in
        let config = String(decoding: bytes, as: UTF8.self)
        if let config = SandboxConfig(config) {
            try require(config.cpus.map { $0 > 0 && $0.isFinite } ?? true, "no count of CPUs")
            try require(config.memoryBytes.map { $0 >= 0 } ?? true, "memory below 0")
        }
        // The same bytes as the values of a row.
        var source = ByteSource(bytes)
        var row = RunRow(ofRun: source.integer())
        row.sandboxID = source.integer()
        row.name = source.text()
        row.pid = source.integer()
        row.status = source.text()
        row.exitCode = source.integer()
        row.exitSignal = source.integer()
        row.reason = source.text()
        row.startedAt = source.text()
        row.terminatedAt = source.text()
        row.isEphemeral = source.integer()
        row.detail = source.text()
        row.config = config
        let found = row.claimed(
            labels: nil, seenAt: Timestamp(unixMilliseconds: 1_795_435_200_000))
        guard let (run, complaints) = found else { return .refused }
        try require((run.pid ?? 1) > 0, "no pid")
        try require((run.memoryLimitBytes ?? 1) > 0, "a limit of nothing")
        return complaints.hasBadConfig ? .refused : .understood
    }

    /// The file `msb.db`.
    static let msbDatabase = FuzzTarget("msb-db", byteLimit: 65_536, shortRunCount: 500) { bytes in
        try file.replace(by: bytes)
        var catalog = MicrosandboxCatalog(of: MicrosandboxHome(path: file.directory))
        switch catalog.poll(now: Timestamp(unixMilliseconds: 1_795_435_200_000)) {
        case .changed(let reading):
            for run in reading.runs { _ = run.claim.startedAt?.rfc3339 }
            return reading.runs.isEmpty ? .refused : .understood
        case .unreadable(let error):
            try Harmless.check(text: "\(error)", of: "an error about msb.db")
            return .refused
        case .unchanged, .missing, .busy: return .refused
        }
    }

    private static let file = ScratchFile("db/msb.db")
}
