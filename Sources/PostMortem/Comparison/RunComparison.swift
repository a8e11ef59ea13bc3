internal import HistoryModel

/// Two runs side by side, each from its own start.
///
/// ```swift
/// let comparison = RunComparison(PostMortem(of: yesterday), PostMortem(of: today))
/// print(comparison.sentence)  // "The second took 2.4 times as long and 1.8 GiB more memory; …"
/// ```
public struct RunComparison: Sendable {
    /// The one that the other is compared with.
    public var first: PostMortem
    /// The other.
    public var second: PostMortem
    /// What is known of both, or of one.
    public var figures: [ComparedFigure]

    /// Compares `second` with `first`.
    public init(_ first: PostMortem, _ second: PostMortem) {
        self.first = first
        self.second = second
        figures = Self.figures(first.caseFile, second.caseFile)
            .filter { $0.first != nil || $0.second != nil }
    }

    var runs: [PostMortem] { [first, second] }

    private static func figures(_ one: CaseFile, _ other: CaseFile) -> [ComparedFigure] {
        let bytes = Threshold.differentBytes
        let traffic = Threshold.differentTraffic
        func figure(
            _ key: String, _ name: String, in unit: ComparedFigure.Unit, least: Int64,
            share: Double = Threshold.differentShare, _ value: (CaseFile) -> Int64?
        ) -> ComparedFigure {
            ComparedFigure(
                key, name, in: unit, value(one), value(other), least: least, share: share)
        }
        func used(
            _ key: String, _ name: String, in unit: ComparedFigure.Unit, least: Int64,
            _ path: KeyPath<RunUsage, Int64?>
        ) -> ComparedFigure {
            figure(key, name, in: unit, least: least) { $0.run.usage[keyPath: path] }
        }
        return [
            figure(
                "duration_ms", "duration", in: .milliseconds,
                least: Threshold.differentMilliseconds
            ) { $0.length },
            used(
                "cpu_time_ns", "CPU time", in: .nanoseconds, least: Threshold.differentCPUTime,
                \.cpuTimeNanoseconds),
            figure(
                "cpu_percent_avg", "CPU average", in: .centipercent,
                least: Threshold.differentCPU
            ) { $0.averageCPU },
            used(
                "cpu_percent_max", "CPU highest", in: .centipercent,
                least: Threshold.differentCPU, \.cpuMaxCentipercent),
            figure("memory_max_bytes", "memory peak", in: .bytes, least: bytes) {
                $0.peakMemory.map { Int64(held: $0) }
            },
            figure("memory_limit_bytes", "memory limit", in: .bytes, least: 1, share: 0) {
                $0.run.memoryLimitBytes
            },
            figure(
                "memory_limit_percent", "peak of the limit", in: .centipercent,
                least: Threshold.differentLimitShare
            ) { $0.shareOfLimit },
            used("disk_read_bytes", "disk read", in: .bytes, least: traffic, \.diskReadBytes),
            used(
                "disk_write_bytes", "disk written", in: .bytes, least: traffic, \.diskWriteBytes),
            used("net_rx_bytes", "net received", in: .bytes, least: traffic, \.netRxBytes),
            used("net_tx_bytes", "net sent", in: .bytes, least: traffic, \.netTxBytes),
            used("sample_count", "samples", in: .count, least: .max, \.sampleCount),
            figure("gap_count", "gaps", in: .count, least: 1, share: 0) {
                Int64($0.history.gaps.count)
            },
            figure(
                "gap_ms", "without data", in: .milliseconds,
                least: Threshold.differentMilliseconds
            ) { $0.gapLength },
            figure("event_count", "events", in: .count, least: .max) { Int64($0.events.count) },
        ]
    }

    /// The figure `key`, if it differs by more than noise.
    func difference(_ key: String) -> ComparedFigure? {
        figures.first { $0.key == key && $0.isDifferent }
    }
}

extension CaseFile {
    /// CPU time over the time it took, in hundredths of a percent of a core.
    fileprivate var averageCPU: Int64? {
        guard let time = run.usage.cpuTimeNanoseconds, time >= 0, length > 0 else { return nil }
        return Int64(held: (Double(time) / (Double(length) * 1e6) * 10_000).rounded())
    }

    /// The peak over the limit, in hundredths of a percent.
    fileprivate var shareOfLimit: Int64? {
        guard let limit = run.memoryLimitBytes, limit > 0, let peak = peakMemory else {
            return nil
        }
        return Int64(held: (peak / Double(limit) * 10_000).rounded())
    }

    private var gapLengths: [Int64] {
        history.gaps.map { max(0, $0.to.milliseconds(since: $0.from)) }
    }

    fileprivate var gapLength: Int64 {
        gapLengths.reduce(0) { sum, length in
            let (sum, overflow) = sum.addingReportingOverflow(length)
            return overflow ? .max : sum
        }
    }
}
