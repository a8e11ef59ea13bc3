internal import HistoryModel
public import Logging

/// Samples a process, or a process tree, at every deadline until it ends.
///
/// Once it runs it only reads `/proc` and sleeps: nothing is allocated, locked or written but through
/// the sink. It blocks: give it a thread of its own.
///
/// ```swift
/// var loop = SamplingLoop(
///     source: try TreeCounterSource(root: child, adoptedBy: getpid()),
///     network: NamespaceNetworkCounters(of: child), sink: slot,
///     interval: .seconds(1), stop: stop, logger: logger)
/// let result = loop.run()
/// ```
public struct SamplingLoop<
    Source: CounterSource & ~Copyable, Network: NetworkCounters & ~Copyable,
    Sink: SampleSink & ~Copyable, Clock: SamplingClock & ~Copyable
>: ~Copyable {
    /// Reads that may fail in a row before the loop gives up.
    static var failureLimit: Int { 10 }

    private var source: Source
    private var network: Network
    private var sink: Sink
    private var clock: Clock
    private let interval: UInt64
    private let stop: StopSignal
    private let logger: Logger
    private var rate = CPURate()
    private var samplesWritten = 0
    private var ticksMissed = 0
    private var failuresInRow = 0
    private var complaints: Set<String> = []

    /// A loop that takes a first sample as soon as it runs and then one per `interval`.
    ///
    /// - Precondition: `interval` is positive.
    public init(
        source: consuming Source, network: consuming Network, sink: consuming Sink,
        interval: Duration, stop: StopSignal, logger: Logger, clock: consuming Clock
    ) {
        precondition(interval > .zero, "an interval is positive")
        self.source = source
        self.network = network
        self.sink = sink
        self.clock = clock
        let (seconds, attoseconds) = interval.components
        // A day at most: what is longer is no sampling, and its nanoseconds might not fit.
        self.interval =
            seconds >= 86_400
            ? 86_400_000_000_000
            : UInt64(max(1, seconds * 1_000_000_000 + attoseconds / 1_000_000_000))
        self.stop = stop
        self.logger = logger
    }

    /// Samples until the process is gone, the slot is another's, or `stop` is given.
    public mutating func run() -> SamplingResult {
        let start = clock.monotonicNanoseconds()
        var tick: UInt64 = 0
        while true {
            if let ending = sample() { return result(ending) }
            // The next deadline that still lies ahead: those that passed are skipped, so that a
            // late sample is never followed by a burst.
            let now = max(start, clock.monotonicNanoseconds())
            let next = max(tick, (now - start) / interval) + 1
            ticksMissed += Int(clamping: next - tick - 1)
            tick = next
            // At most once in 10^9 intervals of a day could this overflow; sleep to the end then.
            let (ahead, overflow) = tick.multipliedReportingOverflow(by: interval)
            let deadline = overflow ? .max : start.saturatingAdd(ahead)
            switch clock.sleep(until: deadline, orUntil: stop) {
            case nil: continue
            case .stop: return result(.stopped)
            case .finalSampleThenStop: return result(sample() ?? .stopped)
            }
        }
    }

    private func result(_ ending: SamplingResult.Ending) -> SamplingResult {
        SamplingResult(ending: ending, samplesWritten: samplesWritten, ticksMissed: ticksMissed)
    }

    /// Takes one sample and writes it; gives a reason if the loop must end.
    private mutating func sample() -> SamplingResult.Ending? {
        let counters: ProcessCounters
        do throws(ProcessSampleError) {
            guard let read = try source.read() else { return .processExited }
            counters = read
            failuresInRow = 0
        } catch {
            failuresInRow += 1
            let isHopeless =
                (samplesWritten == 0 && failuresInRow == 1) || failuresInRow >= Self.failureLimit
            complain("\(error)")
            return isHopeless ? .failed(error) : nil
        }

        var measurement = Measurement(sampledAt: clock.wallClock())
        measurement.cpuTimeNanoseconds = counters.cpuTimeNanoseconds
        if let cpuTime = counters.cpuTimeNanoseconds {
            measurement.cpuPercent = rate.percent(
                cpuTime: cpuTime, at: counters.readAtNanoseconds)
        }
        measurement.memoryBytes = counters.memoryBytes
        measurement.diskReadBytes = counters.diskReadBytes
        measurement.diskWriteBytes = counters.diskWriteBytes
        if let (rx, tx) = network.read() {
            measurement.netRxBytes = rx
            measurement.netTxBytes = tx
        }
        do throws(SinkError) {
            try sink.write(measurement)
            samplesWritten += 1
        } catch {
            switch error {
            case .generationMismatch:
                logger.info("The slot was given to another run; this run is sampled no more.")
                return .generationMismatch
            case .other(let reason):
                complain("cannot write a sample: \(reason); sampling goes on")
            }
        }
        return counters.hasExited ? .processExited : nil
    }

    /// Logs a trouble once, however often it comes back.
    private mutating func complain(_ trouble: String) {
        guard complaints.count < 64, complaints.insert(trouble).inserted else { return }
        logger.warning("\(trouble)")
    }
}

extension SamplingLoop
where
    Source: ~Copyable, Network: ~Copyable, Sink: ~Copyable, Clock == SystemSamplingClock
{
    /// A loop on the system's clocks that takes a first sample as soon as it runs and then one per
    /// `interval`.
    ///
    /// - Precondition: `interval` is positive.
    public init(
        source: consuming Source, network: consuming Network, sink: consuming Sink,
        interval: Duration, stop: StopSignal, logger: Logger
    ) {
        self.init(
            source: source, network: network, sink: sink, interval: interval, stop: stop,
            logger: logger, clock: SystemSamplingClock())
    }
}

extension SamplingLoop: Sendable
where
    Source: Sendable & ~Copyable, Network: Sendable & ~Copyable, Sink: Sendable & ~Copyable,
    Clock: Sendable & ~Copyable
{}

extension UInt64 {
    /// The sum, held at the end of the range.
    func saturatingAdd(_ other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }

    /// The difference, or zero if `other` is larger.
    func saturatingSubtract(_ other: UInt64) -> UInt64 {
        self > other ? self - other : 0
    }
}
