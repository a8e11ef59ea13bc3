#if !canImport(Darwin)
    internal import CPlatform
    internal import HistoryModel
    #if canImport(Glibc)
        internal import Glibc
    #elseif canImport(Musl)
        internal import Musl
    #endif

    /// A process that is held by a pidfd: whatever becomes of its pid, it is this one.
    final class HeldProcess: Sendable {
        /// The pidfd.
        let key: Int32
        let pid: Int32
        let usesDescriptor = true

        init(owning pidfd: Int32, of pid: Int32) {
            key = pidfd
            self.pid = pid
        }

        deinit { close(key) }

        var state: HeldState {
            switch cplatform_watch_state(key) {
            case CInt(CPLATFORM_ALIVE): .alive
            case CInt(CPLATFORM_ZOMBIE): .zombie
            default: .reaped
            }
        }

        /// The wait status, once its parent has waited for it; Linux 6.15 and later.
        func exitStatus() -> ExitAnswer {
            var status: Int32 = 0
            // The pointer is to a local that outlives the call.
            return switch unsafe cplatform_watch_exit(key, &status) {
            case CInt(CPLATFORM_EXIT_KNOWN): .known(status)
            case CInt(CPLATFORM_EXIT_NOT_YET): .notYet
            default: .never
            }
        }

        /// The wait status from `/proc/<pid>/stat`, if it has died, its parent has not waited for it,
        /// and it is ours to see.
        func zombieStatus() -> Int32? {
            guard let text = SmallFile.read(Array("/proc/\(pid)/stat".utf8), limit: 4096),
                let status = ZombieStat.waitStatus(in: text)
            else { return nil }
            // To others than its owner the kernel shows 0.
            if status == 0 && !cplatform_may_read_stat(pid) { return nil }
            // Asked after the file was read: unless it is reaped by now, the file was its own.
            return state == .zombie ? status : nil
        }

        /// The wall clock's time when it started.
        func startedAt(of identity: ProcessIdentity) -> Timestamp? {
            identity.startedAt(bootNanoseconds: cplatform_boot_nanoseconds(), wall: .now())
        }
    }

    /// An epoll of pidfds and of one waker.
    struct DeathQueue: ~Copyable, Sendable {
        /// What a pidfd has told.
        struct Death {
            let key: Int32
            let isReaped: Bool
            let toldStatus: Int32?
        }

        /// What one wait has heard.
        struct Heard {
            var deaths: [Death] = []
            var isWoken = false
            var mayHaveMore = false
        }

        enum Hold {
            case held(HeldProcess)
            case gone
            case refused(errorNumber: Int32)
        }

        static let source = ProcessEnd.Source.pidfd
        static let noSuchProcess = ESRCH
        static let noDescriptorsLeft = EMFILE
        static let notPermitted = EPERM

        let waker: Waker
        private let queue: Int32
        private var events = [cplatform_watch_event](repeating: cplatform_watch_event(), count: 64)

        init() throws(ProcessWatchError) {
            let queue = cplatform_watch_queue()
            guard queue >= 0 else { throw ProcessWatchError("the queue", errorNumber: errno) }
            let descriptor = cplatform_watch_waker(queue)
            guard descriptor >= 0 else {
                let errorNumber = errno
                close(queue)
                throw ProcessWatchError("the waker of the queue", errorNumber: errorNumber)
            }
            self.queue = queue
            waker = Waker(owning: descriptor)
        }

        deinit { close(queue) }

        /// Holds whichever process has `pid` now, without telling of it yet.
        func hold(_ pid: Int32) -> Hold {
            let descriptor = cplatform_watch_open(pid)
            guard descriptor < 0 else { return .held(HeldProcess(owning: descriptor, of: pid)) }
            switch errno {
            // A thread that leads no process has an id too: EINVAL, on later kernels ENOENT.
            case ESRCH, EINVAL, ENOENT: return .gone
            case let errorNumber: return .refused(errorNumber: errorNumber)
            }
        }

        /// Tells of `process` from now on; the error's number if the system refuses.
        func add(_ process: HeldProcess) -> Int32? {
            let errorNumber = cplatform_watch_add(queue, process.key)
            return errorNumber == 0 ? nil : errorNumber
        }

        /// Tells of `process` no more.
        func remove(_ process: HeldProcess) {
            cplatform_watch_remove(queue, process.key)
        }

        /// Waits for at most `nanoseconds`: one `epoll_pwait2`.
        mutating func wait(_ nanoseconds: UInt64) -> Heard {
            let (queue, descriptor) = (queue, waker.descriptor)
            // The pointer and the count are those of our own array, which is not empty.
            let count = unsafe events.withUnsafeMutableBufferPointer { events in
                unsafe cplatform_watch_wait(
                    queue, descriptor, nanoseconds, events.baseAddress!, Int32(events.count))
            }
            var heard = Heard()
            for event in events.prefix(Int(count)) {
                if event.key < 0 {
                    heard.isWoken = true
                    cplatform_watch_drain(waker.descriptor)
                } else {
                    heard.deaths.append(
                        Death(key: event.key, isReaped: event.is_reaped, toldStatus: nil))
                }
            }
            heard.mayHaveMore = Int(count) == events.count
            return heard
        }
    }
#endif
