/// Something that happened to a run.
public struct LifecycleEvent: Hashable, Sendable {
    /// What happened. An open set: a later version may know more.
    public struct Kind: RawRepresentable, Hashable, Sendable {
        /// The word in the catalog.
        public let rawValue: String

        /// The kind that the catalog calls `rawValue`.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// A slot was reserved and the run's row written; nothing runs yet.
        public static let reserved = Kind(rawValue: "reserved")
        /// The command was started.
        public static let started = Kind(rawValue: "started")
        /// The command could not be started.
        public static let startFailed = Kind(rawValue: "start_failed")
        /// The first sample was seen.
        public static let firstSample = Kind(rawValue: "first_sample")
        /// A signal from outside was passed on to the command.
        public static let signalled = Kind(rawValue: "signalled")
        /// The time limit was reached.
        public static let timedOut = Kind(rawValue: "timed_out")
        /// The command ended by itself.
        public static let exited = Kind(rawValue: "exited")
        /// The command was ended by a signal.
        public static let killed = Kind(rawValue: "killed")
        /// The process was seen to be gone, nobody knows how.
        public static let gone = Kind(rawValue: "gone")
        /// Its sampler stopped writing while its process lived.
        public static let stalled = Kind(rawValue: "stalled")
        /// Its sampler writes again.
        public static let resumed = Kind(rawValue: "resumed")
        /// The kernel's OOM killer killed a process of its memory cgroup.
        public static let oomKill = Kind(rawValue: "oom_kill")
        /// Its cgroup refused it a new process: too many there already.
        public static let processLimit = Kind(rawValue: "process_limit")
        /// The file system of its working directory had no room left when it ended.
        public static let diskFull = Kind(rawValue: "disk_full")
        /// The wall clock was set while it ran.
        public static let clockStepped = Kind(rawValue: "clock_stepped")
        /// The machine slept while it ran.
        public static let hostSlept = Kind(rawValue: "host_slept")
        /// The run's slot was taken back or given to another run.
        public static let slotReclaimed = Kind(rawValue: "slot_reclaimed")
        /// The `varve run` that watched over the command ended before it.
        public static let supervisorLost = Kind(rawValue: "supervisor_lost")

        /// The words that varve writes.
        public static let known: [Kind] = [
            .reserved, .started, .startFailed, .firstSample, .signalled, .timedOut, .exited,
            .killed,
            .gone, .stalled, .resumed, .oomKill, .processLimit, .diskFull, .clockStepped,
            .hostSlept, .slotReclaimed, .supervisorLost,
        ]
    }

    /// Who saw it.
    public struct Observer: RawRepresentable, Hashable, Sendable {
        /// The word in the catalog.
        public let rawValue: String

        /// The observer that the catalog calls `rawValue`.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// `varve run`, which started the command.
        public static let supervisor = Observer(rawValue: "supervisor")
        /// A recorder, from the registry.
        public static let recorder = Observer(rawValue: "recorder")
        /// A later varve, from what the catalog held.
        public static let reconciler = Observer(rawValue: "reconciler")
    }

    /// When it happened, as well as the observer can tell.
    public var at: Timestamp
    /// What happened.
    public var kind: Kind
    /// What more is known, in words.
    public var detail: String?
    /// Who saw it.
    public var seenBy: Observer

    /// `kind` at `at`, seen by `observer`.
    public init(_ kind: Kind, at: Timestamp, detail: String? = nil, seenBy observer: Observer) {
        self.at = at
        self.kind = kind
        self.detail = detail
        self.seenBy = observer
    }
}
