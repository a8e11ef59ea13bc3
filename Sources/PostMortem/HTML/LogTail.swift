package import HistoryModel

/// The end of a log as lines that can be shown.
package struct LogTail {
    let log: RunLog
    /// Its last lines, without what colours them; the first one may begin in the middle.
    package let lines: [String]
    /// How much came before ``lines``; `nil` if nothing did, or nobody counted.
    let leftOutBytes: Int64?

    /// A page is for reading: more than this is a file's business.
    private static let mostBytes = 16 << 10

    package init(_ log: RunLog) {
        self.log = log
        let bytes = log.tail.suffix(Self.mostBytes)
        // Whatever a catalog says was written.
        let (left, overflow) = (log.writtenBytes ?? Int64(log.tail.count))
            .subtractingReportingOverflow(Int64(bytes.count))
        leftOutBytes = !overflow && left > 0 ? left : nil
        let text = String(decoding: bytes, as: UTF8.self)
        var lines = text.unicodeScalars.split(
            separator: "\n", omittingEmptySubsequences: false
        ).map { Self.withoutColours(String.UnicodeScalarView($0)) }
        while lines.last?.isEmpty == true { lines.removeLast() }
        self.lines = lines
    }

    /// Without `ESC [ … m`, which only colours, and without a carriage return at the end.
    private static func withoutColours(_ line: String.UnicodeScalarView) -> String {
        var plain = String.UnicodeScalarView()
        var rest = line[...]
        if rest.last == "\r" { rest.removeLast() }
        while let scalar = rest.first {
            rest = rest.dropFirst()
            if scalar == "\u{1b}", rest.first == "[" {
                let after = rest.dropFirst().drop { ("0"..."9").contains($0) || $0 == ";" }
                if after.first == "m" {
                    rest = after.dropFirst()
                    continue
                }
            }
            // Columns of a table stay apart.
            if scalar == "\t" {
                plain.append(contentsOf: "    ".unicodeScalars)
            } else {
                plain.append(scalar)
            }
        }
        return String(plain)
    }
}
