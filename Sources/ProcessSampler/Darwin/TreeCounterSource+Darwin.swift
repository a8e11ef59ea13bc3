// Not built here: written against <libproc.h>, never yet compiled on macOS.
#if canImport(Darwin)
    internal import CPlatform
    internal import Darwin
    public import HistoryModel

    /// Reads the processes of a tree through libproc.
    struct LibprocTreeReader: TreeReader, Sendable {
        private var pids = ContiguousArray<Int32>(repeating: 0, count: 4096)

        // Each process has its own figures only.
        var inheritsDiskCounters: Bool { false }

        mutating func beginPass() {}
        mutating func release(slot: Int) {}

        mutating func read(_ pid: Int32, slot: Int) -> MemberRead {
            do throws(ProcessSampleError) {
                guard let usage = try ProcessUsage.of(pid) else { return .gone }
                return .alive(
                    MemberCounters(
                        startTimeNanoseconds: usage.start, parentPID: usage.raw.parent_pid,
                        cpuTime: usage.raw.cpu_ns, childrenCPUTime: usage.raw.children_cpu_ns,
                        memoryBytes: usage.hasExited ? nil : usage.raw.resident_bytes,
                        diskReadBytes: usage.raw.disk_read_bytes,
                        diskWriteBytes: usage.raw.disk_write_bytes, hasExited: usage.hasExited))
            } catch {
                return .unreadable(error)
            }
        }

        mutating func appendChildren(
            of pid: Int32, slot: Int, threads: UInt64, to list: inout ContiguousArray<Int32>
        ) {
            appendChildren(ofReaper: pid, to: &list)
        }

        mutating func appendChildren(ofReaper pid: Int32, to list: inout ContiguousArray<Int32>) {
            // The capacity is that of our own buffer.
            let count = unsafe pids.withUnsafeMutableBufferPointer { buffer in
                unsafe cplatform_child_pids(pid, buffer.baseAddress, Int32(buffer.count))
            }
            for index in 0..<max(0, Int(count)) where pids[index] > 0 { list.append(pids[index]) }
        }

        mutating func childrenCPUTime(ofReaper pid: Int32) -> UInt64? {
            let usage = try? ProcessUsage.of(pid)
            return usage?.raw.children_cpu_ns
        }
    }

    /// The counters of a process and all its descendants: the scope `tree`.
    ///
    /// macOS has no child subreaper: an orphan that was never read is lost. CPU time of the children
    /// that a member waited for is counted, their I/O only as far as they were read themselves.
    public struct TreeCounterSource: CounterSource, ~Copyable, Sendable {
        private var account: TreeAccount<LibprocTreeReader>

        /// The tree of `root`; `reaperPID` is for Linux, and counts nothing more here.
        ///
        /// - Parameters:
        ///   - root: the first process of the tree; the tree ends with it.
        ///   - reaperPID: not used here.
        ///   - descriptorBudget: not used here.
        public init(
            root: ProcessIdentity, adoptedBy reaperPID: Int32? = nil, descriptorBudget: Int = 256
        ) throws(ProcessSampleError) {
            account = TreeAccount(LibprocTreeReader(), root: root, reaper: nil)
        }

        /// Reads the whole tree now.
        public mutating func read() throws(ProcessSampleError) -> ProcessCounters? {
            try account.read(at: MonotonicClock.nanoseconds())
        }
    }
#endif
