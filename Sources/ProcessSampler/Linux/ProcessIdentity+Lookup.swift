#if os(Linux)
    public import HistoryModel

    extension ProcessIdentity {
        /// The process that has `pid` now, zombies included.
        ///
        /// - Returns: its identity, or `nil` if no process has the pid.
        /// - Throws: ``ProcessSampleError`` if it is there but cannot be read.
        public static func of(pid: Int32) throws(ProcessSampleError) -> ProcessIdentity? {
            guard let stat = try currentStat(of: pid) else { return nil }
            return ProcessIdentity(pid: pid, startTimeNanoseconds: stat.startTimeNanoseconds)
        }

        /// Whether this very process is there and has not exited.
        public func isRunning() throws(ProcessSampleError) -> Bool {
            guard let stat = try ownStat() else { return false }
            return !stat.hasExited
        }

        /// Whether this very process has exited and still waits to be reaped.
        public func isZombie() throws(ProcessSampleError) -> Bool {
            guard let stat = try ownStat() else { return false }
            return stat.hasExited
        }

        private func ownStat() throws(ProcessSampleError) -> ProcStat? {
            guard let stat = try Self.currentStat(of: pid),
                stat.startTimeNanoseconds == startTimeNanoseconds
            else { return nil }
            return stat
        }

        private static func currentStat(of pid: Int32) throws(ProcessSampleError) -> ProcStat? {
            guard pid > 0 else { return nil }
            let file = try ProcFile.open("stat", of: pid)
            guard let descriptor = file.descriptor else { return nil }
            var buffer = ReadBuffer()
            return try buffer.stat(descriptor, of: pid, units: .system)
        }
    }
#endif
