import HistoryModel

/// A moment of a run's end: a sample with rates, or an interval where samples were not kept.
struct Moment: Hashable, Sendable {
    /// When it was, or began.
    var from: Timestamp
    /// When it was, or the last sample of an interval.
    var at: Timestamp
    /// Up to when it speaks: an interval to its end, unless data is missing from its last sample on.
    var until: Timestamp
    /// CPU in hundredths of a percent.
    var cpu: Double?
    /// Memory in bytes.
    var memory: Double?
    /// Bytes read and written to storage, per second.
    var disk: Double?
    /// Bytes received and sent, per second.
    var net: Double?

    /// Whether it neither read nor wrote, as far as that was measured. Without a figure of the disk
    /// nobody knows.
    var isSilent: Bool {
        guard let disk else { return false }
        return disk < Threshold.noTraffic && net ?? 0 < Threshold.noTraffic
    }
}

extension CaseFile {
    /// The end of the run, finest first: its samples, else its last intervals.
    var ending: [Moment] {
        guard moments.isEmpty else { return Self.moments(of: moments) }
        return recent.map(Self.moments(of:)) ?? []
    }

    /// Where ``ending`` comes from, for evidence.
    var endingSource: String { moments.isEmpty ? "recorded intervals" : "final moments" }

    /// The whole run, step by step.
    var course: [Moment] { Self.moments(of: history) }

    private static func moments(of samples: [Sample]) -> [Moment] {
        samples.indices.map { index in
            let sample = samples[index]
            let before = index > 0 ? samples[index - 1] : nil
            var moment = Moment(
                from: before?.at ?? sample.at, at: sample.at, until: sample.at)
            moment.cpu = sample.cpuCentipercent.map(Double.init)
            moment.memory = sample.memoryBytes.map(Double.init)
            guard let before else { return moment }
            func rate(_ metric: Metric) -> Double? {
                let elapsed = sample.at.milliseconds(since: before.at)
                guard elapsed > 0, let last = sample[metric], let first = before[metric],
                    last >= first
                else { return nil }
                return (Double(last) - Double(first)) / Double(elapsed) * 1_000
            }
            moment.disk = sum(rate(.diskRead), rate(.diskWrite))
            moment.net = sum(rate(.netRx), rate(.netTx))
            return moment
        }
    }

    private static func moments(of series: Series) -> [Moment] {
        guard series.columns == columns else { return [] }
        let gapStarts = Set(series.gaps.map(\.from))
        return series.points.map { point in
            let end = point.at.advanced(byMilliseconds: max(0, point.milliseconds))
            let at = max(point.at, min(end, point.lastAt))
            // A run may end within its last step.
            let reach = min(end, series.run.terminatedAt ?? end)
            var moment = Moment(
                from: point.at, at: at,
                until: gapStarts.contains(point.lastAt) ? at : max(at, reach))
            func value(_ index: Int) -> Double? {
                point.values[index].flatMap { $0.isFinite ? $0 : nil }
            }
            moment.cpu = value(0)
            moment.memory = value(3)
            moment.disk = sum(value(4), value(5))
            moment.net = sum(value(6), value(7))
            return moment
        }
    }

    static func sum(_ one: Double?, _ other: Double?) -> Double? {
        guard let one, let other else { return one ?? other }
        return one + other
    }

    /// The events of `kind`.
    func events(_ kind: LifecycleEvent.Kind) -> [LifecycleEvent] {
        events.filter { $0.kind == kind }
    }

    /// How long the run took, or has taken; never negative.
    var length: Int64 {
        max(0, run.duration?.milliseconds ?? end.milliseconds(since: run.startedAt))
    }

    /// Whether it ended in a way that nobody wished for.
    var hasFailed: Bool {
        run.exitSignal != nil || run.exitCode.map { $0 != 0 } ?? false
    }

    /// The last memory that is known, and when.
    var lastMemory: (bytes: Double, at: Timestamp)? {
        (ending.last { $0.memory != nil } ?? course.last { $0.memory != nil })
            .flatMap { moment in moment.memory.map { ($0, moment.at) } }
    }

    /// The highest memory that is known of the whole run: sampled over the tree, or the kernel's peak of
    /// its largest process.
    var peakMemory: Double? {
        [run.usage.memoryPeakBytes, run.usage.memoryMaxBytes].compactMap { $0.map(Double.init) }
            .max() ?? course.compactMap(\.memory).max()
    }
}

extension Sequence<Double> {
    /// The middle value; `nil` without any.
    var median: Double? {
        let sorted = self.sorted()
        guard !sorted.isEmpty else { return nil }
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}

extension Int64 {
    /// The whole part of `value`, held at the ends of the range; 0 of what is no number.
    init(held value: Double) {
        if value.isNaN {
            self = 0
        } else {
            // 2^63 itself is no Int64.
            self = value >= 0x1p63 ? .max : value <= -0x1p63 ? .min : Int64(value)
        }
    }
}
