internal import ArgumentParser
internal import HistoryModel

/// Which stretch of time is meant.
struct WindowOptions: ParsableArguments {
    @Option(
        name: [.customShort("b"), .customLong("since")],
        help: ArgumentHelp(
            "From when on: 2h (ago), 3d2h, yesterday, 03:12, 2026-11-23T03:12:00Z, @1795435200.",
            valueName: "time"))
    var since: String?

    @Option(
        name: [.customShort("e"), .customLong("until")],
        help: ArgumentHelp("Up to when, written likewise.", valueName: "time"))
    var until: String?

    /// The stretch that is meant.
    func range(now: Timestamp = .now()) throws -> TimeRange {
        func instant(_ text: String?) throws -> Timestamp? {
            guard let text else { return nil }
            do {
                return try TimeExpression(text).instant(now: now)
            } catch {
                throw ValidationError("\(error)")
            }
        }
        let range = TimeRange(from: try instant(since), until: try instant(until))
        if let start = range.start, let end = range.end, start >= end {
            throw ValidationError(
                "--since (\(start.rfc3339)) must lie before --until (\(end.rfc3339))")
        }
        return range
    }
}
