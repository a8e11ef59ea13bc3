import Testing

@testable import ProcessSampler

@Suite("CPU rate")
struct CPURateTests {
    static let ms: UInt64 = 1_000_000

    @Test("the first read has no rate")
    func first() {
        var rate = CPURate()
        #expect(rate.percent(cpuTime: 500, at: 1000) == nil)
    }

    @Test("the rate is over the time between the reads; 100 is one core")
    func betweenReads() {
        var rate = CPURate()
        _ = rate.percent(cpuTime: 0, at: 1_000 * Self.ms)
        #expect(rate.percent(cpuTime: 1_000 * Self.ms, at: 2_000 * Self.ms) == 100)
        #expect(rate.percent(cpuTime: 4_000 * Self.ms, at: 4_000 * Self.ms) == 150)
        #expect(rate.percent(cpuTime: 4_000 * Self.ms, at: 5_000 * Self.ms) == 0)
    }

    @Test("a read that is too close is measured against the one before it")
    func close() {
        var rate = CPURate()
        _ = rate.percent(cpuTime: 0, at: 0)
        #expect(rate.percent(cpuTime: 10 * Self.ms, at: 50 * Self.ms) == nil)
        #expect(rate.percent(cpuTime: 100 * Self.ms, at: 1_000 * Self.ms) != nil)
        // 30 ms after the last one: against the read at 50 ms.
        let value = rate.percent(cpuTime: 108 * Self.ms, at: 1_030 * Self.ms)
        #expect(value == Float(98.0 / 980.0 * 100))
    }

    @Test(
        "however short the interval, a rate reaches back 100 to 150 ms", arguments: [1, 7, 10, 40])
    func short(interval: UInt64) {
        var rate = CPURate()
        var rates = 0
        for tick in 0..<(2_000 / interval) {
            let at = tick * interval * Self.ms
            let value = rate.percent(cpuTime: at / 2, at: at)
            if tick * interval < 100 {
                #expect(value == nil)
            } else {
                #expect(value == 50)
                rates += 1
            }
        }
        #expect(rates > 40)
    }

    @Test("CPU time that went down has no rate and starts anew")
    func fallen() {
        var rate = CPURate()
        _ = rate.percent(cpuTime: 900 * Self.ms, at: 0)
        #expect(rate.percent(cpuTime: 100 * Self.ms, at: 1_000 * Self.ms) == nil)
        #expect(rate.percent(cpuTime: 600 * Self.ms, at: 2_000 * Self.ms) == 50)
    }
}
