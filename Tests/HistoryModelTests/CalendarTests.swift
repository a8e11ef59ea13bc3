import HistoryModel
import Testing

struct CalendarTests {
    private static let hour: Int64 = 3_600_000

    private func instant(_ text: String) throws -> Timestamp {
        try TimeExpression(text).instant(now: .now(), in: .utc)
    }

    @Test(
        arguments: [
            ("2026-11-23T12:00:00Z", "2026-11-23", "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z"),
            ("2026-12-31T23:59:59Z", "2026-12-31", "2026-12-31T00:00:00Z", "2027-01-01T00:00:00Z"),
            ("2028-02-29T00:00:00Z", "2028-02-29", "2028-02-29T00:00:00Z", "2028-03-01T00:00:00Z"),
        ])
    func `a day goes from midnight to midnight`(
        at: String, name: String, start: String, next: String
    ) throws {
        let at = try instant(at)
        #expect(LocalZone.utc.name(of: .day, containing: at) == name)
        #expect(LocalZone.utc.start(of: .day, containing: at) == (try instant(start)))
        #expect(LocalZone.utc.start(of: .day, after: at) == (try instant(next)))
    }

    @Test func `a month goes from its first day to that of the next`() throws {
        let at = try instant("2026-12-07T01:00:00Z")
        let zone = LocalZone.fixed(secondsEast: -7200)
        #expect(zone.name(of: .month, containing: at) == "2026-12")
        #expect(zone.start(of: .month, containing: at) == (try instant("2026-12-01T02:00:00Z")))
        #expect(zone.start(of: .month, after: at) == (try instant("2027-01-01T02:00:00Z")))
        #expect(zone.name(of: .month, containing: try instant("2026-12-01T01:59:59Z")) == "2026-11")
    }

    @Test func `days are shorter and longer where clocks are changed, and none is lost`() throws {
        // Forward by an hour at midnight of the 24th, back by one at 01:00 of the 26th.
        let forward = try instant("2026-11-24T00:00:00Z").unixMilliseconds / 1000
        let back = try instant("2026-11-26T00:00:00Z").unixMilliseconds / 1000
        let zone = LocalZone { $0 >= forward && $0 < back ? 3600 : 0 }
        var reached = try instant("2026-11-22T00:00:00Z")
        var lengths: [Int64] = []
        for _ in 0..<6 {
            let next = try #require(zone.start(of: .day, after: reached))
            lengths.append(next.milliseconds(since: reached) / Self.hour)
            reached = next
        }
        #expect(lengths == [24, 24, 23, 24, 25, 24])
    }

    @Test func `a day that a zone left out is not there`() throws {
        // As Samoa did in 2011: from UTC-10 to UTC+14 at midnight.
        let step = try instant("2011-12-30T10:00:00Z").unixMilliseconds / 1000
        let zone = LocalZone { $0 < step ? -36_000 : 50_400 }
        let before = try instant("2011-12-30T09:59:59Z")
        #expect(zone.name(of: .day, containing: before) == "2011-12-29")
        let next = try #require(zone.start(of: .day, after: before))
        #expect(next == (try instant("2011-12-30T10:00:00Z")))
        #expect(zone.name(of: .day, containing: next) == "2011-12-31")
    }

    @Test func `beyond the years that calendars write there is nothing`() {
        for instant in [Timestamp(unixMilliseconds: .min), Timestamp(unixMilliseconds: .max)] {
            #expect(LocalZone.utc.start(of: .day, containing: instant) == nil)
            #expect(LocalZone.utc.start(of: .month, after: instant) == nil)
            #expect(LocalZone.utc.name(of: .day, containing: instant) == nil)
        }
    }
}
