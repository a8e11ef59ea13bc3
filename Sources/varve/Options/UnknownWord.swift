internal import HistoryModel

/// A word on the command line that is none of those that are known.
struct UnknownWord: Error, Hashable, CustomStringConvertible {
    private let text: String
    private let known: [String]

    init(_ text: String, among known: [String]) {
        self.text = text
        self.known = known
    }

    var description: String {
        var near = NearMatches(to: text)
        for word in known { near.consider(word) }
        let words = known.joined(separator: ", ")
        return "there is no '\(text.escapedForDisplay)' among \(words)"
            + (near.question.map { "; \($0)" } ?? "")
    }
}

/// A reason of an end on the command line, in any case.
enum ReasonArgument {
    /// The reason that `text` names.
    ///
    /// - Throws: ``UnknownWord`` if there is none.
    @Sendable static func reason(_ text: String) throws -> TerminationReason {
        let found = TerminationReason.known.first {
            $0.rawValue.lowercased() == text.lowercased()
        }
        if let found { return found }
        throw UnknownWord(text, among: TerminationReason.known.map(\.rawValue))
    }
}
