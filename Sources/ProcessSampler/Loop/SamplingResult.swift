/// How a sampling loop ended.
public struct SamplingResult: Hashable, Sendable {
    /// Why a sampling loop ended.
    public enum Ending: Hashable, Sendable {
        /// The process is gone, or has exited and its last totals were written.
        case processExited
        /// It was asked to.
        case stopped
        /// The slot belongs to another run now.
        case generationMismatch
        /// The first read failed, or so many in a row that there is no hope.
        case failed(ProcessSampleError)
    }

    /// Why it ended.
    public var ending: Ending
    /// Measurements that the sink accepted.
    public var samplesWritten: Int
    /// Deadlines that passed while the loop was still busy or the host slept.
    public var ticksMissed: Int

    /// A loop that ended so.
    public init(ending: Ending, samplesWritten: Int, ticksMissed: Int) {
        self.ending = ending
        self.samplesWritten = samplesWritten
        self.ticksMissed = ticksMissed
    }
}
