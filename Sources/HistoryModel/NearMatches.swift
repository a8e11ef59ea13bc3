/// The names that somebody may have meant who wrote one that there is not.
///
/// ```swift
/// var near = NearMatches(to: "wbe")
/// for name in ["web", "db"] { near.consider(name) }
/// near.question  // "did you mean 'web'?"
/// ```
///
/// Names that differ in their case only come first, then those a slip or a few away, then those that
/// begin with the text or are the beginning of it, then those that contain it. What is longer than
/// ``lengthLimit`` scalars is no match, so that hostile names cost little.
public struct NearMatches: Sendable {
    /// Longer names are not looked at.
    public static let lengthLimit = 64
    /// How many names are kept.
    private static let countLimit = 3

    private struct Match: Sendable {
        var rank: Int
        var name: String

        static func isBetter(_ one: Match, than other: Match) -> Bool {
            (one.rank, one.name.utf8.count, one.name)
                < (other.rank, other.name.utf8.count, other.name)
        }
    }

    private let wanted: [UInt32]
    private let tolerance: Int
    private var matches: [Match] = []

    /// Looks for names near to `text`.
    public init(to text: String) {
        wanted = Self.folded(text) ?? []
        tolerance =
            switch wanted.count {
            case ...1: 0
            case ...4: 1
            case ...8: 2
            default: 3
            }
    }

    /// The names that were near, the nearest first; at most three.
    public var names: [String] { matches.map(\.name) }

    /// `did you mean 'web', 'wet' or 'wee'?`, safe to show; `nil` if no name was near.
    public var question: String? {
        let quoted = names.map { "'\($0.escapedForDisplay)'" }
        guard let last = quoted.last else { return nil }
        let others = quoted.dropLast().joined(separator: ", ")
        return "did you mean \(others.isEmpty ? "" : others + " or ")\(last)?"
    }

    /// Keeps `name` if it is near, or if `part` is, where that is what counts of it.
    public mutating func consider(_ name: String, as part: String? = nil) {
        guard !wanted.isEmpty, name.utf8.count <= 4 * Self.lengthLimit,
            let candidate = Self.folded(part ?? name), !candidate.isEmpty,
            let rank = rank(of: candidate)
        else { return }
        let match = Match(rank: rank, name: name)
        if matches.count == Self.countLimit, let last = matches.last,
            !Match.isBetter(match, than: last)
        {
            return
        }
        guard !names.contains(name) else { return }
        let place =
            matches.firstIndex { Match.isBetter(match, than: $0) } ?? matches.endIndex
        matches.insert(match, at: place)
        if matches.count > Self.countLimit { matches.removeLast() }
    }

    /// The scalars of `text` without regard to case; `nil` if they are too many.
    private static func folded(_ text: String) -> [UInt32]? {
        guard text.utf8.count <= 4 * lengthLimit else { return nil }
        let scalars = text.lowercased().unicodeScalars.map(\.value)
        return scalars.count <= lengthLimit ? scalars : nil
    }

    /// How far away `candidate` is; `nil` if it is too far.
    private func rank(of candidate: [UInt32]) -> Int? {
        if candidate == wanted { return 0 }
        if let distance = EditDistance.between(wanted, candidate, atMost: tolerance) {
            return distance
        }
        let shorter = min(candidate.count, wanted.count)
        if shorter >= 2, candidate.starts(with: wanted) || wanted.starts(with: candidate) {
            return 10
        }
        return wanted.count >= 3 && Self.contains(candidate, wanted) ? 11 : nil
    }

    private static func contains(_ text: [UInt32], _ part: [UInt32]) -> Bool {
        guard text.count >= part.count else { return false }
        return (0...(text.count - part.count)).contains { start in
            text[start..<(start + part.count)].elementsEqual(part)
        }
    }
}

/// How many slips make one text of another.
enum EditDistance {
    /// Insertions, deletions, replacements and swaps of neighbours, each place edited once (optimal
    /// string alignment, the restricted form of Damerau and Levenshtein).
    ///
    /// - Returns: `nil` if there are more than `limit`.
    /// - Complexity: the shorter length times `limit`.
    static func between(_ one: [UInt32], _ other: [UInt32], atMost limit: Int) -> Int? {
        guard abs(one.count - other.count) <= limit else { return nil }
        let far = limit + 1
        var before = [Int](repeating: far, count: other.count + 1)
        var last = (0...other.count).map { min($0, far) }
        var row = before
        for i in 0..<one.count {
            // Beyond this band every distance is over the limit.
            let band = max(0, i - limit)..<max(0, i - limit, min(other.count, i + limit + 1))
            row[band.lowerBound] = band.lowerBound == 0 ? min(i + 1, far) : far
            if band.upperBound < other.count { row[band.upperBound + 1] = far }
            var least = row[band.lowerBound]
            for j in band {
                let isSame = one[i] == other[j]
                var best = min(last[j] + (isSame ? 0 : 1), last[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, one[i] == other[j - 1], one[i - 1] == other[j] {
                    best = min(best, before[j - 1] + 1)
                }
                row[j + 1] = min(best, far)
                least = min(least, row[j + 1])
            }
            guard least < far else { return nil }
            (before, last, row) = (last, row, before)
        }
        return last[other.count] <= limit ? last[other.count] : nil
    }
}
