internal import HistoryModel
internal import HistoryStore
internal import PostMortem

extension FuzzTarget {
    /// What stands on the command line: times, durations, sizes, runs, patterns, names; and how any text
    /// is shown.
    static let text = FuzzTarget("text", byteLimit: 1_024, shortRunCount: 10_000) { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        var isUnderstood = false
        for parse in readings {
            do {
                try parse(text)
                isUnderstood = true
            } catch let error as ValueTextError {
                try Harmless.check(text: "\(error)", of: "an error about a value")
            }
        }
        if let duration = try? Duration(text: text) { try check(duration) }
        if let size = try? ByteText.parse(text) { _ = ByteText.format(size) }
        if let instant = Timestamp(rfc3339: text) {
            let cut = Timestamp(rfc3339: instant.rfc3339)
            try require(cut == instant, "\(instant.rfc3339) is read as another instant")
        }
        try checkShown(text)
        return isUnderstood ? .understood : .refused
    }

    private static let readings: [@Sendable (String) throws -> Void] = [
        readTime, { text in _ = try Duration(text: text) },
        { text in _ = try ByteText.parse(text) },
    ]

    @Sendable private static func readTime(_ text: String) throws {
        let expression = try TimeExpression(text)
        for now in [.min, -1, 0, 1_795_435_200_000, .max] as [Int64] {
            for east in [-86_399, 0, 3_600, 86_399] {
                let instant = expression.instant(
                    now: Timestamp(unixMilliseconds: now), in: .fixed(secondsEast: east))
                _ = instant.rfc3339
                _ = instant.description(in: .fixed(secondsEast: east))
            }
        }
    }

    private static func check(_ duration: Duration) throws {
        _ = duration.milliseconds
        let exact = try Duration(text: "\(duration.nanoseconds)ns")
        try require(
            exact.nanoseconds == duration.nanoseconds, "\(duration) is read as \(exact)")
        try require(!duration.compactText.isEmpty, "a duration without a text")
    }

    private static func checkShown(_ text: String) throws {
        try Harmless.check(text: text.escapedForDisplay, of: "an escaped text")
        try require(!text.escapedForDisplay.contains("\n"), "an escaped text has two lines")
        try Harmless.check(markdown: Markdown.escaped(text), of: "an escaped text in Markdown")
        let html: HTMLText = "\(text)"
        try Harmless.check(markdown: html.markup, of: "an escaped text in HTML")
        let words = text.split(separator: " ").map(String.init)
        try Harmless.check(text: CommandLineText.quoted(words), of: "a quoted command")
        for width in [-1, 0, 1, 7, 80] {
            let cut = text.escapedForDisplay.truncated(toWidth: width)
            let used = cut.reduce(0) { $0 + $1.displayWidth }
            try require(used <= max(0, width) || cut == text, "\(used) columns, not \(width)")
        }
        var near = NearMatches(to: text)
        for name in words.prefix(8) + [text, "web", "team=web"] { near.consider(name) }
        if let question = near.question { try Harmless.check(text: question, of: "a question") }
        _ = RunReference(text)
    }
}
