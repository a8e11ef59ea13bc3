internal import ArgumentParser
internal import HistoryModel

/// Statistics on the command line: `avg,max`, or any of them.
struct StatisticsArgument: ExpressibleByArgument {
    /// What is meant, in the order that was given.
    let statistics: [Statistic]

    init?(argument: String) {
        var statistics: [Statistic] = []
        for word in argument.split(separator: ",", omittingEmptySubsequences: false) {
            guard let statistic = Statistic(rawValue: word.lowercased()) else { return nil }
            if !statistics.contains(statistic) { statistics.append(statistic) }
        }
        self.statistics = statistics
    }

    static var allValueStrings: [String] { Statistic.allCases.map(\.rawValue) }
}

/// The length of steps on the command line: a duration, `auto` or `recorded`.
enum StepArgument: ExpressibleByArgument {
    case automatic
    case recorded
    case fixed(Duration)

    init?(argument: String) {
        switch argument {
        case "auto": self = .automatic
        case "recorded": self = .recorded
        default:
            guard let duration = try? Duration(text: argument), duration >= .milliseconds(1) else {
                return nil
            }
            self = .fixed(duration)
        }
    }

    var defaultValueDescription: String { "auto" }

    static var allValueStrings: [String] { ["auto", "recorded"] }
    static var defaultCompletionKind: CompletionKind {
        .list(["auto", "recorded", "10s", "1m", "5m", "15m", "1h", "1d"])
    }
}
