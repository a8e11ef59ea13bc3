internal import CPlatform

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Wakes and ends a sampling loop at once, from any thread.
///
/// ```swift
/// let stop = try StopSignal()
/// // … the loop runs on its own thread …
/// stop.request(.finalSampleThenStop)
/// ```
public final class StopSignal: Sendable {
    /// How to end.
    public enum Request: UInt8, Hashable, Sendable {
        /// Take one more sample, then end.
        case finalSampleThenStop = 1
        /// End without another sample.
        case stop = 2
    }

    /// The end that turns readable when a stop was asked for.
    private let readDescriptor: Int32
    private let writeDescriptor: Int32

    /// A signal that nobody gave yet: a pipe, closed with this object.
    ///
    /// - Throws: ``ProcessSampleError`` if the system grants no pipe.
    public init() throws(ProcessSampleError) {
        var readEnd: Int32 = -1
        var writeEnd: Int32 = -1
        // Both pointers are to locals that outlive the call.
        guard unsafe cplatform_make_stop_pipe(&readEnd, &writeEnd) == 0 else {
            throw ProcessSampleError(.makePipe, "the stop pipe", errorNumber: errno)
        }
        readDescriptor = readEnd
        writeDescriptor = writeEnd
    }

    deinit {
        close(readDescriptor)
        close(writeDescriptor)
    }

    /// Asks the loop to end; the first request counts. Never blocks.
    public func request(_ request: Request) {
        var byte = request.rawValue
        // One byte of a local; a full pipe already holds a request.
        while unsafe write(writeDescriptor, &byte, 1) < 0, errno == EINTR {}
    }

    /// Waits until a stop is asked for, or until the monotonic clock shows `deadline`: one
    /// `ppoll`, and a `read` once a stop was asked for.
    func wait(until deadline: UInt64) -> Request? {
        while true {
            let now = MonotonicClock.nanoseconds()
            let left = deadline > now ? deadline - now : 0
            let ready = cplatform_wait_readable(readDescriptor, left)
            if ready > 0 {
                var byte: UInt8 = 0
                // One byte of a local.
                guard unsafe read(readDescriptor, &byte, 1) == 1 else { return .stop }
                return Request(rawValue: byte) ?? .stop
            }
            // Interrupted by a signal, or woken before a deadline that is far away: wait on.
            if MonotonicClock.nanoseconds() >= deadline { return nil }
        }
    }
}
