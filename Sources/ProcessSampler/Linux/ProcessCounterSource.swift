#if os(Linux)
    public import HistoryModel

    /// The counters of one process, without its children: the scope `process`.
    ///
    /// Source: `/proc/<pid>/stat` fields 14, 15, 22 and 24, and `/proc/<pid>/io`. Children that the
    /// process waited for are in its I/O, because the kernel adds them, and not in its CPU time.
    ///
    /// ```swift
    /// var source = try ProcessCounterSource(identity)
    /// let counters = try source.read()  // nil: it is gone
    /// ```
    ///
    /// - Complexity: a read is two `pread` into one buffer; it allocates nothing.
    public struct ProcessCounterSource: CounterSource, ~Copyable, Sendable {
        private let process: ProcessIdentity
        private let units = ProcUnits.system
        private var buffer = ReadBuffer()
        // Absent once the process was gone when we came.
        private let stat: ProcFile
        // Absent if the system keeps the file from us.
        private let io: ProcFile

        /// The counters of `process`, whose files are opened now and stay open.
        ///
        /// - Throws: ``ProcessSampleError`` if a file cannot be opened for a reason other than that
        ///   the process is gone, or that its I/O is not for us to see.
        public init(_ process: ProcessIdentity) throws(ProcessSampleError) {
            let stat = try ProcFile.open("stat", of: process.pid)
            let io = try ProcFile.open("io", of: process.pid, mayBeRefused: true)
            self.process = process
            self.stat = stat
            self.io = io
        }

        /// Reads the counters now.
        public mutating func read() throws(ProcessSampleError) -> ProcessCounters? {
            guard let statDescriptor = stat.descriptor else { return nil }
            let readAt = MonotonicClock.nanoseconds()
            guard let stat = try buffer.stat(statDescriptor, of: process.pid, units: units),
                stat.startTimeNanoseconds == process.startTimeNanoseconds
            else { return nil }
            var disk = ProcIO()
            if let ioDescriptor = io.descriptor {
                disk = try buffer.io(ioDescriptor, of: process.pid)
            }
            return ProcessCounters(
                cpuTimeNanoseconds: stat.cpuTimeNanoseconds,
                memoryBytes: stat.measuredMemoryBytes,
                diskReadBytes: disk.readBytes, diskWriteBytes: disk.writeBytes,
                readAtNanoseconds: readAt, hasExited: stat.hasExited)
        }
    }
#endif
