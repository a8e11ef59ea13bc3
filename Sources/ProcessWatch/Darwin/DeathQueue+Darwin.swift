// Not built here: written after kqueue(2) of macOS, never yet compiled there.
#if canImport(Darwin)
    internal import CPlatform
    internal import Darwin
    internal import HistoryModel

    /// A process that a kqueue tells of. The pid is all there is to hold; the queue itself is bound to
    /// the process once it was added.
    final class HeldProcess: Sendable {
        /// The pid.
        let key: Int32
        let pid: Int32
        let usesDescriptor = false

        init(pid: Int32) {
            key = pid
            self.pid = pid
        }

        var state: HeldState { cplatform_process_is_gone(pid) ? .reaped : .alive }

        /// The queue alone tells, together with the death.
        func exitStatus() -> ExitAnswer { .never }

        func zombieStatus() -> Int32? { nil }

        /// The wall clock's time when it started.
        func startedAt(of identity: ProcessIdentity) -> Timestamp? {
            let milliseconds = cplatform_started_at_ms(pid)
            return milliseconds > 0 ? Timestamp(unixMilliseconds: milliseconds) : nil
        }
    }

    /// A kqueue of processes and of one waker.
    struct DeathQueue: ~Copyable, Sendable {
        /// What the queue has told.
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

        static let source = ProcessEnd.Source.kqueue
        static let noSuchProcess = ESRCH
        static let noDescriptorsLeft = EMFILE
        static let notPermitted = EPERM

        /// It owns the queue's descriptor, which outlives this value if somebody keeps the waker.
        let waker: Waker
        private var events = [cplatform_watch_event](repeating: cplatform_watch_event(), count: 64)

        init() throws(ProcessWatchError) {
            let queue = cplatform_watch_queue()
            guard queue >= 0 else { throw ProcessWatchError("the queue", errorNumber: errno) }
            waker = Waker(owning: queue)
            guard cplatform_watch_waker(queue) >= 0 else {
                throw ProcessWatchError("the waker of the queue", errorNumber: errno)
            }
        }

        func hold(_ pid: Int32) -> Hold {
            cplatform_process_is_gone(pid) ? .gone : .held(HeldProcess(pid: pid))
        }

        /// Tells of `process` from now on; the error's number if the system refuses.
        func add(_ process: HeldProcess) -> Int32? {
            let errorNumber = cplatform_watch_add(waker.descriptor, process.pid)
            return errorNumber == 0 ? nil : errorNumber
        }

        /// Tells of `process` no more.
        func remove(_ process: HeldProcess) {
            cplatform_watch_remove(waker.descriptor, process.pid)
        }

        /// Waits for at most `nanoseconds`: one `kevent`.
        mutating func wait(_ nanoseconds: UInt64) -> Heard {
            let descriptor = waker.descriptor
            // The pointer and the count are those of our own array, which is not empty.
            let count = unsafe events.withUnsafeMutableBufferPointer { events in
                unsafe cplatform_watch_wait(
                    descriptor, descriptor, nanoseconds, events.baseAddress!, Int32(events.count))
            }
            var heard = Heard()
            for event in events.prefix(Int(count)) {
                if event.key < 0 {
                    heard.isWoken = true
                } else {
                    heard.deaths.append(
                        Death(
                            key: event.key, isReaped: event.is_reaped,
                            toldStatus: event.has_status ? event.wait_status : nil))
                }
            }
            heard.mayHaveMore = Int(count) == events.count
            return heard
        }
    }
#endif
