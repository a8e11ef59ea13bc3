import HistoryModel
import Logging
import Synchronization
import Testing

@testable import ProcessSampler

/// What a loop did, shared by its made-up parts.
final class Script: Sendable {
    struct State {
        var now: UInt64 = 1_000_000_000
        var reads: [Result<ProcessCounters?, ProcessSampleError>] = []
        var readNow: [UInt64] = []
        var readCost: [UInt64] = []
        var sinkErrors: [Int: SinkError] = [:]
        var written: [ProcessSampler.Measurement] = []
        var writes = 0
        var stops: [Int: StopSignal.Request] = [:]
        var deadlines: [UInt64] = []
        var log: [(Logger.Level, String)] = []
    }
    let state = Mutex(State())
}

struct ScriptedSource: CounterSource {
    let script: Script
    func read() throws(ProcessSampleError) -> ProcessCounters? {
        let result = script.state.withLock {
            state -> Result<ProcessCounters?, ProcessSampleError> in
            let index = state.readNow.count
            state.readNow.append(state.now)
            let at = state.now
            if index < state.readCost.count { state.now += state.readCost[index] }
            guard index < state.reads.count else { return .success(nil) }
            return state.reads[index].map { counters in
                var counters = counters
                counters?.readAtNanoseconds = at
                return counters
            }
        }
        return try result.get()
    }
}

struct ScriptedSink: SampleSink {
    let script: Script
    func write(_ measurement: ProcessSampler.Measurement) throws(SinkError) {
        let error = script.state.withLock { state -> SinkError? in
            defer { state.writes += 1 }
            if let error = state.sinkErrors[state.writes] { return error }
            state.written.append(measurement)
            return nil
        }
        if let error { throw error }
    }
}

struct ScriptedClock: SamplingClock {
    let script: Script
    func monotonicNanoseconds() -> UInt64 { script.state.withLock { $0.now } }
    func wallClock() -> Timestamp {
        Timestamp(unixMilliseconds: Int64(monotonicNanoseconds() / 1_000_000))
    }
    func sleep(until deadline: UInt64, orUntil stop: StopSignal) -> StopSignal.Request? {
        script.state.withLock { state in
            let index = state.deadlines.count
            state.deadlines.append(deadline)
            if let request = state.stops[index] { return request }
            state.now = max(state.now, deadline)
            return nil
        }
    }
}

struct ScriptedNetwork: NetworkCounters {
    func read() -> (rxBytes: UInt64, txBytes: UInt64)? { (7, 8) }
}

struct ScriptedLog: LogHandler {
    let script: Script
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .trace
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }
    func log(event: LogEvent) {
        script.state.withLock { $0.log.append((event.level, event.message.description)) }
    }
}

@Suite("Sampling loop")
struct SamplingLoopTests {
    static let ms: UInt64 = 1_000_000

    static func counters(_ cpu: UInt64, exited: Bool = false) -> Result<
        ProcessCounters?, ProcessSampleError
    > {
        .success(
            ProcessCounters(
                cpuTimeNanoseconds: cpu * ms, memoryBytes: exited ? nil : 4096, diskReadBytes: 1,
                diskWriteBytes: nil, readAtNanoseconds: 0, hasExited: exited))
    }

    func run(_ script: Script, interval: Duration = .seconds(1)) throws -> SamplingResult {
        let logger = Logger(label: "test") { _ in ScriptedLog(script: script) }
        var loop = SamplingLoop(
            source: ScriptedSource(script: script), network: ScriptedNetwork(),
            sink: ScriptedSink(script: script), interval: interval, stop: try StopSignal(),
            logger: logger, clock: ScriptedClock(script: script))
        return loop.run()
    }

    @Test("a first sample comes at once, without a rate, then one at every deadline")
    func deadlines() throws {
        let script = Script()
        script.state.withLock {
            $0.reads = [Self.counters(0), Self.counters(500), Self.counters(1500)]
            // A slow read does not move the deadlines after it.
            $0.readCost = [300 * Self.ms, 100 * Self.ms]
        }
        let result = try run(script)
        let state = script.state.withLock { $0 }
        #expect(
            result == SamplingResult(ending: .processExited, samplesWritten: 3, ticksMissed: 0))
        #expect(state.readNow.map { $0 / Self.ms } == [1000, 2000, 3000, 4000])
        #expect(state.written.map(\.cpuPercent) == [nil, 50, 100])
        #expect(state.written[0].sampledAt.unixMilliseconds == 1300)
        #expect(state.written[0].memoryBytes == 4096 && state.written[0].diskReadBytes == 1)
        #expect(state.written[0].diskWriteBytes == nil)
        #expect(state.written[0].netRxBytes == 7 && state.written[0].netTxBytes == 8)
        #expect(state.log.isEmpty)
    }

    @Test("deadlines that passed are skipped and counted")
    func skipped() throws {
        let script = Script()
        script.state.withLock {
            $0.reads = [Self.counters(0), Self.counters(0), Self.counters(0)]
            $0.readCost = [0, 3500 * Self.ms]
        }
        let result = try run(script)
        #expect(result.ticksMissed == 3)
        #expect(
            script.state.withLock { $0.readNow.map { $0 / Self.ms } } == [1000, 2000, 6000, 7000])
    }

    @Test("a slot that is another's ends it for good")
    func mismatch() throws {
        let script = Script()
        script.state.withLock {
            $0.reads = [Self.counters(0), Self.counters(0), Self.counters(0)]
            $0.sinkErrors = [1: .generationMismatch]
        }
        let result = try run(script)
        #expect(result.ending == .generationMismatch && result.samplesWritten == 1)
        let log = script.state.withLock { $0.log }
        #expect(log.map(\.0) == [.info])
        #expect(
            log.first?.1 == "The slot was given to another run; this run is sampled no more.")
    }

    @Test("another write error is logged once and sampling goes on")
    func otherErrors() throws {
        let script = Script()
        script.state.withLock {
            $0.reads = Array(repeating: Self.counters(0), count: 5)
            $0.sinkErrors = [0: .other("torn"), 1: .other("torn"), 3: .other("full")]
        }
        let result = try run(script)
        #expect(result.ending == .processExited && result.samplesWritten == 2)
        let log = script.state.withLock { $0.log }
        #expect(log.map(\.0) == [.warning, .warning])
        #expect(log.first?.1 == "cannot write a sample: torn; sampling goes on")
    }

    @Test("a zombie gives one last measurement without memory")
    func zombie() throws {
        let script = Script()
        script.state.withLock {
            $0.reads = [Self.counters(0), Self.counters(70, exited: true), Self.counters(90)]
        }
        let result = try run(script)
        #expect(result.ending == .processExited && result.samplesWritten == 2)
        let last = script.state.withLock { $0.written.last }
        #expect(last?.memoryBytes == nil && last?.cpuTimeNanoseconds == 70 * Self.ms)
    }

    @Test(
        "a stop takes a final sample if that is asked for",
        arguments: [(StopSignal.Request.stop, 2), (.finalSampleThenStop, 3)])
    func stops(request: StopSignal.Request, samples: Int) throws {
        let script = Script()
        script.state.withLock {
            $0.reads = Array(repeating: Self.counters(0), count: 5)
            $0.stops = [1: request]
        }
        let result = try run(script)
        #expect(result == SamplingResult(ending: .stopped, samplesWritten: samples, ticksMissed: 0))
    }

    @Test("a first read that fails ends it; later ones only in a row of ten")
    func failures() throws {
        let error = ProcessSampleError(.open, "/proc/1/stat", errorNumber: 24)
        let first = Script()
        first.state.withLock { $0.reads = [.failure(error)] }
        #expect(try run(first).ending == .failed(error))

        let later = Script()
        later.state.withLock {
            $0.reads = [Self.counters(0), .failure(error), Self.counters(0)]
            $0.reads += Array(repeating: .failure(error), count: 20)
        }
        let result = try run(later)
        #expect(result.ending == .failed(error) && result.samplesWritten == 2)
        #expect(later.state.withLock { $0.readNow.count } == 13)
        #expect(later.state.withLock { $0.log.map(\.1) } == [error.description])
    }

    @Test("the shortest and the longest interval are survived", arguments: [1, Int64.max])
    func extremes(nanoseconds: Int64) throws {
        let script = Script()
        script.state.withLock { $0.reads = Array(repeating: Self.counters(0), count: 50) }
        #expect(try run(script, interval: .nanoseconds(nanoseconds)).samplesWritten == 50)
        #expect(
            try run(Script(), interval: .seconds(Int64.max)).ending == .processExited)
    }

    @Test("a stop signal wakes a sleeper at once; the first request counts")
    func signal() throws {
        let stop = try StopSignal()
        #expect(stop.wait(until: 0) == nil)
        stop.request(.finalSampleThenStop)
        stop.request(.stop)
        #expect(stop.wait(until: .max) == .finalSampleThenStop)
    }
}
