#if os(Linux)
    internal import CPlatform
    #if canImport(Glibc)
        internal import Glibc
    #elseif canImport(Musl)
        internal import Musl
    #endif

    /// An open file of `/proc`, closed with its owner; or none, where there was none to open.
    ///
    /// It is bound to the process, not to the pid's number: when the process is gone every read
    /// says so, even if the pid is another's by then.
    struct ProcFile: ~Copyable {
        private let number: Int32

        /// Owns `number` from now on; a negative one is no file.
        init(owning number: Int32 = -1) {
            self.number = number
        }

        deinit {
            if number >= 0 { close(number) }
        }

        /// The open descriptor, or `nil` if there is no file.
        var descriptor: Int32? { number >= 0 ? number : nil }

        /// Opens `/proc/<pid>/<name>`: no file if the process is gone, or keeps it from us and
        /// `mayBeRefused`.
        static func open(
            _ name: String, of pid: Int32, mayBeRefused: Bool = false
        ) throws(ProcessSampleError) -> ProcFile {
            // The name ends with a zero for the time of the call.
            let number = unsafe name.withCString { unsafe cplatform_open_proc(pid, $0) }
            if number < 0 {
                switch errno {
                case ENOENT, ESRCH: break
                case EACCES where mayBeRefused: break
                case EPERM where mayBeRefused: break
                case let number:
                    throw ProcessSampleError(.open, "/proc/\(pid)/\(name)", errorNumber: number)
                }
            }
            return ProcFile(owning: number)
        }
    }

    /// What one read of a file of `/proc` gave.
    enum ProcRead: Equatable {
        case bytes(Int)
        case gone
        case refused
        case failed(errorNumber: Int32)
    }

    /// The one buffer of a reader: reused by every read, so that reading allocates nothing.
    @safe struct ReadBuffer: ~Copyable, @unchecked Sendable {
        // The storage is reached only through this value, its unique owner, and freed with it;
        // that is also why the value may be sent to another thread.
        private var storage: UnsafeMutableBufferPointer<UInt8>

        init(capacity: Int = 4096) {
            unsafe storage = .allocate(capacity: capacity)
            unsafe storage.initialize(repeating: 0)
        }

        deinit { unsafe storage.deallocate() }

        var capacity: Int { unsafe storage.count }

        /// Reads from `offset` on, as much as the buffer holds: one `pread`.
        mutating func fill(from descriptor: Int32, at offset: Int = 0) -> ProcRead {
            // The pointer and the count are those of our own storage.
            let count = unsafe pread(descriptor, storage.baseAddress, storage.count, off_t(offset))
            return ProcRead(count)
        }

        /// Reads the entries that follow in an open directory: one `getdents64`.
        mutating func fillEntries(from directory: Int32) -> ProcRead {
            // The pointer and the count are those of our own storage.
            ProcRead(
                unsafe Int(cplatform_getdents64(directory, storage.baseAddress, storage.count)))
        }

        /// Doubles the buffer; `false` once it has `limit` bytes.
        mutating func grow(limit: Int) -> Bool {
            let size = unsafe storage.count * 2
            guard size <= limit else { return false }
            unsafe storage.deallocate()
            unsafe storage = .allocate(capacity: size)
            unsafe storage.initialize(repeating: 0)
            return true
        }

        /// Gives the first `count` bytes to `body`.
        func with<Result, Failure: Error>(
            _ count: Int, _ body: (Span<UInt8>) throws(Failure) -> Result
        ) throws(Failure) -> Result {
            // The slice lies inside the storage, which outlives the call.
            let bytes = unsafe UnsafeBufferPointer(storage)
            let slice = unsafe UnsafeBufferPointer(
                rebasing: bytes[..<min(max(0, count), bytes.count)])
            return try body(unsafe slice.span)
        }
    }

    extension ProcRead {
        /// What a system call that returned `count` said; reads `errno` if it failed.
        fileprivate init(_ count: Int) {
            if count >= 0 {
                self = .bytes(count)
            } else {
                switch errno {
                case ENOENT, ESRCH: self = .gone
                case EACCES, EPERM: self = .refused
                case let number: self = .failed(errorNumber: number)
                }
            }
        }
    }
#endif
