internal import HistoryModel

/// What the columns of a file mean, by its header.
struct CSVColumns {
    /// What one column holds.
    enum Meaning: Hashable {
        /// Unix seconds.
        case unixSeconds
        /// RFC 3339.
        case instant
        case sandbox
        case runID
        /// How many samples a line sums up.
        case sampleCount
        case intervalMilliseconds
        /// A level, or the average of one.
        case average(Metric)
        /// The maximum of a level.
        case maximum(Metric)
        /// A total.
        case total(Metric)
        case unknown
    }

    let meanings: [Meaning]
    /// The names of columns that mean nothing here.
    let unknown: [String]

    /// - Parameter error: makes an error of a sentence and a field.
    init(
        header names: [String], error: (String, Int?) -> ImportError
    ) throws(ImportError) {
        var meanings: [Meaning] = []
        var unknown: [String] = []
        for (index, name) in names.enumerated() {
            let quoted = "'\(name.escapedForDisplay)'"
            if Self.rates.contains(name) {
                throw error(
                    "column \(quoted) is a rate, from which no total can be made; leave it out "
                        + "(query series --metric …), or give the totals",
                    index)
            }
            let meaning = Self.known[name] ?? .unknown
            if meaning == .unknown {
                if !Self.unneeded.contains(name) { unknown.append(name) }
            } else if meanings.contains(meaning) {
                throw error("column \(quoted) is there twice", index)
            }
            meanings.append(meaning)
        }
        guard meanings.contains(.unixSeconds) || meanings.contains(.instant) else {
            throw error(
                "its first line names no column 'ts' (Unix seconds) or 'at' (RFC 3339), so that no "
                    + "sample has a time",
                nil)
        }
        guard meanings.contains(where: \.isValue) else {
            throw error(
                "its first line names no metric; known are \(Self.metricNames.joined(separator: ", "))",
                nil)
        }
        self.meanings = meanings
        self.unknown = unknown
    }

    /// What a series says of its steps, and an import has no use for.
    private static let unneeded: Set = ["partial"]

    private static let known: [String: Meaning] = {
        var known: [String: Meaning] = [
            "ts": .unixSeconds, "at": .instant, "sandbox": .sandbox, "run_id": .runID,
            "sample_count": .sampleCount, "interval_ms": .intervalMilliseconds,
            "step_ms": .intervalMilliseconds,
            "cpu_percent": .average(.cpu), "cpu_percent_max": .maximum(.cpu),
            "cpu_time_ns": .total(.cpuTime),
        ]
        for metric in Metric.gauges where metric != .cpu {
            known["\(metric.rawValue)_bytes"] = .average(metric)
            known["\(metric.rawValue)_max_bytes"] = .maximum(metric)
        }
        for metric in Metric.counters where metric != .cpuTime {
            known["\(metric.rawValue)_bytes"] = .total(metric)
        }
        return known
    }()

    private static let rates = Set(
        Metric.counters.map {
            $0 == .cpuTime ? "cpu_time_ns_per_second" : "\($0.rawValue)_bytes_per_second"
        })

    private static let metricNames = Metric.allCases.map { metric in
        switch metric {
        case .cpu: "cpu_percent"
        case .cpuTime: "cpu_time_ns"
        default: metric.rawValue + "_bytes"
        }
    }
}

extension CSVColumns.Meaning {
    fileprivate var isValue: Bool {
        switch self {
        case .average, .maximum, .total: true
        default: false
        }
    }
}
