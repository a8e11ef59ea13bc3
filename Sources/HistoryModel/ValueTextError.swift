/// A text that was to be a time, a duration or a size and is none.
///
/// ```swift
/// try Duration(text: "ten")
/// // "ten" is no duration: give a number with its unit, such as 200ms, 90s, 10m, 3d2h or 1w.
/// ```
public struct ValueTextError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What the text was to be.
    public enum Wanted: Hashable, Sendable {
        /// An instant: `--since`, `--until`.
        case time
        /// A length of time: `--interval`.
        case duration
        /// A number of bytes: `--max-size`.
        case size
    }

    /// What is wrong with it.
    public enum Problem: Hashable, Sendable {
        /// It has none of the forms that are understood.
        case unknownForm
        /// It has the form of one, and more than varve can count.
        case outOfRange
    }

    /// The text as it was given.
    public let text: String
    /// What it was to be.
    public let wanted: Wanted
    /// What is wrong with it.
    public let problem: Problem

    /// The error about `text`.
    public init(text: String, wanted: Wanted, problem: Problem) {
        self.text = text
        self.wanted = wanted
        self.problem = problem
    }

    /// What was given, what is wrong with it, and what is understood.
    public var description: String {
        let shown = "\"\(text.escapedForDisplay.truncated(toWidth: 60))\""
        return switch (problem, wanted) {
        case (.unknownForm, .time):
            "\(shown) is no time: give how long ago (90s, 2h, 3d2h), now, today, yesterday, "
                + "a local time (03:12, 2026-11-23, 2026-11-23T03:12), "
                + "a time with its zone (2026-11-23T03:12:00Z) or Unix seconds (@1795435200)."
        case (.unknownForm, .duration):
            "\(shown) is no duration: "
                + "give a number with its unit, such as 200ms, 90s, 10m, 3d2h or 1w."
        case (.unknownForm, .size):
            "\(shown) is no size: give bytes, such as 4096, 512M, 1.5GiB (by 1024) or 1GB (by 1000)."
        case (.outOfRange, .time):
            "\(shown) is a time outside the years 0000 to 9999: give one within them."
        case (.outOfRange, .duration):
            "\(shown) is longer than varve can count: give at most 292 years (106751d)."
        case (.outOfRange, .size):
            "\(shown) is larger than varve can count: give at most 9223372036854775807 bytes."
        }
    }
}
