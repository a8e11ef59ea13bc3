internal import ArgumentParser
internal import HistoryModel

/// A duration on the command line: `200ms`, `10s`, `3d2h`.
struct DurationArgument: ExpressibleByArgument {
    /// What was meant.
    let duration: Duration
    private let text: String

    init(_ duration: Duration, text: String) {
        self.duration = duration
        self.text = text
    }

    init?(argument: String) {
        guard let duration = try? Duration(text: argument), duration > .zero else { return nil }
        self.init(duration, text: argument)
    }

    var defaultValueDescription: String { text }
}

/// How much of the end of a run is kept: a duration, or 0.
struct MomentsArgument: ExpressibleByArgument {
    /// What was meant; zero for nothing.
    let duration: Duration
    private let text: String

    /// Two minutes.
    static let standard = MomentsArgument(duration: .seconds(120), text: "120s")

    private init(duration: Duration, text: String) {
        self.duration = duration
        self.text = text
    }

    init?(argument: String) {
        if argument == "0" {
            self.init(duration: .zero, text: argument)
        } else if let duration = try? Duration(text: argument), duration >= .zero {
            self.init(duration: duration, text: argument)
        } else {
            return nil
        }
    }

    var defaultValueDescription: String { text }
}
