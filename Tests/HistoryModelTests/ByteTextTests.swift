import HistoryModel
import Testing

@Suite("Sizes as text")
struct ByteTextTests {
    @Test(
        "a size is read",
        arguments: [
            ("0", 0), ("4096", 4096), ("512B", 512), ("512 b", 512), ("1K", 1024), ("1k", 1024),
            ("1KiB", 1024), ("1KB", 1000), ("512M", 536_870_912), ("512MiB", 536_870_912),
            ("512 MiB", 536_870_912), ("1mb", 1_000_000), ("1GB", 1_000_000_000),
            ("1.5GiB", 1_610_612_736), ("0.3K", 307), ("2T", 2_199_023_255_552),
            ("1PB", 1_000_000_000_000_000), ("7EiB", 8_070_450_532_247_928_832),
            ("9223372036854775807", .max), ("9EB", 9_000_000_000_000_000_000),
        ] as [(String, Int64)])
    func parses(text: String, bytes: Int64) throws {
        #expect(try ByteText.parse(text) == bytes)
    }

    @Test(
        "what is no size is refused",
        arguments: [
            "", "M", "-1", "+1", "1.5", "1.5B", "1.K", ".5K", "1,5K", "5X", "5KK", "5iB", "5Kib2",
            "5 ", " 5", "5  M", "0x10", "1e6", "5\u{212a}", "٣M", "M5",
        ])
    func refuses(text: String) {
        let expected = ValueTextError(text: text, wanted: .size, problem: .unknownForm)
        #expect(throws: expected) { try ByteText.parse(text) }
    }

    @Test(
        "what is too large is refused and does not overflow",
        arguments: [
            "9223372036854775808", "8EiB", "92233720368547758079", "16E", "10EB",
            "99999999999999999999999999999999999999999999E", "8191.9999P9",
        ])
    func refusesTooLarge(text: String) {
        #expect(throws: ValueTextError.self) { try ByteText.parse(text) }
    }

    @Test("the sentences about a size")
    func sentences() {
        #expect(
            ValueTextError(text: "big", wanted: .size, problem: .unknownForm).description
                == "\"big\" is no size: "
                + "give bytes, such as 4096, 512M, 1.5GiB (by 1024) or 1GB (by 1000).")
        let large = ValueTextError(text: "8EiB", wanted: .size, problem: .outOfRange)
        #expect(throws: large) { try ByteText.parse("8EiB") }
        #expect(
            large.description == "\"8EiB\" is larger than varve can count: "
                + "give at most 9223372036854775807 bytes.")
    }

    @Test(
        "a size is shown in the unit that fits",
        arguments: [
            (0, "0 B"), (1, "1 B"), (512, "512 B"), (1023, "1023 B"), (1024, "1.0 KiB"),
            (1_048_524, "1023.9 KiB"), (1_048_525, "1.0 MiB"), (1_048_576, "1.0 MiB"),
            (50_003_968, "47.7 MiB"), (.max, "8.0 EiB"), (-2048, "-2.0 KiB"), (.min, "-8.0 EiB"),
        ] as [(Int64, String)])
    func formats(bytes: Int64, text: String) {
        #expect(ByteText.format(bytes) == text)
    }

    @Test("unsigned and divided sizes are shown alike")
    func otherNumbers() {
        #expect(ByteText.format(UInt64.max) == "16.0 EiB")
        #expect(ByteText.format(1535.6) == "1.5 KiB")
        #expect(ByteText.format(0.4) == "0 B")
        #expect(ByteText.format(-0.4) == "0 B")
        #expect(ByteText.format(-2048.0) == "-2.0 KiB")
        #expect(ByteText.format(Double.greatestFiniteMagnitude) == "16.0 EiB")
        #expect(ByteText.format(Double.nan) == "?")
        #expect(ByteText.format(-Double.infinity) == "?")
    }

    @Test("random sizes survive being written and read, within the rounding")
    func roundTrip() throws {
        var random = SeededRandom(seed: 0x5eed_0004)
        var compared = 0
        for _ in 0..<5000 {
            let bytes =
                Int64.random(in: 0...(.max >> 8), using: &random)
                >> Int64.random(
                    in: 0...54, using: &random)
            let parsed = try ByteText.parse(ByteText.format(bytes))
            #expect(abs(Double(parsed) - Double(bytes)) <= Double(bytes) * 0.05)
            #expect(try ByteText.parse(String(bytes)) == bytes)
            compared += 1
        }
        #expect(compared == 5000)
    }

    @Test("random text never crashes")
    func fuzz() {
        var random = SeededRandom(seed: 0x5eed_0005)
        var read = 0
        for round in 0..<40_000 {
            let text = random.text(of: round % 2 == 0 ? "0189KMGE" : "0123456789.KMGTPEiB bk\u{0}é")
            guard let bytes = try? ByteText.parse(text) else { continue }
            read += 1
            #expect(bytes >= 0)
        }
        #expect(read > 100, "seed 0x5eed0005")
    }
}
