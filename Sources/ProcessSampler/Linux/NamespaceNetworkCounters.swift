#if os(Linux)
    #if canImport(Glibc)
        internal import Glibc
    #elseif canImport(Musl)
        internal import Musl
    #endif
    public import HistoryModel

    /// The network bytes of a process that lives in a network namespace other than ours.
    ///
    /// Source: `/proc/<pid>/net/dev`, every interface but `lo`. In our own namespace the file would
    /// tell of the whole host: the counters are absent then. The namespace is compared at every
    /// read, because a process may leave ours later.
    ///
    /// - Complexity: a read is one `fstatat`, in a namespace of its own also one `pread`; it
    ///   allocates nothing once the file is open.
    public struct NamespaceNetworkCounters: NetworkCounters, ~Copyable, Sendable {
        private struct Namespace: Equatable {
            var device: UInt64
            var inode: UInt64
        }

        private let pid: Int32
        private let directory: ProcFile
        private let ours: Namespace?
        private var buffer = ReadBuffer()
        private var devices = ProcFile()
        // The namespace whose devices are open.
        private var opened: Namespace?

        /// The counters of `process`; always absent if it is gone by now.
        public init(of process: ProcessIdentity) {
            pid = process.pid
            ours = Self.namespace(in: Self.openDirectory("/proc/self"))
            // The directory is bound to the process, so a pid that is reused later does no harm;
            // the check of the start time comes after it was opened.
            let directory = Self.openDirectory("/proc/\(process.pid)")
            let isSame = (try? ProcessIdentity.of(pid: process.pid)) == process
            if isSame {
                self.directory = directory
            } else {
                self.directory = ProcFile()
            }
        }

        /// The bytes now; `nil` in our own namespace, or if the process is gone or not ours to see.
        public mutating func read() -> (rxBytes: UInt64, txBytes: UInt64)? {
            guard let ours, let theirs = Self.namespace(in: directory), theirs != ours else {
                return nil
            }
            if opened != theirs {
                guard let directory = directory.descriptor else { return nil }
                let descriptor = unsafe openat(directory, "net/dev", O_RDONLY | O_CLOEXEC)
                guard descriptor >= 0 else { return nil }
                devices = ProcFile(owning: descriptor)
                opened = theirs
            }
            guard let descriptor = devices.descriptor else { return nil }
            repeat {
                guard case .bytes(let count) = buffer.fill(from: descriptor) else { return nil }
                // A seq file gives whole lines while they fit: room for one more proves the end.
                guard count > buffer.capacity - 512 else {
                    let total = try? buffer.with(count) { (bytes) throws(ProcessSampleError) in
                        try ProcNetDev.parse(bytes, of: pid)
                    }
                    return total.map { ($0.rxBytes, $0.txBytes) }
                }
            } while buffer.grow(limit: 1 << 22)
            return nil
        }

        private static func openDirectory(_ path: String) -> ProcFile {
            let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            return ProcFile(owning: descriptor)
        }

        private static func namespace(in directory: borrowing ProcFile) -> Namespace? {
            guard let descriptor = directory.descriptor else { return nil }
            var status = stat()
            guard unsafe fstatat(descriptor, "ns/net", &status, 0) == 0 else { return nil }
            return Namespace(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
        }
    }
#endif
