import Foundation
import HistoryModel
import Testing

@testable import PostMortem

struct PageTests {
    @Test(arguments: [
        (HTMLPage.style, HTMLPage.styleHash), (HTMLPage.script, HTMLPage.scriptHash),
    ])
    func `the policy names the style and the script that are in the page`(
        text: String, hash: String
    ) throws {
        let file = FileManager.default.temporaryDirectory
            .appendingPathComponent("varve-hash-" + UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(text.utf8).write(to: file)
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.arguments = [
            "-c", "sha256sum \"$0\" 2>/dev/null || shasum -a 256 \"$0\"", file.path,
        ]
        let output = Pipe()
        shell.standardOutput = output
        try shell.run()
        let told = output.fileHandleForReading.readDataToEndOfFile()
        shell.waitUntilExit()
        let digits = Array(String(decoding: told, as: UTF8.self).prefix(64))
        try #require(digits.count == 64)
        let bytes = stride(from: 0, to: 64, by: 2).map { index in
            UInt8(String(digits[index...index + 1]), radix: 16) ?? 0
        }
        #expect(Data(bytes).base64EncodedString() == hash, "put this hash into HTMLPage")
        // A style or a script could end its own element.
        #expect(!text.contains("</"))
    }

    @Test(arguments: Cases.all.map(\.name))
    func `the same value makes the same page`(name: String) throws {
        let make = try #require(Cases.all.first { $0.name == name }).make
        #expect(make().markup == make().markup)
    }

    @Test func `a page of thirty days is smaller than 400 KB`() {
        let postMortem = Cases.thirtyDays()
        #expect(postMortem.caseFile.history.points.count >= 500)
        #expect(postMortem.markup.utf8.count < 400_000)
    }

    @Test func `a long life is told in its first and last events`() {
        let page = BrowserPage(of: Cases.thirtyDays(), in: Cases.zone)
        #expect(page.shownEvents.count == 200)
        #expect(page.shownEvents.last?.kind == .exited)
        #expect(page.html.markup.contains("801 events between the first 50 and the last 150"))
    }

    @Test func `a rate is never negative, and the first sample has none`() {
        var postMortem = Cases.outOfMemory()
        postMortem.caseFile.moments[60].diskReadBytes = 5
        let rates = BrowserPage(of: postMortem, in: .utc).rates(of: .diskRead)
        #expect(rates[0] == nil && rates[60] == nil)
        #expect(rates[59] == 120_000)
        #expect(rates.compactMap { $0 }.allSatisfy { $0 >= 0 })
    }

    @Test func `what nobody measured is absent, not zero`() {
        let markup = Cases.unsampled().markup
        #expect(markup.contains("No sample of this time was kept."))
        #expect(markup.contains("<dt>CPU time</dt><dd><b>–</b>"))
        #expect(Cases.running().markup.contains("Not measured: Network."))
    }

    @Test func `a time of another day has its date`() {
        let page = BrowserPage(of: Cases.outOfMemory(), in: .fixed(secondsEast: 41_400))
        // 23:30 to 00:10 by that clock.
        #expect(page.shortTime(Cases.instant(4)).markup.contains(">2026-11-23 23:30:00.004<"))
        #expect(page.shortTime(Cases.instant(2_399_910)).markup.contains(">00:09:59.910<"))
        #expect(
            page.shortTimeNote.markup.contains(
                "+11:30 from UTC; those without a date are of 2026-11-24"))
    }
}
