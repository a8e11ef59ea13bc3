import Foundation
import HistoryModel
import Testing

@testable import PostMortem

/// Without a browser these tests have nothing to ask; where all is checked there must be one.
private let hasBrowser =
    Chromium.path != nil || ProcessInfo.processInfo.environment["CI"] != nil

/// What a real browser makes of the pages.
@Suite(
    .serialized,
    .enabled(if: hasBrowser, "no Chromium is installed: Scripts/setup-tests.sh installs it"))
struct BrowserTests {
    private static let looks = [360, 800, 1280].flatMap { width in
        ["light", "dark"].map { (width, $0) }
    }

    @Test(arguments: Cases.pageNames)
    func `a page loads nothing, complains of nothing, and is as wide as there is room`(
        name: String
    ) throws {
        let browser = try Chromium()
        let markup = try #require(Cases.page(name))
        for (width, scheme) in Self.looks {
            let file = try browser.open(markup, name: name, width: width, scheme: scheme)
            let over = try browser.number(
                of: """
                    document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth
                    """)
            #expect(over <= 0, "\(name) is \(over) px too wide at \(width)")
            #expect(try browser.number(of: "innerWidth") == Double(width))
            // Style and script were let in, and are at work.
            #expect(
                try browser.text(of: "getComputedStyle(document.body).marginTop") == "0px")
            let background = try browser.text(
                of: "getComputedStyle(document.body).backgroundColor")
            #expect(background == (scheme == "dark" ? "rgb(14, 19, 25)" : "rgb(244, 245, 247)"))
            #expect(
                try browser.number(of: "document.querySelectorAll('.cursor[hidden]').length") == 0)
            #expect(browser.complaints(besides: file) == [])
            #expect(
                browser.messages.contains { $0.method == "Network.requestWillBeSent" },
                "the test hears of requests")
        }
    }

    @Test func `no text from outside becomes an element or an attribute`() throws {
        let browser = try Chromium()
        let postMortem = Cases.hostile()
        let file = try browser.open(postMortem.markup, name: "hostile", width: 800)
        for selector in [
            "img", "#broken", "[onerror]", "[onmouseover]", "iframe", "link", "[style*=x]",
        ] {
            #expect(
                try browser.number(of: "document.querySelectorAll('\(selector)').length") == 0,
                "\(selector)")
        }
        #expect(try browser.number(of: "document.scripts.length") == 3)
        #expect(try browser.number(of: "document.styleSheets.length") == 1)
        // All of it is there, as text, but for what would steer the reader's eye.
        #expect(
            try browser.text(of: "document.querySelector('.facts bdi').textContent")
                == postMortem.caseFile.run.sandbox.escapedForDisplay)
        let shown = try browser.text(of: "document.body.textContent")
        for text in Cases.hostileTexts { #expect(shown.contains(text.escapedForDisplay)) }
        #expect(!shown.unicodeScalars.contains("\u{202e}"))
        #expect(browser.complaints(besides: file) == [])
    }

    @Test(arguments: ["compare-hostile", "report-hostile"])
    func `no name in a comparison or a report becomes an element`(name: String) throws {
        let browser = try Chromium()
        let markup = try #require(Cases.page(name))
        let file = try browser.open(markup, name: name, width: 800)
        for selector in [
            "img", "#broken", "[onerror]", "[onmouseover]", "iframe", "link", "[style*=x]",
        ] {
            #expect(
                try browser.number(of: "document.querySelectorAll('\(selector)').length") == 0,
                "\(selector)")
        }
        let shown = try browser.text(of: "document.body.textContent")
        for text in Cases.hostileTexts.prefix(3) {
            #expect(shown.contains(text.escapedForDisplay))
        }
        #expect(!shown.unicodeScalars.contains("\u{202e}"))
        #expect(browser.complaints(besides: file) == [])
    }

    @Test func `the policy stops a script and a picture that got in`() throws {
        let browser = try Chromium()
        let page = HTMLPage(
            title: "x", body: "<img src=\"https://example.com/x.png\"><script>alert(1)</script>")
        let file = try browser.open(page.html.markup, name: "policy", width: 800)
        let complaints = browser.complaints(besides: file)
        #expect(complaints.contains { $0.contains("Content Security Policy") })
        #expect(!complaints.contains { $0.contains("javascriptDialogOpening") })
    }

    @Test func `a date in a report stays on one line on a phone`() throws {
        let browser = try Chromium()
        let markup = try #require(Cases.page("report"))
        _ = try browser.open(markup, name: "dates", width: 360)
        let dates =
            "Array.from(document.querySelectorAll('tbody th > bdi')).filter("
            + "e => /^\\d{4}-\\d{2}-\\d{2}$/.test(e.textContent))"
        #expect(try browser.number(of: "\(dates).length") >= 7)
        // A rectangle for each line that it stands on.
        #expect(
            try browser.number(of: "Math.max(...\(dates).map(e => e.getClientRects().length))") == 1
        )
    }

    @Test func `the crosshair shows what was measured there`() throws {
        let browser = try Chromium()
        let postMortem = Cases.outOfMemory()
        let file = try browser.open(postMortem.markup, name: "crosshair", width: 1280)
        let samples = postMortem.caseFile.moments
        let (from, to) = (samples[0].at, postMortem.caseFile.end)
        for index in [0, 37, 80, 119] {
            let part =
                Double(samples[index].at.milliseconds(since: from))
                / Double(to.milliseconds(since: from))
            try point(at: part, of: "moments", in: browser)
            #expect(
                try readout("moments", browser)
                    .hasPrefix(samples[index].at.preciseDescription(in: Cases.zone)))
            let values = try values(of: "moments", in: browser)
            let memory = try #require(samples[index].memoryBytes)
            #expect(values[0] == ByteText.format(memory))
            #expect(
                values[1]
                    == ChartUnit.cpuCentipercent.text(of: Double(samples[index].cpuCentipercent!)))
            // 120,000 bytes in each second; of the first sample nobody knows.
            #expect(values[2] == (index == 0 ? "–" : "117.2 KiB/s"))
        }
        try pointOutside(browser)
        #expect(try readout("moments", browser).hasPrefix("Point at a chart"))
        #expect(browser.complaints(besides: file) == [])
    }

    @Test func `the crosshair tells of steps, and why there is nothing in a gap`() throws {
        let browser = try Chromium()
        let postMortem = Cases.outOfMemory()
        _ = try browser.open(postMortem.markup, name: "gap", width: 800)
        let series = postMortem.caseFile.history
        let step = series.points[100]
        try point(
            at: Double(step.at.milliseconds(since: Cases.noon) + 2_500) / 2_400_000, of: "run",
            in: browser)
        #expect(try readout("run", browser) == step.at.description(in: Cases.zone))
        let values = try values(of: "run", in: browser)
        #expect(values[0] == ChartUnit.bytes.text(of: try #require(step.values[2])))
        #expect(values[1] == ChartUnit.bytes.text(of: try #require(step.values[3])))
        #expect(values[7] == ChartUnit.bytesPerSecond.text(of: try #require(step.values[7])))
        try point(at: 990.0 / 2_400, of: "run", in: browser)
        #expect(
            try readout("run", browser)
                == "2026-11-23 13:15:00 +01:00: no data for 3m 00s: recorder_down")
        #expect(Set(try self.values(of: "run", in: browser)) == ["–"])
    }

    @Test func `arrow keys move the crosshair sample by sample`() throws {
        let browser = try Chromium()
        let postMortem = Cases.outOfMemory()
        _ = try browser.open(postMortem.markup, name: "keys", width: 800)
        let samples = postMortem.caseFile.moments
        _ = try browser.value(of: "document.querySelector('#moments .cursor').focus()")
        for (key, index) in [
            ("ArrowLeft", 119), ("ArrowLeft", 118), ("Home", 0), ("ArrowRight", 1),
        ] {
            for type in ["keyDown", "keyUp"] {
                try browser.send("Input.dispatchKeyEvent", ["type": type, "key": key])
            }
            #expect(
                try readout("moments", browser)
                    .hasPrefix(samples[index].at.preciseDescription(in: Cases.zone)))
            let spoken = try browser.text(
                of: "document.querySelector('#moments .cursor').getAttribute('aria-valuetext')")
            #expect(spoken.contains(ByteText.format(samples[index].memoryBytes!)))
        }
        try browser.send("Input.dispatchKeyEvent", ["type": "keyDown", "key": "Escape"])
        #expect(try readout("moments", browser).hasPrefix("Point at a chart"))
    }

    @Test func `a click on a finding lights its stretch, where it can be seen closest`() throws {
        let browser = try Chromium()
        let file = try browser.open(Cases.outOfMemory().markup, name: "finding", width: 1280)
        for (finding, group) in [("f1", "moments"), ("f2", "run"), ("f3", "run")] {
            let place = try numbers(
                of: """
                    (() => {
                      const link = document.querySelector('article[data-finding=\(finding)] .place a');
                      link.scrollIntoView({ block: 'center' });
                      const box = link.getBoundingClientRect();
                      return [box.left + box.width / 2, box.top + box.height / 2];
                    })()
                    """, browser)
            for type in ["mousePressed", "mouseReleased"] {
                try browser.send(
                    "Input.dispatchMouseEvent",
                    ["type": type, "x": place[0], "y": place[1], "button": "left", "clickCount": 1])
            }
            #expect(try browser.text(of: "location.hash") == "#\(group)-\(finding)")
            // The event comes after the click has been answered.
            let lit = try browser.text(
                of: """
                    new Promise((done) => {
                      const look = () => {
                        const lit = [...document.querySelectorAll('rect.span.on')].map((e) => e.id);
                        if (lit.includes('\(group)-\(finding)')) done(lit.join(' '));
                        else requestAnimationFrame(look);
                      };
                      look();
                    })
                    """)
            #expect(lit.split(separator: " ").allSatisfy { $0.hasSuffix("-" + finding) })
            #expect(
                try browser.number(
                    of: "+getComputedStyle(document.getElementById('\(group)-\(finding)')).opacity")
                    > 0.2)
            let top = try browser.number(
                of: "document.getElementById('\(group)').getBoundingClientRect().top")
            #expect((-1...450).contains(top), "its charts are in view")
        }
        #expect(browser.complaints(besides: file) == [])
    }

    @Test func `on paper it is light, and cut at no edge`() throws {
        let browser = try Chromium()
        let file = try browser.open(
            Cases.outOfMemory().markup, name: "print", width: 800, scheme: "dark")
        try browser.media("print", scheme: "dark")
        #expect(
            try browser.text(of: "getComputedStyle(document.body).backgroundColor")
                == "rgb(255, 255, 255)")
        #expect(
            try browser.text(of: "getComputedStyle(document.querySelector('.readout')).display")
                == "none")
        let pdf = try browser.send("Page.printToPDF")
        let bytes = try #require(Data(base64Encoded: pdf["data"] as? String ?? ""))
        #expect(bytes.prefix(5) == Data("%PDF-".utf8) && bytes.count > 20_000)
        #expect(browser.complaints(besides: file) == [])
    }

    // MARK: Pointing and reading

    private func numbers(of expression: String, _ browser: Chromium) throws -> [Double] {
        let list = try #require(try browser.value(of: expression) as? [NSNumber])
        return list.map(\.doubleValue)
    }

    private func point(at part: Double, of group: String, in browser: Chromium) throws {
        let box = try numbers(
            of: """
                (() => {
                  const cursor = document.querySelector('#\(group) .cursor');
                  cursor.scrollIntoView({ block: 'center' });
                  const box = cursor.getBoundingClientRect();
                  return [box.left, box.width, box.top + box.height / 2];
                })()
                """, browser)
        try browser.send(
            "Input.dispatchMouseEvent",
            ["type": "mouseMoved", "x": box[0] + box[1] * min(part, 0.9999), "y": box[2]])
    }

    private func pointOutside(_ browser: Chromium) throws {
        try browser.send("Input.dispatchMouseEvent", ["type": "mouseMoved", "x": 2, "y": 2])
    }

    private func readout(_ group: String, _ browser: Chromium) throws -> String {
        try browser.text(of: "document.querySelector('#\(group) .readout').textContent.trim()")
    }

    private func values(of group: String, in browser: Chromium) throws -> [String] {
        let list = try browser.value(
            of: "[...document.querySelectorAll('#\(group) [data-line]')].map((e) => e.textContent)")
        return try #require(list as? [String])
    }
}
