import HistoryModel
import Testing

@Suite("Durations as text")
struct DurationTextTests {
    @Test(
        "a duration is read",
        arguments: [
            ("200ms", .milliseconds(200)), ("1s", .seconds(1)), ("90s", .seconds(90)),
            ("10m", .seconds(600)), ("3d2h", .seconds(266_400)), ("1.5s", .milliseconds(1500)),
            ("1w", .seconds(604_800)), ("0", .zero), ("0s", .zero), ("-5s", .seconds(-5)),
            ("1w2d3h4m5s6ms7us8ns", .nanoseconds(788_645_006_007_008)),
            ("250us", .microseconds(250)), ("250\u{b5}s", .microseconds(250)),
            ("250\u{3bc}s", .microseconds(250)), ("0.0000000019s", .nanoseconds(1)),
            ("1h0.5m", .seconds(3630)), ("007s", .seconds(7)),
            ("9223372036854775807ns", .nanoseconds(Int64.max)),
        ] as [(String, Duration)])
    func parses(text: String, duration: Duration) throws {
        #expect(try Duration(text: text) == duration)
    }

    @Test(
        "what is no duration is refused",
        arguments: [
            "", "-", "5", "1.5", "ten", "s", ".5s", "1.s", "1,5s", "1s1s", "1s2m", "1.5h2m", "5S",
            "5M", "1 s", "+5s", "--5s", "1e3s", "5y", "5s ", "٣s", "1s\u{0}",
        ])
    func refuses(text: String) {
        let expected = ValueTextError(text: text, wanted: .duration, problem: .unknownForm)
        #expect(throws: expected) { try Duration(text: text) }
    }

    @Test(
        "what is too long is refused and does not overflow",
        arguments: [
            "9223372036854775808ns", "106752d", "99999999999999999999999999999999999999999w",
            "15250w99999999999999999999h", "-9223372036854775808ns",
        ])
    func refusesTooLong(text: String) {
        let expected = ValueTextError(text: text, wanted: .duration, problem: .outOfRange)
        #expect(throws: expected) { try Duration(text: text) }
    }

    @Test("the sentences about a duration")
    func sentences() {
        #expect(
            ValueTextError(text: "ten", wanted: .duration, problem: .unknownForm).description
                == "\"ten\" is no duration: "
                + "give a number with its unit, such as 200ms, 90s, 10m, 3d2h or 1w.")
        #expect(
            ValueTextError(text: "106752d", wanted: .duration, problem: .outOfRange).description
                == "\"106752d\" is longer than varve can count: give at most 292 years (106751d).")
        #expect(throws: Never.self) { try Duration(text: "106751d") }
    }

    @Test(
        "a duration is shown in two figures, cut off",
        arguments: [
            (.zero, "0ms"), (.nanoseconds(1), "<1ms"), (.milliseconds(50), "50ms"),
            (.microseconds(999_999), "999ms"), (.milliseconds(3290), "3.2s"),
            (.milliseconds(59_999), "59.9s"), (.seconds(60), "1m 00s"), (.seconds(245), "4m 05s"),
            (.seconds(3599), "59m 59s"), (.seconds(7980), "2h 13m"), (.seconds(86_399), "23h 59m"),
            (.seconds(273_600), "3d 04h"), (.seconds(-245), "-4m 05s"),
            (.nanoseconds(-1), "-<1ms"), (.seconds(Int64.max), "213503982334d 14h"),
        ] as [(Duration, String)])
    func compact(duration: Duration, text: String) {
        #expect(duration.compactText == text)
    }

    @Test("milliseconds are held at the ends of the range")
    func milliseconds() {
        #expect(Duration.microseconds(1999).milliseconds == 1)
        #expect(Duration.microseconds(-1999).milliseconds == -1)
        #expect(Duration.seconds(Int64.max).milliseconds == .max)
        #expect(Duration.seconds(Int64.min).milliseconds == .min)
        #expect((Duration.seconds(Int64.max) + .seconds(Int64.max)).milliseconds == .max)
    }

    @Test("random text never crashes")
    func fuzz() {
        var random = SeededRandom(seed: 0x5eed_0003)
        var read = 0
        for round in 0..<40_000 {
            let text = random.text(of: round % 2 == 0 ? "019dhms" : "0123456789.-wdhmsnuµ \u{0}")
            guard let duration = try? Duration(text: text) else { continue }
            read += 1
            #expect(!duration.compactText.isEmpty)
            _ = duration.milliseconds
        }
        #expect(read > 100, "seed 0x5eed0003")
    }
}
