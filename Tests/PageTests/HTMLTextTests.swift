import HistoryModel
import Testing

@testable import PostMortem

struct HTMLTextTests {
    @Test(arguments: [
        ("<script>", "&lt;script&gt;"), ("a & b", "a &amp; b"), ("\"'", "&quot;&#39;"),
        ("&lt;", "&amp;lt;"), ("a\u{202e}b", "a\\u{202e}b"), ("\u{1b}[2J\n", "\\u{1b}[2J\\n"),
        ("größer 🦜", "größer 🦜"), ("", ""),
    ])
    func `what is interpolated is text, never markup`(text: String, escaped: String) {
        let html: HTMLText = "<p title=\"\(text)\">\(text)</p>"
        #expect(html.markup == "<p title=\"\(escaped)\">\(escaped)</p>")
    }

    @Test func `HTML goes into HTML as it is`() {
        let inner: HTMLText = "<b>\("<")</b>"
        let html: HTMLText = "<p>\(inner)\(nil as HTMLText?)\(7)</p>"
        #expect(html.markup == "<p><b>&lt;</b>7</p>")
    }

    @Test func `a value for the script cannot end the script`() {
        let value = ScriptValue.object([
            ("</script>", .list([.text("</script><!--\u{2028}\"\\"), .integer(-3), .null]))
        ])
        #expect(
            value.html.markup
                == #"{"\u003c/script\u003e":["\u003c/script\u003e\u003c!--\\u{2028}\"\\",-3,null]}"#
        )
    }

    @Test func `a log keeps its lines and loses its colours, nothing else`() {
        let bytes = Array("\u{1b}[1;31mred\u{1b}[0m\r\n\n\u{1b}[2J\tx\n\n".utf8) + [0xff]
        let tail = LogTail(
            RunLog(name: "stderr", takenAt: Cases.noon, writtenBytes: 1_000, tail: bytes))
        #expect(tail.lines == ["red", "", "\u{1b}[2J    x", "", "\u{fffd}"])
        #expect(tail.leftOutBytes == 1_000 - Int64(bytes.count))
    }

    @Test(arguments: [Int64.min, -1, 0, 1])
    func `a log that says it is shorter than its end leaves nothing out`(written: Int64) {
        let tail = LogTail(
            RunLog(name: "stderr", takenAt: Cases.noon, writtenBytes: written, tail: [0x61, 0x62]))
        #expect(tail.leftOutBytes == nil)
        #expect(tail.lines == ["ab"])
    }
}
