import Testing

@testable import varve

@Suite("Keys")
struct TopKeyTests {
    @Test(
        "bytes are keys",
        arguments: [
            ("c", [TopKey.sort(.cpu)]),
            (
                "mdnsu",
                [
                    .sort(.memory), .sort(.disk), .sort(.net),
                    .sort(.name), .sort(.uptime),
                ]
            ),
            ("rq?h", [.reverse, .quit, .help, .help]), ("\u{3}", [.quit]),
            ("jkgG b", [.down, .up, .first, .last, .pageDown, .pageUp]),
            ("\u{1b}[A\u{1b}[B", [.up, .down]), ("\u{1b}OA\u{1b}OB", [.up, .down]),
            ("\u{1b}[5~\u{1b}[6~", [.pageUp, .pageDown]),
            ("\u{1b}[H\u{1b}[4~", [.first, .last]),
            // Not a q of its own: the end of a sequence that nobody knows.
            ("\u{1b}[1;5q", [.other]), ("\u{1b}q", [.escape, .quit]),
            ("\u{1b}\u{1b}[A", [.escape, .up]), ("xé", [.other, .other, .other]),
        ])
    func keys(text: String, expected: [TopKey]) {
        var parser = TopKeyParser()
        let keys = parser.keys(in: Array(text.utf8))
        #expect(keys == expected)
        // However they are cut into pieces.
        var byByte = TopKeyParser()
        let pieces = text.utf8.flatMap { byByte.keys(in: [$0]) }
        #expect(pieces == expected)
    }

    @Test func `an escape that stays alone is one`() {
        var parser = TopKeyParser()
        let keys = parser.keys(in: [0x1b])
        let (first, second) = (parser.finish(), parser.finish())
        #expect(keys == [] && first == .escape && second == nil)
        let after = parser.keys(in: [0x71])
        #expect(after == [.quit])
    }

    @Test func `a sequence without an end ends`() {
        var parser = TopKeyParser()
        let keys = parser.keys(in: [0x1b, 0x5b] + [UInt8](repeating: 0x31, count: 15) + [0x71])
        #expect(keys == [.other, .quit])
    }

    @Test func `scrolling stays within the rows, and a new order begins at the top`() {
        var state = TopState()
        func take(_ key: TopKey) { _ = state.take(key, pageLength: 10, rowCount: 25) }
        take(.up)
        #expect(state.offset == 0)
        take(.pageDown)
        take(.down)
        #expect(state.offset == 11)
        take(.pageDown)
        #expect(state.offset == 15)
        take(.last)
        #expect(state.offset == 15)
        take(.sort(.memory))
        #expect(state.offset == 0 && state.order == .memory)
        take(.reverse)
        #expect(state.isReversed)
    }

    @Test func `any key leads back from the help, and q quits from there, too`() {
        var state = TopState()
        func asksToEnd(_ key: TopKey) -> Bool { state.take(key, pageLength: 1, rowCount: 1) }
        let opening = asksToEnd(.help)
        #expect(!opening && state.showsHelp)
        let closing = asksToEnd(.sort(.net))
        #expect(!closing && !state.showsHelp && state.order == .cpu)
        _ = asksToEnd(.help)
        let quitting = asksToEnd(.quit)
        #expect(quitting)
    }
}
