package import HistoryModel

/// The columns of microsandbox's tables as they were found: pure, so that hostile rows are a unit test.
package struct RunRow {
    package var id: Int64?
    package var sandboxID: Int64?
    package var name: String?
    package var pid: Int64?
    package var status: String?
    package var exitCode: Int64?
    package var exitSignal: Int64?
    package var reason: String?
    package var detail: String?
    package var startedAt: String?
    package var terminatedAt: String?
    package var sandboxStatus: String?
    package var isEphemeral: Int64?
    /// The first of `active_config` and `config` that is there.
    package var config: String?

    /// Words and names longer than this are not those of a status or a reason.
    static let wordLimit = 128
    private static let detailLimit = 4096

    /// What of it could not be taken.
    package struct Complaints {
        /// Whether its sandbox's configuration could not be read.
        package var hasBadConfig: Bool
        var leftOutLabelCount: Int
    }

    /// What it says.
    ///
    /// - Parameter labels: those of its sandbox in `sandbox_labels`, if there is such a table.
    /// - Returns: `nil` if it names no run of a sandbox.
    package func claimed(
        labels: SandboxLabels.Labels?, seenAt: Timestamp
    ) -> (run: ClaimedRun, complaints: Complaints)? {
        guard let id, let sandboxID, let name, !name.isEmpty, name.utf8.count <= 4096 else {
            return nil
        }
        var claim = RunClaim(seenAt: seenAt)
        claim.status = Self.word(status)
        claim.sandboxStatus = Self.word(sandboxStatus)
        claim.exitCode = exitCode.flatMap(Int32.init(exactly:))
        claim.exitSignal = exitSignal.flatMap(Int32.init(exactly:))
        claim.terminationReason = Self.word(reason).map(TerminationReason.init(rawValue:))
        claim.terminationDetail = detail.map { String($0.prefix(Self.detailLimit)) }
        claim.startedAt = startedAt.flatMap(Self.instant)
        claim.terminatedAt = terminatedAt.flatMap(Self.instant)
        claim.isEphemeral = isEphemeral.map { $0 != 0 }
        var run = ClaimedRun(
            externalID: id, sandboxExternalID: sandboxID, sandbox: name, claim: claim)
        run.pid = pid.flatMap(Int32.init(exactly:)).flatMap { $0 > 0 ? $0 : nil }
        let parsed = config.flatMap(SandboxConfig.init)
        // What is rounded to nothing is no limit of nothing.
        run.memoryLimitBytes = parsed?.memoryBytes.flatMap { $0 > 0 ? $0 : nil }
        run.cpuLimitCentipercent = parsed?.cpus.map { Int64(($0 * 10_000).rounded()) }
            .flatMap { $0 > 0 ? $0 : nil }
        // The configuration is where labels come from; their table was once not kept up with it.
        let found = parsed?.labels ?? labels
        run.labels = found?.kept
        return (
            run,
            Complaints(
                hasBadConfig: config != nil && parsed == nil,
                leftOutLabelCount: found?.leftOutCount ?? 0)
        )
    }

    /// The instant that `text` names: UTC, as `2026-11-23 03:12:00.123456`.
    static func instant(_ text: String) -> Timestamp? {
        guard text.utf8.count <= 40 else { return nil }
        return (Timestamp(rfc3339: text) ?? Timestamp(rfc3339: text + "Z"))
            .flatMap { Timestamp(plausible: $0.unixMilliseconds) }
    }

    private static func word(_ text: String?) -> String? {
        text.flatMap { $0.isEmpty || $0.utf8.count > wordLimit ? nil : $0 }
    }
}

extension RunRow {
    /// The row of the run `id`, of which nothing more is known.
    package init(ofRun id: Int64?) { self.init(id: id) }
}
