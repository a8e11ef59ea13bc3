import HistoryModel
import Testing

@testable import ProcessWatch

@Suite struct ExpectedProcessTests {
    private let process = ProcessIdentity(pid: 7, startTimeNanoseconds: 100_000_000_000)
    private let noon = Timestamp(unixMilliseconds: 1_795_435_200_000)

    @Test("a start time that was seen before decides alone")
    func exactStart() {
        let same = ExpectedProcess(
            startedAt: Timestamp(unixMilliseconds: 0), startTimeNanoseconds: 100_000_000_000)
        #expect(same.canBe(process, thatStartedAt: noon))
        let other = ExpectedProcess(startedAt: noon, startTimeNanoseconds: 100_010_000_000)
        #expect(!other.canBe(process, thatStartedAt: noon))
    }

    @Test(
        "a process that started more than five seconds after its run is another",
        arguments: [
            (-3_600_000, true), (0, true), (5000, true), (5001, false), (86_400_000, false),
        ])
    func laterStart(milliseconds: Int64, isIt: Bool) {
        let expected = ExpectedProcess(startedAt: noon)
        let started = noon.advanced(byMilliseconds: milliseconds)
        #expect(expected.canBe(process, thatStartedAt: started) == isIt)
    }

    @Test("where nothing is known, any process is the one")
    func nothingKnown() {
        #expect(ExpectedProcess(startedAt: nil).canBe(process, thatStartedAt: noon))
        #expect(ExpectedProcess(startedAt: noon).canBe(process, thatStartedAt: nil))
    }

    @Test("a start since boot becomes a time of the wall clock")
    func wallTime() {
        #expect(
            process.startedAt(bootNanoseconds: 160_000_000_000, wall: noon)
                == noon.advanced(byMilliseconds: -60_000))
    }

    @Test("no value of any clock traps", arguments: [Int64.min, -1, 0, 1, .max])
    func extremes(value: Int64) {
        var asked = 0
        for start in [Int64.min, -1, 0, 1, .max] {
            for boot in [UInt64.min, 1, UInt64(Int64.max), .max] {
                let process = ProcessIdentity(pid: 1, startTimeNanoseconds: start)
                let wall = process.startedAt(
                    bootNanoseconds: boot, wall: Timestamp(unixMilliseconds: value))
                let expected = ExpectedProcess(startedAt: Timestamp(unixMilliseconds: value))
                _ = expected.canBe(process, thatStartedAt: wall)
                asked += 1
            }
        }
        #expect(asked == 20)
    }
}
