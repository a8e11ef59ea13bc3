import Testing

@testable import ProcessWatch

@Suite struct CgroupFigureTests {
    @Test(
        "a memory limit is a number, or there is none",
        arguments: [
            ("max\n", .unlimited), ("20971520\n", .limit(20_971_520)), ("0\n", .limit(0)),
            // v1 without a limit, with pages of 4 and of 64 KiB.
            ("9223372036854771712\n", .unlimited), ("9223372036854710272\n", .unlimited),
            ("18446744073709551615\n", .unlimited),
            ("", .unknown), ("\n", .unknown), ("-1\n", .unknown), ("1 2\n", .unknown),
            ("1\n2\n", .unknown), ("MAX\n", .unknown), ("0x10\n", .unknown),
        ] as [(String, CgroupLimit)])
    func memory(text: String, limit: CgroupLimit) {
        #expect(CgroupText.memoryLimit(in: Array(text.utf8)) == limit)
    }

    @Test(
        "a CPU limit is a quota of a period, in hundredths of a percent of a core",
        arguments: [
            ("max 100000\n", .unlimited), ("50000 100000\n", .limit(5_000)),
            ("400000 100000\n", .limit(40_000)), ("1000 1000000\n", .limit(10)),
            ("9223372036854775807 1\n", .unlimited),
            ("50000 0\n", .unknown), ("0 100000\n", .unknown), ("-1 100000\n", .unknown),
            ("50000\n", .unknown), ("", .unknown), ("max max\n", .unknown),
        ] as [(String, CgroupLimit)])
    func cpu(text: String, limit: CgroupLimit) {
        #expect(CgroupText.cpuLimit(in: Array(text.utf8)) == limit)
    }

    @Test(
        "on v1 quota and period have files of their own",
        arguments: [
            ("-1\n", "100000\n", .unlimited), ("20000\n", "100000\n", .limit(2_000)),
            ("20000\n", "", .unknown), ("", "100000\n", .unknown), ("20000\n", "0\n", .unknown),
            ("-2\n", "100000\n", .unknown),
        ] as [(String, String, CgroupLimit)])
    func cpuOfV1(quota: String, period: String, limit: CgroupLimit) {
        #expect(
            CgroupText.cpuLimit(quota: Array(quota.utf8), period: Array(period.utf8)) == limit)
    }

    @Test(
        "the time held back is in microseconds on v2 and in nanoseconds on v1",
        arguments: [
            ("usage_usec 9\nnr_throttled 2\nthrottled_usec 1500\n", 1_500_000),
            ("nr_periods 3\nnr_throttled 2\nthrottled_time 1500\n", 1_500),
            ("throttled_usec 9223372036854775807\n", nil),
            ("nr_throttled 2\n", nil), ("throttled_time -1\n", nil), ("", nil),
        ] as [(String, Int64?)])
    func throttled(text: String, nanoseconds: Int64?) {
        #expect(CgroupText.throttledNanoseconds(in: Array(text.utf8)) == nanoseconds)
    }

    @Test("of two limits the tighter one holds")
    func tighter() {
        #expect(CgroupLimit.limit(3).and(.limit(2)) == .limit(2))
        #expect(CgroupLimit.limit(3).and(.unlimited) == .limit(3))
        #expect(CgroupLimit.unlimited.and(.limit(3)) == .limit(3))
        #expect(CgroupLimit.unknown.and(.limit(3)) == .limit(3))
        #expect(CgroupLimit.unlimited.and(.unknown) == .unlimited)
        #expect(CgroupLimit.unknown.and(.unlimited) == .unlimited)
        #expect(CgroupLimit.unknown.and(.unknown) == .unknown)
    }

    @Test("no bytes make a parser trap", arguments: [1, 2, 3] as [UInt64])
    func hostileBytes(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let samples = [
            "50000 100000\n", "throttled_usec 1500\n", "20971520\n", "max 3\n", "-1\n",
        ].map { Array($0.utf8) }
        var understood = 0
        for round in 0..<3000 {
            let text =
                round % 2 == 0
                ? random.damaged(samples[round / 2 % samples.count])
                : random.bytes(of: "max 0129-\nthrottled_usec", atMost: 40)
            let limits = [
                CgroupText.memoryLimit(in: text), CgroupText.cpuLimit(in: text),
                CgroupText.cpuLimit(quota: text, period: samples[2]),
                CgroupText.cpuLimit(quota: samples[2], period: text),
            ]
            understood += limits.count { $0 != .unknown }
            if CgroupText.throttledNanoseconds(in: text) != nil { understood += 1 }
            if CgroupText.refusedForks(in: text) != nil { understood += 1 }
        }
        #expect(understood > 300, "seed \(seed)")
    }
}
