import HistoryModel
import Testing

@Suite("Times as people give them")
struct TimeExpressionTests {
    /// 2026-11-23T03:30:00Z, which is 04:30 in a zone one hour east.
    let now = Timestamp(unixMilliseconds: 1_795_404_600_000)
    let zone = LocalZone.fixed(secondsEast: 3600)

    @Test(
        "each form means its instant",
        arguments: [
            ("now", "2026-11-23T03:30:00.000Z"),
            ("2h", "2026-11-23T01:30:00.000Z"),
            ("3d2h", "2026-11-20T01:30:00.000Z"),
            ("90s", "2026-11-23T03:28:30.000Z"),
            ("1.5s", "2026-11-23T03:29:58.500Z"),
            ("1w", "2026-11-16T03:30:00.000Z"),
            ("today", "2026-11-22T23:00:00.000Z"),
            ("Yesterday", "2026-11-21T23:00:00.000Z"),
            ("03:12", "2026-11-23T02:12:00.000Z"),
            ("yesterday 03:12", "2026-11-22T02:12:00.000Z"),
            ("Yesterday  23:59:30", "2026-11-22T22:59:30.000Z"),
            ("today 23:59", "2026-11-23T22:59:00.000Z"),
            ("03:12:30", "2026-11-23T02:12:30.000Z"),
            ("03:12:30.25", "2026-11-23T02:12:30.250Z"),
            ("04:30", "2026-11-23T03:30:00.000Z"),
            ("04:31", "2026-11-22T03:31:00.000Z"),
            ("23:59", "2026-11-22T22:59:00.000Z"),
            ("2026-11-23", "2026-11-22T23:00:00.000Z"),
            ("2026-11-23T03:12", "2026-11-23T02:12:00.000Z"),
            ("2026-11-23 03:12:00", "2026-11-23T02:12:00.000Z"),
            ("2026-11-23T03:12:00Z", "2026-11-23T03:12:00.000Z"),
            ("2026-11-23T03:12:00-05:00", "2026-11-23T08:12:00.000Z"),
            ("@1795435200", "2026-11-23T12:00:00.000Z"),
            ("@1795435200.125", "2026-11-23T12:00:00.125Z"),
            ("@-1.5", "1969-12-31T23:59:58.500Z"),
            ("  2h\t", "2026-11-23T01:30:00.000Z"),
        ])
    func forms(text: String, instant: String) throws {
        #expect(try TimeExpression(text).instant(now: now, in: zone).rfc3339 == instant)
    }

    /// Central Europe in 2026: forward on 29 March at 01:00Z, back on 25 October at 01:00Z.
    let europe = LocalZone { (1_774_746_000..<1_792_890_000).contains($0) ? 7200 : 3600 }

    @Test(
        "clock changes: a skipped time moves on, a doubled time is its first",
        arguments: [
            ("2026-03-29T01:59", "2026-03-29T00:59:00.000Z"),
            ("2026-03-29T02:30", "2026-03-29T01:30:00.000Z"),
            ("2026-03-29T03:00", "2026-03-29T01:00:00.000Z"),
            ("2026-03-29", "2026-03-28T23:00:00.000Z"),
            ("2026-03-30", "2026-03-29T22:00:00.000Z"),
            ("2026-10-25T01:59", "2026-10-24T23:59:00.000Z"),
            ("2026-10-25T02:30", "2026-10-25T00:30:00.000Z"),
            ("2026-10-25T03:00", "2026-10-25T02:00:00.000Z"),
            ("2026-10-26", "2026-10-25T23:00:00.000Z"),
        ])
    func clockChanges(text: String, instant: String) throws {
        #expect(try TimeExpression(text).instant(now: now, in: europe).rfc3339 == instant)
    }

    @Test("yesterday is a day of the calendar, be it 23 or 25 hours long")
    func yesterdayAcrossAClockChange() throws {
        let noon = try #require(Timestamp(rfc3339: "2026-10-26T12:00:00+01:00"))
        let since = try TimeExpression("yesterday").instant(now: noon, in: europe)
        let until = try TimeExpression("today").instant(now: noon, in: europe)
        #expect(until.milliseconds(since: since) == 25 * 3_600_000)
    }

    @Test(
        "a day that a zone skipped does not crash, and the days around it are right",
        arguments: [
            ("2011-12-29T23:00", "2011-12-30T09:00:00.000Z"),
            ("2011-12-30T12:00", "2011-12-30T22:00:00.000Z"),
            ("2011-12-31T01:00", "2011-12-30T11:00:00.000Z"),
        ])
    func dateLine(text: String, instant: String) throws {
        // Samoa left out 30 December 2011.
        let samoa = LocalZone { $0 < 1_325_239_200 ? -36_000 : 50_400 }
        #expect(try TimeExpression(text).instant(now: now, in: samoa).rfc3339 == instant)
    }

    @Test(
        "what is no time is refused with what would be one",
        arguments: [
            "", " ", "soon", "2", "1795435200", "h", "2hh", "2h3d", "-2h", "25:00", "3:12",
            "03:60", "2026-02-30", "2026-11-23T", "23.11.2026", "@", "@1.", "@12x", "@--1",
            "today 3", "yesterday 25:00", "tomorrow 03:12", "2026-11-23T03:12:00+1",
        ])
    func refused(text: String) {
        let expected = ValueTextError(text: text, wanted: .time, problem: .unknownForm)
        #expect(throws: expected) { try TimeExpression(text) }
    }

    @Test("the sentences about a time")
    func sentences() {
        #expect(
            ValueTextError(text: "so\u{1b}on", wanted: .time, problem: .unknownForm).description
                == """
                "so\\u{1b}on" is no time: give how long ago (90s, 2h, 3d2h), now, today, yesterday, \
                a local time (03:12, 2026-11-23, 2026-11-23T03:12), \
                a time with its zone (2026-11-23T03:12:00Z) or Unix seconds (@1795435200).
                """)
        let far = ValueTextError(text: "@253402300800", wanted: .time, problem: .outOfRange)
        #expect(throws: far) { try TimeExpression("@253402300800") }
        #expect(throws: ValueTextError.self) { try TimeExpression("@\(UInt64.max)0000") }
        #expect(
            far.description
                == "\"@253402300800\" is a time outside the years 0000 to 9999: give one within them."
        )
        let long = ValueTextError(text: "999999999w", wanted: .duration, problem: .outOfRange)
        #expect(throws: long) { try TimeExpression("999999999w") }
    }

    @Test("random text never crashes, and what it reads resolves at the ends of time too")
    func fuzz() {
        var random = SeededRandom(seed: 0x5eed_0002)
        var read = 0
        let instants = [now, Timestamp(unixMilliseconds: .min), Timestamp(unixMilliseconds: .max)]
        for round in 0..<40_000 {
            let alphabet =
                round % 2 == 0 ? "0129dhmsw" : "0123456789dhmsw:-+.@TZ ntoday\u{301}٣\u{0}"
            let text = random.text(of: alphabet)
            guard let expression = try? TimeExpression(text) else { continue }
            read += 1
            for instant in instants {
                _ = expression.instant(now: instant, in: europe).rfc3339
                _ = expression.instant(now: instant, in: .current).localDescription
            }
        }
        #expect(read > 100, "seed 0x5eed0002")
    }
}
