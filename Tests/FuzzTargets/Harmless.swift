internal import HistoryModel

/// Rules for what is shown to people, whatever it was made from.
enum Harmless {
    /// No control character but the line's end, nothing that turns text round or hides it.
    static func check(text: String, of what: String) throws {
        for scalar in text.unicodeScalars where scalar != "\n" && scalar.isUnsafeToDisplay {
            throw FuzzFailure("\(what) shows U+\(String(scalar.value, radix: 16))")
        }
    }

    /// Nor markup that a viewer would obey.
    static func check(markdown: String, of what: String) throws {
        try check(text: markdown, of: what)
        try require(!markdown.contains("<"), "\(what) lets a < through")
    }

    /// A page of our own: as many elements of scripts as it has of itself.
    static func check(page: String, scripts: Int, of what: String) throws {
        try check(text: page, of: what)
        let count =
            page.lowercased().split(separator: "<script", omittingEmptySubsequences: false)
            .count - 1
        try require(count <= scripts, "\(what) has \(count) scripts")
    }
}
