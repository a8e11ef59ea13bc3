import Foundation
import Testing

@testable import HistoryStore

struct CSVReaderTests {
    let scratch = try! Scratch()

    /// All records of `text`, each with its line; read through a buffer of `capacity` bytes.
    private func records(
        _ text: [UInt8], capacity: Int = CSVReader.capacity
    ) throws -> [(line: Int, fields: [[UInt8]])] {
        try scratch.write(Data(text), to: "t.csv")
        var reader = try CSVReader(InputFile(path: scratch.path("t.csv")), capacity: capacity)
        var records: [(line: Int, fields: [[UInt8]])] = []
        while try reader.next() {
            records.append((reader.line, reader.fields.map { reader.bytes(of: $0) }))
        }
        return records
    }

    private func texts(_ text: String) throws -> [[String]] {
        try records(Array(text.utf8)).map { record in
            record.fields.map { String(decoding: $0, as: UTF8.self) }
        }
    }

    @Test(arguments: [
        ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
        ("a,b\r\n1,2", [["a", "b"], ["1", "2"]]),
        ("\u{feff}a\n1\r\n", [["a"], ["1"]]),
        ("a,\n,b\n,\n", [["a", ""], ["", "b"], ["", ""]]),
        ("\n\r\na\n\n1\n\n", [["a"], ["1"]]),
        ("\"a,\"\"b\"\"\",\"\"\n", [["a,\"b\"", ""]]),
        ("\"two\nlines\",x\r\n", [["two\nlines", "x"]]),
        ("\"end\"", [["end"]]),
        ("say \"hi\",x\n", [["say \"hi\"", "x"]]),
        ("\"\"\n", [[""]]),
        ("", []), ("\n\n", []), ("a,", [["a", ""]]), ("a\rb\n", [["a\rb"]]),
    ]) func `records are read as RFC 4180 says`(text: String, records: [[String]]) throws {
        #expect(try texts(text) == records)
    }

    @Test func `a record knows the line on which it begins`() throws {
        let lines = try records(Array("a\n\n\"x\ny\nz\"\nb\n".utf8)).map(\.line)
        #expect(lines == [1, 3, 6])
    }

    @Test(arguments: [
        ("a\n\"b\"c\n", "t.csv:2:2: text follows a closing quote; nothing was imported"),
        ("a,\"b\n", "t.csv:1:4: a quote is opened and never closed; nothing was imported"),
        (
            "a\n" + String(repeating: "x", count: 100) + "\n",
            "t.csv:2:1: a line is longer than 64 bytes: is this CSV?; nothing was imported"
        ),
    ]) func `what no reader can make sense of is an error at its place`(
        text: String, sentence: String
    ) {
        let error = #expect(throws: ImportError.self) {
            try records(Array(text.utf8), capacity: 64)
        }
        #expect(
            error?.description.replacingOccurrences(of: scratch.directory + "/", with: "")
                == sentence)
    }

    @Test func `a small buffer gives the same records as a large one`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededRandom(seed: seed)
        var compared = 0
        for _ in 0..<1000 {
            let count = Int.random(in: 0..<400, using: &random)
            let text = (0..<count).map { _ in Array("ab,\"\r\n".utf8).randomElement(using: &random)!
            }
            // Where a record does not fit, or is malformed, one of the two fails.
            guard let whole = try? records(text), let pieces = try? records(text, capacity: 96)
            else { continue }
            #expect(whole.map(\.fields) == pieces.map(\.fields), "seed \(seed)")
            #expect(whole.map(\.line) == pieces.map(\.line), "seed \(seed)")
            compared += whole.count
        }
        #expect(compared > 100, "seed \(seed)")
    }

    @Test(
        arguments: [
            ("", 0, .absent), ("0", 0, .value(0)), ("12", 0, .value(12)), ("12", 2, .value(1200)),
            ("1.5", 2, .value(150)), ("1.555", 2, .value(156)), ("1.554999", 2, .value(155)),
            (".5", 0, .value(1)), ("5.", 2, .value(500)), ("0012", 0, .value(12)),
            (".", 0, .malformed),
            ("9223372036854775807", 0, .value(.max)), ("9223372036854775808", 0, .implausible),
            ("9223372036854775807.5", 0, .implausible), ("92233720368547758.07", 2, .value(.max)),
            ("92233720368547758.08", 2, .implausible), ("1e3", 0, .value(1000)),
            ("1.5E2", 2, .value(15000)), ("1e400", 0, .implausible), ("1e-400", 0, .value(0)),
            ("NaN", 0, .implausible), ("-inf", 0, .implausible), ("Infinity", 2, .implausible),
            ("-1", 0, .implausible), ("-0", 0, .value(0)), ("+7", 0, .value(7)),
            ("18446744073709551615", 0, .implausible), ("1e19", 0, .implausible),
            ("x", 0, .malformed), ("1x", 0, .malformed), ("0x10", 0, .malformed),
            ("1 ", 0, .malformed),
            ("1..2", 0, .malformed), ("--1", 0, .malformed), ("e5", 0, .malformed),
            ("-", 0, .malformed),
            ("1,5", 0, .malformed), ("\u{662}", 0, .malformed),
        ] as [(String, Int, DecimalText)])
    func `a number is what it says, or is known not to be`(
        text: String, digits: Int, value: DecimalText
    ) {
        #expect(DecimalText(Array(text.utf8)[...], digits: digits) == value)
    }
}
