internal import ArgumentParser
internal import HistoryModel

/// How long something is kept: `14d`, `400d`, `forever`.
struct KeepArgument: ExpressibleByArgument, Hashable {
    /// `nil` is for ever.
    let duration: Duration?

    init?(argument: String) {
        if argument == "forever" {
            duration = nil
        } else {
            guard let duration = try? Duration(text: argument), duration >= .zero else {
                return nil
            }
            self.duration = duration
        }
    }
}

/// How large something may be: `2GiB`, `unlimited`.
struct SizeLimitArgument: ExpressibleByArgument, Hashable {
    /// `nil` is without limit.
    let bytes: Int64?

    init?(argument: String) {
        if argument == "unlimited" {
            bytes = nil
        } else {
            guard let bytes = try? ByteText.parse(argument) else { return nil }
            self.bytes = bytes
        }
    }
}

/// What the catalog should keep, where that is said.
struct RetentionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How long the intervals of a run are kept: 14d, forever.", valueName: "duration"))
    var keepDetail: KeepArgument?

    @Option(
        help: ArgumentHelp(
            "How long hourly summaries and final moments are kept: 400d, forever.",
            valueName: "duration"))
    var keepSummaries: KeepArgument?

    @Option(
        help: ArgumentHelp(
            "How large the catalog's file may be: 2GiB, unlimited.", valueName: "size"))
    var maxSize: SizeLimitArgument?

    /// Whether anything was said.
    var isGiven: Bool { keepDetail != nil || keepSummaries != nil || maxSize != nil }

    /// `retention` with what was said in place of its own.
    func applied(to retention: Retention) -> Retention {
        var retention = retention
        if let keepDetail { retention.keepDetail = keepDetail.duration }
        if let keepSummaries { retention.keepSummaries = keepSummaries.duration }
        if let maxSize { retention.maxSizeBytes = maxSize.bytes }
        return retention
    }
}
