internal import ArgumentParser
internal import HistoryModel
internal import HistoryStore

/// Whose runs are meant.
struct RunFilterOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Only runs of this sandbox, or of those that a pattern fits: 'web-*', '?', '[a-c]*'.",
            valueName: "glob"),
        completion: NameCompletion.sandboxes)
    var sandbox: String?

    @Option(
        name: .customLong("label"),
        help: ArgumentHelp("Only runs with this label; may be repeated.", valueName: "key=value"))
    var labels: [LabelArgument] = []

    /// The runs that are meant, among those alive in `range`.
    func query(range: TimeRange) -> RunQuery {
        RunQuery(sandbox: sandbox, labels: labels.dictionary, range: range)
    }
}
