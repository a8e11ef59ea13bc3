// Not built here: written against <libproc.h> and <sys/resource.h>, never yet compiled on macOS.
#if canImport(Darwin)
    internal import CPlatform
    internal import Darwin
    public import HistoryModel

    /// The counters of one process, without its children: the scope `process`.
    ///
    /// Source: `proc_pid_rusage` (`RUSAGE_INFO_V2`), times converted from Mach ticks.
    public struct ProcessCounterSource: CounterSource, ~Copyable, Sendable {
        private let process: ProcessIdentity

        /// The counters of `process`.
        public init(_ process: ProcessIdentity) throws(ProcessSampleError) {
            self.process = process
        }

        /// Reads the counters now.
        public mutating func read() throws(ProcessSampleError) -> ProcessCounters? {
            let readAt = MonotonicClock.nanoseconds()
            guard let usage = try ProcessUsage.of(process.pid),
                usage.start == process.startTimeNanoseconds
            else { return nil }
            return ProcessCounters(
                cpuTimeNanoseconds: usage.raw.cpu_ns.storable,
                memoryBytes: usage.hasExited ? nil : usage.raw.resident_bytes.storable,
                diskReadBytes: usage.raw.disk_read_bytes.storable,
                diskWriteBytes: usage.raw.disk_write_bytes.storable,
                readAtNanoseconds: readAt, hasExited: usage.hasExited)
        }
    }

    /// One answer of the system about a process.
    struct ProcessUsage {
        var raw: cplatform_process_usage

        /// The start time of ``ProcessIdentity``.
        var start: Int64 { Int64(clamping: raw.start_abstime_ns) }
        var hasExited: Bool { raw.is_zombie != 0 }

        /// Asks the system; `nil` once the process is gone.
        static func of(_ pid: Int32) throws(ProcessSampleError) -> ProcessUsage? {
            guard pid > 0 else { return nil }
            var raw = cplatform_process_usage()
            // The pointer is to a local that outlives the call.
            guard unsafe cplatform_process_usage(pid, &raw) != 0 else {
                return ProcessUsage(raw: raw)
            }
            if errno == ESRCH { return nil }
            throw ProcessSampleError(.read, "proc_pid_rusage(\(pid))", errorNumber: errno)
        }
    }

    extension ProcessIdentity {
        /// The process that has `pid` now, zombies included.
        ///
        /// - Returns: its identity, or `nil` if no process has the pid.
        /// - Throws: ``ProcessSampleError`` if it is there but cannot be read.
        public static func of(pid: Int32) throws(ProcessSampleError) -> ProcessIdentity? {
            guard let usage = try ProcessUsage.of(pid) else { return nil }
            return ProcessIdentity(pid: pid, startTimeNanoseconds: usage.start)
        }

        /// Whether this very process is there and has not exited.
        public func isRunning() throws(ProcessSampleError) -> Bool {
            guard let usage = try ProcessUsage.of(pid), usage.start == startTimeNanoseconds else {
                return false
            }
            return !usage.hasExited
        }

        /// Whether this very process has exited and still waits to be reaped.
        public func isZombie() throws(ProcessSampleError) -> Bool {
            guard let usage = try ProcessUsage.of(pid), usage.start == startTimeNanoseconds else {
                return false
            }
            return usage.hasExited
        }
    }
#endif
