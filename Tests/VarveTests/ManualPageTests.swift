import Testing

@testable import varve

@Suite("The manual page")
struct ManualPageTests {
    static let lines = ManualPage.text.split(separator: "\n", omittingEmptySubsequences: false)

    @Test("every command has its section, hidden ones none")
    func sections() {
        let headings = Self.lines.filter { $0.hasPrefix(".SH ") }.map { $0.dropFirst(4) }
        for name in ["VARVE RUN", "VARVE QUERY RUNS", "VARVE QUERY LIFECYCLE", "VARVE DB IMPORT"] {
            #expect(headings.contains { $0 == name })
        }
        #expect(!ManualPage.text.contains("generate"))
        #expect(headings.first == "NAME" && headings.last == "SEE ALSO")
    }

    @Test("no text is taken for a request, and no section is empty")
    func requests() {
        let known = [".TH", ".SH", ".SS", ".fi", ".nf", ".BR"]
        for (line, next) in zip(Self.lines, Self.lines.dropFirst()) {
            #expect(!line.hasPrefix("'"))
            if line.hasPrefix(".") { #expect(known.contains(String(line.prefix(3)))) }
            if line.hasPrefix(".SS") { #expect([".nf", ".fi"].contains(next)) }
        }
        #expect(Self.lines.contains { $0.hasPrefix("  varve query runs \\-\\-since yesterday") })
    }
}
