import Foundation
import HistoryModel
import Testing

@testable import varve

@Suite("JSON")
struct JSONWriterTests {
    @Test(
        "a value has its text",
        arguments: [
            (.null, "null"), (.flag(true), "true"), (.flag(false), "false"),
            (.integer(.min), "-9223372036854775808"), (.integer(.max), "9223372036854775807"),
            (.unsigned(.max), "18446744073709551615"),
            (.integer(9_007_199_254_740_993), "9007199254740993"),
            (.number(0.1), "0.1"), (.number(12.5), "12.5"), (.number(1), "1.0"),
            (.number(.leastNonzeroMagnitude), "5e-324"), (.number(.nan), "null"),
            (.number(.infinity), "null"),
            (.number(-.infinity), "null"),
            (.time(Timestamp(unixMilliseconds: 1_795_403_520_000)), "\"2026-11-23T03:12:00.000Z\""),
            (.list([]), "[]"), (.object([]), "{}"),
            (.list([.integer(1), .null, .text("a")]), "[1,null,\"a\"]"),
            (
                .object([.init("b", .integer(1)), .init("a", .list([.object([])]))]),
                "{\"b\":1,\"a\":[{}]}"
            ),
        ] as [(FieldValue, String)])
    func values(value: FieldValue, text: String) {
        #expect(JSONText.text(of: value) == text)
    }

    @Test(
        "a string is escaped: what JSON demands, and what a terminal would obey",
        arguments: [
            ("", #""""#), ("plain", #""plain""#), ("\"\\/", #""\"\\/""#),
            ("\n\r\t\u{8}\u{c}\u{0}\u{1f}", #""\n\r\t\u0008\u000c\u0000\u001f""#),
            ("\r\n", #""\r\n""#), ("\u{1b}[31m", #""\u001b[31m""#),
            ("\u{7f}\u{9b}", #""\u007f\u009b""#),
            ("\u{2028}\u{2029}", #""\u2028\u2029""#), ("a\u{202e}b", #""a\u202eb""#),
            ("\u{e0041}", #""\udb40\udc41""#), ("é日🙂", #""é日🙂""#), ("<script>", #""<script>""#),
            ("=cmd()", #""=cmd()""#), ("e\u{301}\"\u{301}", "\"e\u{301}\\\"\u{301}\""),
        ])
    func strings(text: String, json: String) {
        #expect(JSONText.text(of: .text(text)) == json)
    }

    @Test("an indented document")
    func indented() throws {
        let sink = MemorySink()
        var json = JSONWriter(to: sink)
        try json.beginObject()
        try json.key("none")
        try json.beginArray()
        try json.endArray()
        try json.key("runs")
        try json.beginArray()
        try json.beginObject()
        try json.key("id")
        try json.value(.integer(1))
        try json.key("labels")
        try json.value(.object([.init("a", .text("b")), .init("c", .null)]))
        try json.key("points")
        try json.beginArray()
        for point in [1, 2] as [Int64] {
            try json.beginObject(onOneLine: true)
            try json.key("at")
            try json.value(.integer(point))
            try json.key("gaps")
            try json.beginArray()
            try json.value(.integer(0))
            try json.value(.null)
            try json.endArray()
            try json.endObject()
        }
        try json.endArray()
        try json.endObject()
        try json.beginObject()
        try json.endObject()
        try json.endArray()
        try json.endObject()
        try json.endDocument()
        #expect(
            sink.text == """
                {
                  "none": [],
                  "runs": [
                    {
                      "id": 1,
                      "labels": {"a": "b", "c": null},
                      "points": [
                        {"at": 1, "gaps": [0, null]},
                        {"at": 2, "gaps": [0, null]}
                      ]
                    },
                    {}
                  ]
                }

                """)
    }

    @Test("random values read back the same through Foundation, in both layouts")
    func fuzz() throws {
        var random = SeededRandom(seed: 0x5eed_0011)
        var compared = 0
        for _ in 0..<2000 {
            let value = random.value(depth: 3)
            for isSpaced in [false, true] {
                let text = JSONText.text(of: value, isSpaced: isSpaced)
                #expect(!text.contains("\n"))
                #expect(text.unicodeScalars.allSatisfy { !$0.isUnsafeToDisplay })
                let read = try JSONSerialization.jsonObject(
                    with: Data(text.utf8), options: [.fragmentsAllowed])
                #expect(matches(value, read), "seed 0x5eed0011: \(text)")
                compared += 1
            }
        }
        #expect(compared == 4000)
    }

    @Test("doubles read back to the bit")
    func doubles() {
        var random = SeededRandom(seed: 0x5eed_0013)
        var compared = 0
        while compared < 20_000 {
            let number = Double(bitPattern: random.next())
            guard number.isFinite else { continue }
            let text = JSONText.text(of: .number(number))
            #expect(Double(text)?.bitPattern == number.bitPattern)
            #expect(text.utf8.allSatisfy { "0123456789+-.e".utf8.contains($0) })
            compared += 1
        }
    }

    @Test("a list of a hundred thousand points is written without being held")
    func streams() throws {
        final class CountingSink: TextSink {
            var bytes = 0
            var longest = 0
            func write(_ text: String) throws(OutputError) {
                bytes += text.utf8.count
                longest = max(longest, text.utf8.count)
            }
        }
        let sink = CountingSink()
        let fields = [Field<Int>("a") { FieldValue($0) }]
        let count = try printRecords(
            (0..<100_000).lazy, fields, as: .json, listName: "points", to: sink, on: .none)
        #expect(count == 100_000)
        #expect(sink.bytes > 1_000_000)
        #expect(sink.longest < 100)
    }

    private func matches(_ value: FieldValue, _ read: Any) -> Bool {
        switch value {
        case .null: read is NSNull
        case .flag(let flag): read as? Bool == flag
        case .integer(let integer): (read as? NSNumber)?.int64Value == integer
        case .unsigned(let integer): (read as? NSNumber)?.uint64Value == integer
        // JSONSerialization takes the way over decimals; the exact round trip has a test of its own.
        case .number(let number):
            (read as? NSNumber).map { abs($0.doubleValue - number) < 1e-9 } ?? false
        // By scalars: == would hide a changed normal form.
        case .text(let text):
            (read as? String).map { Array($0.unicodeScalars) } == Array(text.unicodeScalars)
        case .time(let instant): read as? String == instant.rfc3339
        case .list(let list):
            (read as? [Any]).map { $0.count == list.count && zip(list, $0).allSatisfy(matches) }
                ?? false
        case .object(let members):
            (read as? [String: Any]).map { object in
                object.count == members.count
                    && members.allSatisfy { member in
                        object[member.key].map { matches(member.value, $0) } ?? false
                    }
            } ?? false
        }
    }
}
