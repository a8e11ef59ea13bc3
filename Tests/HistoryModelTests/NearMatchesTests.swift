import HistoryModel
import Testing

@Suite("Names that may have been meant")
struct NearMatchesTests {
    static let names = [
        "web", "web-1", "web-2", "worker", "db", "Database", "api-server", "日本", "x", "wéb",
    ]

    @Test(
        "the nearest come first, at most three",
        arguments: [
            ("wbe", ["web"]), ("WEB", ["web", "wéb", "web-1"]), ("wwb", ["web", "wéb"]),
            ("we", ["web", "web-1", "web-2"]), ("web-3", ["web-1", "web-2", "web"]),
            ("database", ["Database"]), ("dtabase", ["Database"]), ("wroker", ["worker"]),
            ("server", ["api-server"]), ("日木", ["日本"]), ("bd", ["db"]),
            ("workers-of-old", ["worker"]),
            ("q", []), ("", []), ("zzzzzz", []), ("y", []),
        ] as [(String, [String])])
    func order(text: String, expected: [String]) {
        var near = NearMatches(to: text)
        for name in Self.names { near.consider(name) }
        #expect(near.names == expected)
    }

    @Test(
        "the question names them, safe to show",
        arguments: [
            (["web"], "did you mean 'web'?"), (["web", "wet"], "did you mean 'web' or 'wet'?"),
            (["web", "wet", "wex"], "did you mean 'web', 'wet' or 'wex'?"), ([], nil),
            (["we\u{1b}"], "did you mean 'we\\u{1b}'?"),
        ] as [([String], String?)])
    func question(names: [String], question: String?) {
        var near = NearMatches(to: "wey")
        for name in names { near.consider(name) }
        #expect(near.question == question)
    }

    @Test("a name counts once, and a part of it may be what counts")
    func parts() {
        var near = NearMatches(to: "wbe-")
        for _ in 0..<3 { near.consider("web-1", as: "web-") }
        near.consider("db-1", as: "db-1")
        #expect(near.names == ["web-1"])
    }

    @Test("distances are those of the textbook, as far as they are asked for")
    func distances() {
        var random = SeededRandom(seed: 41)
        var found = 0
        for _ in 0..<20_000 {
            let letters = {
                (0..<Int.random(in: 0...9, using: &random)).map { _ in
                    "abc".randomElement(using: &random)!
                }
            }
            let (one, other) = (String(letters()), String(letters()))
            guard one.count >= 2, !other.isEmpty, one != other else { continue }
            let limit = one.count <= 4 ? 1 : one.count <= 8 ? 2 : 3
            var near = NearMatches(to: one)
            near.consider(other)
            let distance = Self.distance(Array(one), Array(other))
            let isPart =
                (min(one.count, other.count) >= 2 && (other.hasPrefix(one) || one.hasPrefix(other)))
                || (one.count >= 3 && other.contains(one))
            #expect(near.names.isEmpty == (distance > limit && !isPart), "\(one) \(other)")
            if distance <= limit { found += 1 }
        }
        #expect(found > 500)
    }

    /// Optimal string alignment with the whole table.
    private static func distance(_ one: [Character], _ other: [Character]) -> Int {
        var table = (0...one.count).map { row in
            (0...other.count).map { row == 0 ? $0 : $0 == 0 ? row : 0 }
        }
        for i in 1...one.count {
            for j in 1...other.count {
                let cost = one[i - 1] == other[j - 1] ? 0 : 1
                table[i][j] = min(
                    table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + cost)
                if i > 1, j > 1, one[i - 1] == other[j - 2], one[i - 2] == other[j - 1] {
                    table[i][j] = min(table[i][j], table[i - 2][j - 2] + 1)
                }
            }
        }
        return table[one.count][other.count]
    }

    @Test("hostile names cost little and match nothing")
    func hostile() {
        var near = NearMatches(to: String(repeating: "a", count: 64))
        let long = String(repeating: "a", count: 1_000_000)
        for _ in 0..<1_000 { near.consider(long) }
        #expect(near.names.isEmpty)
        var none = NearMatches(to: long)
        none.consider("a")
        none.consider(long)
        #expect(none.names.isEmpty)
        var marks = NearMatches(to: "e\u{301}\u{301}")
        marks.consider("e" + String(repeating: "\u{301}", count: 60))
        #expect(marks.names.count == 1)
    }
}
