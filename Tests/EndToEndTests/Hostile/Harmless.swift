import HistoryModel
import Testing

/// Expects that nothing in `text` is a control character but the line's end and CSV's carriage return
/// before it, or turns text round, or hides it.
func expectHarmless(
    _ text: String, _ what: @autoclosure () -> String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
    for line in lines {
        let line = line.last == "\r" ? line.dropLast() : line
        guard let harmful = line.first(where: \.isUnsafeToDisplay) else { continue }
        let code = String(harmful.value, radix: 16)
        Issue.record(
            "\(what()): U+\(code) in \(String(Substring(line)).escapedForDisplay)",
            sourceLocation: sourceLocation)
        return
    }
}
