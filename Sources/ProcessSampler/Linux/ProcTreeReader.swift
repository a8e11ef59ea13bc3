#if os(Linux)
    internal import CPlatform
    #if canImport(Glibc)
        internal import Glibc
    #elseif canImport(Musl)
        internal import Musl
    #endif

    /// Reads the processes of a tree from `/proc`.
    ///
    /// Up to a budget of descriptors a member's files stay open, and a read is one `pread` each;
    /// beyond it a file is opened, read and closed. Children come from
    /// `/proc/<pid>/task/<tid>/children`, or, in a kernel without it (`CONFIG_PROC_CHILDREN`), from
    /// one look at every process.
    struct ProcTreeReader: TreeReader, ~Copyable, Sendable {
        /// How children are found.
        enum Enumeration {
            case childrenFiles
            case everyProcess
        }

        static var listLimit: Int { 65_536 }

        let units: ProcUnits
        let enumeration: Enumeration
        // Used by the other half of the reader, which finds children.
        var buffer = ReadBuffer()
        var pool: DescriptorPool
        private let reaperStat: ProcFile
        private let reaperTasks: ProcFile
        // The entries of the directory that was listed last: threads, or all processes.
        var numbers: ContiguousArray<Int32> = []
        // Every process and its parent, in a kernel without children files; made once a pass.
        var parents: ContiguousArray<(parent: Int32, pid: Int32)> = []

        init(
            reaper: Int32?, descriptorBudget: Int, capacity: Int, units: ProcUnits = .system,
            enumeration: Enumeration? = nil
        ) throws(ProcessSampleError) {
            let stat: ProcFile
            let tasks: ProcFile
            if let reaper {
                stat = try ProcFile.open("stat", of: reaper)
                tasks = try ProcFile.open("task", of: reaper)
            } else {
                stat = ProcFile()
                tasks = ProcFile()
            }
            reaperStat = stat
            reaperTasks = tasks
            self.units = units
            pool = DescriptorPool(budget: descriptorBudget, capacity: capacity)
            numbers.reserveCapacity(64)
            self.enumeration = enumeration ?? Self.availableEnumeration()
        }

        private static func availableEnumeration() -> Enumeration {
            let descriptor = cplatform_open_proc_children(getpid(), getpid())
            guard descriptor >= 0 else { return .everyProcess }
            close(descriptor)
            return .childrenFiles
        }

        var inheritsDiskCounters: Bool { true }

        mutating func beginPass() {
            if enumeration == .everyProcess { listEveryProcess() }
        }

        mutating func release(slot: Int) { pool.release(slot: slot) }

        // MARK: Counters

        mutating func read(_ pid: Int32, slot: Int) -> MemberRead {
            do throws(ProcessSampleError) {
                guard let stat = try stat(of: pid, slot: slot), !stat.isReleased else {
                    return .gone
                }
                guard let own = stat.cpuTimeNanoseconds else {
                    throw ProcessSampleError(
                        malformed: "utime (field 14)", in: "/proc/\(pid)/stat")
                }
                let disk = try io(of: pid, slot: slot)
                return .alive(
                    MemberCounters(
                        startTimeNanoseconds: stat.startTimeNanoseconds,
                        parentPID: stat.parentPID, cpuTime: own,
                        childrenCPUTime: stat.childrenCPUTimeNanoseconds ?? 0,
                        memoryBytes: stat.measuredMemoryBytes,
                        diskReadBytes: disk.readBytes, diskWriteBytes: disk.writeBytes,
                        threads: stat.threads, hasExited: stat.hasExited))
            } catch {
                return .unreadable(error)
            }
        }

        private mutating func stat(
            of pid: Int32, slot: Int
        ) throws(ProcessSampleError) -> ProcStat? {
            if let descriptor = pool.descriptor(.stat, slot: slot) {
                return try buffer.stat(descriptor, of: pid, units: units)
            }
            let descriptor = open("stat", pid)
            guard descriptor >= 0 else {
                if errno == ENOENT || errno == ESRCH { return nil }
                throw ProcessSampleError(.open, "/proc/\(pid)/stat", errorNumber: errno)
            }
            let isKept = pool.keep(descriptor, .stat, slot: slot)
            defer { if !isKept { close(descriptor) } }
            return try buffer.stat(descriptor, of: pid, units: units)
        }

        private mutating func io(of pid: Int32, slot: Int) throws(ProcessSampleError) -> ProcIO {
            if let descriptor = pool.descriptor(.io, slot: slot) {
                return try buffer.io(descriptor, of: pid)
            }
            // Refused or gone: absent. The descriptors' limit is met by `stat` first.
            let descriptor = open("io", pid)
            guard descriptor >= 0 else { return ProcIO() }
            let isKept = pool.keep(descriptor, .io, slot: slot)
            defer { if !isKept { close(descriptor) } }
            return try buffer.io(descriptor, of: pid)
        }

        private func open(_ name: String, _ pid: Int32) -> Int32 {
            // The name is a literal that ends with a zero for the time of the call.
            unsafe name.withCString { unsafe cplatform_open_proc(pid, $0) }
        }

        // MARK: The reaper

        mutating func childrenCPUTime(ofReaper pid: Int32) -> UInt64? {
            guard let descriptor = reaperStat.descriptor else { return nil }
            let stat = try? buffer.stat(descriptor, of: pid, units: units)
            return stat?.childrenCPUTimeNanoseconds
        }

        mutating func appendChildren(ofReaper pid: Int32, to list: inout ContiguousArray<Int32>) {
            switch enumeration {
            case .everyProcess: appendFromSnapshot(pid, to: &list)
            case .childrenFiles:
                // It may have threads of its own: the kernel gives an orphan to any of them.
                if let tasks = reaperTasks.descriptor {
                    appendChildrenOfThreads(tasks, of: pid, to: &list)
                }
            }
        }
    }
#endif
