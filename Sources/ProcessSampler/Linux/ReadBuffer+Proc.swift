#if os(Linux)
    #if canImport(Glibc)
        internal import Glibc
    #elseif canImport(Musl)
        internal import Musl
    #endif

    extension ReadBuffer {
        /// Reads and parses the open `/proc/<pid>/stat`; `nil` once the process is gone.
        mutating func stat(
            _ descriptor: Int32, of pid: Int32, units: ProcUnits
        ) throws(ProcessSampleError) -> ProcStat? {
            switch fill(from: descriptor) {
            case .bytes(let count):
                return try with(count) { (bytes) throws(ProcessSampleError) in
                    try ProcStat.parse(bytes, of: pid, units: units)
                }
            case .gone: return nil
            case .refused:
                throw ProcessSampleError(.read, "/proc/\(pid)/stat", errorNumber: EACCES)
            case .failed(let number):
                throw ProcessSampleError(.read, "/proc/\(pid)/stat", errorNumber: number)
            }
        }

        /// Reads and parses the open `/proc/<pid>/io`; all absent if it is kept from us or gone.
        mutating func io(
            _ descriptor: Int32, of pid: Int32
        ) throws(ProcessSampleError) -> ProcIO {
            switch fill(from: descriptor) {
            case .bytes(let count):
                return try with(count) { (bytes) throws(ProcessSampleError) in
                    try ProcIO.parse(bytes, of: pid)
                }
            case .gone, .refused: return ProcIO()
            case .failed(let number):
                throw ProcessSampleError(.read, "/proc/\(pid)/io", errorNumber: number)
            }
        }
    }
#endif
