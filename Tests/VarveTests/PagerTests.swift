import Testing

@testable import varve

@Suite("Which pager is wished for")
struct PagerTests {
    @Test(
        "VARVE_PAGER goes before PAGER, that before less; none is none",
        arguments: [
            ([:], ["less"]), (["PAGER": "more"], ["more"]),
            (["PAGER": "more", "VARVE_PAGER": "less -S"], ["less", "-S"]),
            (["VARVE_PAGER": ""], nil), (["VARVE_PAGER": "  "], nil),
            (["VARVE_PAGER": "", "PAGER": "more"], nil), (["PAGER": "cat"], nil),
            (["PAGER": "less | cat"], ["/bin/sh", "-c", "less | cat"]),
            (["PAGER": "LESS=R less"], ["/bin/sh", "-c", "LESS=R less"]),
            (["PAGER": "'my pager' x"], ["/bin/sh", "-c", "'my pager' x"]),
            (["TERM": "dumb"], nil), (["TERM": ""], nil),
        ] as [([String: String], [String]?)])
    func choice(environment: [String: String], arguments: [String]?) {
        let environment = ["TERM": "xterm"].merging(environment) { _, new in new }
        #expect(Pager(environment: { environment[$0] })?.arguments == arguments)
    }

    @Test("without TERM there is none")
    func noTerminal() {
        #expect(Pager(environment: { _ in nil }) == nil)
    }

    @Test("less is told to end where all fits, unless the user has told it something")
    func less() {
        #expect(Pager(environment: { $0 == "TERM" ? "xterm" : nil })?.variable == "LESS=FRX")
        let environment = ["TERM": "xterm", "LESS": ""]
        #expect(Pager(environment: { environment[$0] })?.variable == nil)
    }

    @Test(
        "only names that every shell takes as they are are offered to one",
        arguments: [
            ("web-1", true), ("a.b_c+d@e,f/g%h", true), ("日本", true), ("", false),
            ("-n", false), ("~x", false), ("a b", false), ("$(id)", false), ("a`b", false),
            ("a'b", false), ("a\u{1b}", false), ("a\nb", false), ("🦜", false), ("a:b", false),
            (String(repeating: "x", count: 129), false),
        ])
    func plainNames(name: String, isPlain: Bool) {
        #expect(NameCompletion.isPlain(name) == isPlain)
    }
}
