internal import HistoryModel
internal import Logging
internal import ProcessSampler
internal import SlotRegistry

/// Samples a command into its slot, on a thread of its own that only reads `/proc` and sleeps.
final class CommandSampler: Sendable {
    /// What counts as the command.
    enum Scope: String, CaseIterable, Sendable {
        /// Its first process alone.
        case process
        /// Its first process and all its descendants.
        case tree
    }

    private let stop: StopSignal
    private let thread: DedicatedThread<SamplingResult>

    /// Starts sampling `process` into the slot of `writer`.
    ///
    /// - Throws: ``HistoryModel/ProcessSampleError`` if the system grants no pipe.
    /// - Returns: `nil` if it has no room for another thread.
    init?(
        of process: ProcessIdentity, scope: Scope, into writer: SlotWriter, interval: Duration,
        logger: Logger
    ) throws {
        let stop = try StopSignal()
        let thread = DedicatedThread {
            do {
                switch scope {
                case .process:
                    var loop = SamplingLoop(
                        source: try ProcessCounterSource(process),
                        network: NamespaceNetworkCounters(of: process),
                        sink: SlotSink(writer: writer), interval: interval, stop: stop,
                        logger: logger)
                    return loop.run()
                case .tree:
                    var loop = SamplingLoop(
                        source: try TreeCounterSource(root: process, adoptedBy: ProcessID.own),
                        network: NamespaceNetworkCounters(of: process),
                        sink: SlotSink(writer: writer), interval: interval, stop: stop,
                        logger: logger)
                    return loop.run()
                }
            } catch {
                let failure = error as? ProcessSampleError
                return SamplingResult(
                    ending: failure.map(SamplingResult.Ending.failed) ?? .stopped,
                    samplesWritten: 0, ticksMissed: 0)
            }
        }
        guard let thread else { return nil }
        self.stop = stop
        self.thread = thread
    }

    /// Takes a last sample, and ends once it is written.
    @discardableResult
    func finish() -> SamplingResult {
        stop.request(.finalSampleThenStop)
        return thread.join()
    }
}
