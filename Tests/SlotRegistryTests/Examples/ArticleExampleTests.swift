import HistoryModel
import SlotRegistry
import Testing

/// What the article "Writing metrics from a runtime" shows, done.
struct ArticleExampleTests {
    @Test func `a runtime publishes a run, and a reader sees it until the slot is used again`()
        throws
    {
        let scratch = try ScratchRegistry()
        let registry = try Registry.openOrCreate(scratch.name, capacity: 8)
        let noon = Timestamp(unixMilliseconds: 1_795_435_200_000)
        let metrics = try SandboxMetrics(
            in: registry, sandboxID: 1, runID: 7, name: "web\u{1b}[2J", process: 1,
            memoryLimitBytes: 1 << 30, startedAt: noon)
        #expect(try lines(of: scratch.name) == [])
        try metrics.publish(
            cpuTimeNanoseconds: 5_000_000, cpuPercent: 50, memoryBytes: 4096,
            at: noon.advanced(byMilliseconds: 1_000))
        let line = "slot 0: web\\u{1b}[2J, memory 4096 bytes"
        #expect(try lines(of: scratch.name) == [line])
        let reading = try RegistryReader.open(scratch.name).reading(0)
        let sample = try #require(reading.checkedSample().sample)
        #expect(sample.cpuCentipercent == 5_000 && sample.cpuTimeNanoseconds == 5_000_000)
        #expect(sample.diskReadBytes == nil && sample.netRxBytes == nil)
        #expect(reading.identity.memoryLimitBytes == 1 << 30)
        try metrics.end()
        #expect(try lines(of: scratch.name) == [line])
        #expect(throws: RegistryError.self) {
            try metrics.publish(cpuTimeNanoseconds: 0, cpuPercent: 0, memoryBytes: 0)
        }
    }
}
