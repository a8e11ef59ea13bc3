import Foundation
import HistoryModel
import Testing

@Suite("Timestamps as text")
struct TimestampTextTests {
    @Test(
        "an instant is written in UTC with milliseconds and read back",
        arguments: [
            (1_795_435_200_000, "2026-11-23T12:00:00.000Z"),
            (1_795_403_520_000, "2026-11-23T03:12:00.000Z"),
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_123, "2000-02-29T00:00:00.123Z"),
            (-2_203_891_200_000, "1900-03-01T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
        ] as [(Int64, String)])
    func rfc3339(milliseconds: Int64, text: String) {
        #expect(Timestamp(unixMilliseconds: milliseconds).rfc3339 == text)
        #expect(Timestamp(rfc3339: text)?.unixMilliseconds == milliseconds)
    }

    @Test(
        "an instant that RFC 3339 cannot write is shown as Unix seconds",
        arguments: [
            (253_402_300_800_000, "@253402300800.000"),
            (-62_167_219_200_001, "@-62167219200.001"),
            (.max, "@9223372036854775.807"),
            (.min, "@-9223372036854775.808"),
        ] as [(Int64, String)])
    func beyondTheCalendar(milliseconds: Int64, text: String) {
        let instant = Timestamp(unixMilliseconds: milliseconds)
        #expect(instant.rfc3339 == text)
        #expect(instant.description(in: .utc) == text)
        #expect(!instant.localDescription.isEmpty)
    }

    @Test(
        "other spellings of RFC 3339 name the same instant",
        arguments: [
            "2026-11-23T03:12:00Z", "2026-11-23T03:12Z", "2026-11-23t03:12:00z",
            "2026-11-23 03:12:00Z", "2026-11-23T04:12:00+01:00", "2026-11-22T21:42:00-05:30",
            "2026-11-23T03:12:00.0000000001234567890123Z", "2026-11-23T03:11:60Z",
        ])
    func spellings(text: String) {
        #expect(Timestamp(rfc3339: text)?.rfc3339 == "2026-11-23T03:12:00.000Z")
    }

    @Test(
        "what is no RFC 3339 time is refused",
        arguments: [
            "", "2026", "2026-11-23", "2026-11-23T03:12:00", "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z", "2026-11-31T00:00:00Z", "2026-11-00T00:00:00Z",
            "2026-11-23T24:00:00Z", "2026-11-23T00:60:00Z", "2026-11-23T00:00:61Z",
            "2026-11-23T00:00:00.Z", "2026-11-23T00:00:00+24:00", "2026-11-23T00:00:00+01",
            "2026-11-23T00:00:00Zx", " 2026-11-23T00:00:00Z", "+026-11-23T00:00:00Z",
            "0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "9999-12-31T23:59:60Z",
            "２０２６-11-23T00:00:00Z", "2026-11-23T00:00:00\u{0}Z",
        ])
    func refused(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test("arithmetic agrees with Foundation's calendar over random instants")
    func agreesWithFoundation() {
        var random = SeededRandom(seed: 0x5eed_0001)
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        var compared = 0
        for _ in 0..<2000 {
            // Foundation's calendar is Julian before 1582.
            let milliseconds = Int64.random(
                in: -12_000_000_000_000...253_402_300_799_999, using: &random)
            let instant = Timestamp(unixMilliseconds: milliseconds)
            let date = Date(
                timeIntervalSince1970: (Double(milliseconds) / 1000).rounded(.down))
            #expect(instant.rfc3339.prefix(19) == formatter.string(from: date).prefix(19))
            #expect(Timestamp(rfc3339: instant.rfc3339) == instant)
            compared += 1
        }
        #expect(compared == 2000)
    }

    @Test(
        "a local time carries its offset",
        arguments: [
            (3600, "2026-11-23 04:12:00 +01:00"), (-12_600, "2026-11-22 23:42:00 -03:30"),
            (0, "2026-11-23 03:12:00 +00:00"), (.max, "2026-11-24 03:12:00 +24:00"),
        ] as [(Int, String)])
    func local(secondsEast: Int, text: String) {
        let instant = Timestamp(unixMilliseconds: 1_795_403_520_000)
        #expect(instant.description(in: .fixed(secondsEast: secondsEast)) == text)
    }

    @Test("this process's zone agrees with Foundation's")
    func systemZone() {
        for milliseconds in [1_795_403_520_000, 1_780_000_000_000] as [Int64] {
            let instant = Timestamp(unixMilliseconds: milliseconds)
            let date = Date(timeIntervalSince1970: Double(milliseconds) / 1000)
            #expect(
                LocalZone.current.secondsEast(at: instant)
                    == Foundation.TimeZone.current.secondsFromGMT(for: date))
        }
    }
}
