import HistoryModel

/// The line of a statement that has a fault, with a mark under it.
///
/// ```
///   1 | SELECT cpu_maximum FROM interval
///     |        ^
/// ```
struct StatementExcerpt {
    /// The lines to print; everything is escaped.
    let text: String

    /// The excerpt of `statement` around the byte at `offset`, of long lines so much that it takes about
    /// `width` columns.
    init(of statement: String, at offset: Int, width: Int) {
        let bytes = Array(statement.utf8)
        let place = max(0, min(offset, bytes.count))
        let newline = UInt8(ascii: "\n")
        let number = bytes[..<place].count { $0 == newline } + 1
        let start = bytes[..<place].lastIndex(of: newline).map { $0 + 1 } ?? 0
        let end = bytes[place...].firstIndex(of: newline) ?? bytes.count
        var before = Self.shown(bytes[start..<place])
        var after = Self.shown(bytes[place..<end])
        let margin = "  \(number) | "
        let reach = max(12, (width - margin.count) / 2 - 1)
        if before.count > reach { before = "…" + before.suffix(reach) }
        if after.count > reach { after = after.prefix(reach) + "…" }
        let blank = String(repeating: " ", count: margin.count - 2) + "| "
        text = """
            \(margin)\(before)\(after)
            \(blank)\(String(repeating: " ", count: before.displayWidth))^

            """
    }

    private static func shown(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes, as: UTF8.self).escapedForDisplay
    }
}
