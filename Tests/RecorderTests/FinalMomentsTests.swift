import HistoryModel
import HistoryStore
import Recorder
import SlotRegistry
import Testing

@Suite("The last moments of a run")
struct FinalMomentsTests {
    private func moments(_ rig: Rig, _ run: Run) throws -> [Sample]? {
        try CatalogReader(path: rig.catalog.path).finalMoments(of: run.id)
    }

    @Test("the last two minutes are kept whole, and no more", arguments: [30, 121, 500])
    func kept(seconds: Int64) throws {
        let rig = try Rig()
        let writer = try rig.run(1)
        for second in 1...seconds {
            try writer.write(second * 1000 - 100, memory: UInt64(second))
            try rig.tick(second * 1000)
        }
        try writer.release(to: .stale)
        try rig.tick((seconds + 1) * 1000)
        let kept = try #require(try moments(rig, try rig.onlyRun()))
        let expected = max(1, seconds - 120)...seconds
        #expect(kept.map(\.memoryBytes) == expected.map(Optional.some))
        #expect(kept.map(\.at) == expected.map { Rig.at($0 * 1000 - 100) })
    }

    @Test("a shorter time is kept where it is asked for, and nothing for nothing")
    func settings() throws {
        for (keep, count) in [(Duration.seconds(5), 6), (.zero, 0)] {
            let rig = try Rig(settings: RecorderSettings(keep: keep))
            let writer = try rig.run(1)
            for second in 1...20 as ClosedRange<Int64> {
                try writer.write(second * 1000)
                try rig.tick(second * 1000)
            }
            try writer.release(to: .stale)
            try rig.tick(21_000)
            #expect(try moments(rig, try rig.onlyRun())?.count ?? 0 == count)
        }
    }

    @Test("a clock that steps loses none of them")
    func clockSteps() throws {
        let rig = try Rig()
        let writer = try rig.run(1)
        let times: [Int64] = [1_000, 2_000, 3_000, 1_500, 2_500, 3_600_000, 3_601_000]
        for time in times {
            try writer.write(time)
            try rig.tick(time + 10)
        }
        try writer.release(to: .stale)
        try rig.tick(3_602_000)
        let kept = try #require(try moments(rig, try rig.onlyRun()))
        #expect(kept.map { $0.at.milliseconds(since: Rig.at(0)) } == [3_600_000, 3_601_000])
        #expect(try rig.onlyRun().usage.sampleCount == 7)
    }

    @Test("a run that goes on leaves none")
    func running() throws {
        let rig = try Rig()
        try rig.run(1).write(500)
        try rig.tick(1_000)
        try rig.flush(10_000, isLast: true)
        #expect(try moments(rig, try rig.onlyRun()) == nil)
    }
}
