internal import Dispatch
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
    /// Whether to sample, told once.
    private let go = Mailbox<Bool>()
    private let thread: DedicatedThread<SamplingResult>

    /// Makes ready to sample `process`, which must not have started any other yet, into the slot of
    /// `writer`.
    ///
    /// - Throws: ``HistoryModel/ProcessSampleError`` if the system grants no pipe.
    /// - Returns: `nil` if it has no room for another thread.
    init?(
        of process: ProcessIdentity, scope: Scope, into writer: SlotWriter, interval: Duration,
        logger: Logger
    ) throws {
        let stop = try StopSignal()
        let go = go
        let thread = DedicatedThread {
            do {
                switch scope {
                case .process:
                    let source = try ProcessCounterSource(process)
                    guard go.next(until: .distantFuture) == true else { return Self.nothing }
                    var loop = SamplingLoop(
                        source: source,
                        network: NamespaceNetworkCounters(of: process),
                        sink: SlotSink(writer: writer), interval: interval, stop: stop,
                        logger: logger)
                    return loop.run()
                case .tree:
                    let source = try TreeCounterSource(root: process, adoptedBy: ProcessID.own)
                    guard go.next(until: .distantFuture) == true else { return Self.nothing }
                    var loop = SamplingLoop(
                        source: source,
                        network: NamespaceNetworkCounters(of: process),
                        sink: SlotSink(writer: writer), interval: interval, stop: stop,
                        logger: logger)
                    return loop.run()
                }
            } catch {
                var result = Self.nothing
                if let failure = error as? ProcessSampleError { result.ending = .failed(failure) }
                return result
            }
        }
        guard let thread else { return nil }
        self.stop = stop
        self.thread = thread
    }

    /// Takes the first sample, now that the process runs the command.
    func start() {
        go.post(true)
    }

    /// Takes a last sample, and ends once it is written.
    @discardableResult
    func finish() -> SamplingResult {
        stop.request(.finalSampleThenStop)
        return thread.join()
    }

    /// Ends without any sample, if it was not started.
    func cancel() {
        go.post(false)
        _ = thread.join()
    }

    private static let nothing = SamplingResult(
        ending: .stopped, samplesWritten: 0, ticksMissed: 0)
}
