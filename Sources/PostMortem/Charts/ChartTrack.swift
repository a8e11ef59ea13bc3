public import HistoryModel

/// What was measured over time: steps, and values of each of them.
///
/// Charts below one another usually share one track. Where two runs are compared, each is a track of
/// its own.
public struct ChartTrack: Sendable {
    /// A stretch for which there are values.
    public struct Step: Hashable, Sendable {
        /// Where it begins.
        public var from: Timestamp
        /// Where its values are drawn: the middle, or the instant of a sample.
        public var at: Timestamp
        /// Where it ends.
        public var to: Timestamp

        /// The stretch from `from` to `to`.
        public init(from: Timestamp, at: Timestamp? = nil, to: Timestamp) {
            self.from = from
            self.to = max(from, to)
            self.at =
                at ?? from.advanced(byMilliseconds: self.to.milliseconds(since: from) / 2)
        }
    }

    /// A stretch without values, and why.
    public struct Gap: Hashable, Sendable {
        /// Where it begins.
        public var from: Timestamp
        /// Where it ends.
        public var to: Timestamp
        /// Why there is nothing, in a word or two.
        public var reason: String

        /// The stretch from `from` to `to`.
        public init(from: Timestamp, to: Timestamp, reason: String) {
            self.from = from
            self.to = max(from, to)
            self.reason = reason
        }
    }

    /// What it is of, where there are several.
    public var name: String?
    /// The stretches with values, in order of time.
    public var steps: [Step]
    /// The stretches without, in order of time.
    public var gaps: [Gap]
    /// Whether the steps are instants, told to the millisecond.
    public var isOfSamples = false

    /// A track of these steps and gaps.
    public init(_ name: String? = nil, steps: [Step], gaps: [Gap]) {
        self.name = name
        self.steps = steps
        self.gaps = gaps
    }

    /// Whether nothing is missing between the steps at `index` and before it, so that a line may join
    /// them.
    func joins(_ index: Int) -> Bool {
        guard index > 0 else { return false }
        let (before, here) = (steps[index - 1], steps[index])
        guard here.from <= before.to.advanced(byMilliseconds: 1) else { return false }
        // A gap may be shorter than a step; it is told, but the line goes on within it.
        return !gaps.contains { $0.from >= before.at && $0.to <= here.at && $0.from < $0.to }
    }
}

extension ChartTrack {
    /// The steps and gaps of a series.
    public init(of series: Series) {
        self.init(
            steps: series.points.map { point in
                let end = point.at.advanced(byMilliseconds: point.milliseconds)
                // What is not over yet reaches to its last sample.
                return Step(
                    from: point.at,
                    to: point.isPartial ? max(point.at, min(end, point.lastAt)) : end)
            }, gaps: Self.gaps(of: series))
    }

    private static func gaps(of series: Series) -> [Gap] {
        // Many short ones that touch look like one, and a page has to end.
        let length = max(
            1,
            (series.gaps.last?.to ?? series.run.startedAt).milliseconds(since: series.run.startedAt)
        )
        var gaps: [Gap] = []
        // What is far shorter than a step cannot be seen; the step's average is of the rest of it.
        let least = (series.stepMilliseconds ?? 0) / 2
        for gap in series.gaps where gap.to.milliseconds(since: gap.from) >= least {
            if let last = gaps.last, last.reason == gap.reason.rawValue,
                gap.from.milliseconds(since: last.to) < length / 1000
            {
                gaps[gaps.count - 1].to = max(last.to, gap.to)
            } else {
                gaps.append(Gap(from: gap.from, to: gap.to, reason: gap.reason.rawValue))
            }
        }
        return gaps
    }

    /// The samples, each as it was taken; between those that are much further from each other than
    /// most, nothing is drawn.
    public init(of samples: [Sample], gaps known: [Gap]) {
        let distances = zip(samples, samples.dropFirst()).map {
            $1.at.milliseconds(since: $0.at)
        }
        let median = distances.sorted().dropFirst(distances.count / 2).first ?? 1000
        // Whatever a damaged catalog says: a multiple of it has to be a number.
        let usual = min(max(median, 1), 1 << 40)
        let most = max(3 * usual, usual + 2000)
        var gaps: [Gap] = []
        var steps: [Step] = []
        for (index, sample) in samples.enumerated() {
            var from = sample.at
            var to = sample.at
            if index > 0 {
                let distance = distances[index - 1]
                if distance <= most {
                    from = samples[index - 1].at.advanced(byMilliseconds: (distance + 1) / 2)
                } else {
                    gaps.append(
                        Self.gap(from: samples[index - 1].at, to: sample.at, of: known))
                }
            }
            if index < distances.count, distances[index] <= most {
                to = sample.at.advanced(byMilliseconds: (distances[index] + 1) / 2)
            }
            steps.append(Step(from: min(from, sample.at), at: sample.at, to: to))
        }
        self.init(steps: steps, gaps: gaps)
        isOfSamples = true
    }

    private static func gap(from: Timestamp, to: Timestamp, of known: [Gap]) -> Gap {
        let reason = known.first { $0.from < to && from < $0.to }?.reason
        return Gap(from: from, to: to, reason: reason ?? Series.Gap.Reason.notSampled.rawValue)
    }
}
