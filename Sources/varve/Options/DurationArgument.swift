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
