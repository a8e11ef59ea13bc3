#if os(Linux)
    public import HistoryModel

    /// The counters of a process and all its descendants: the scope `tree`.
    ///
    /// CPU time is exact to the tick for every process that a member, or the reaper, waited for,
    /// however short it lived; so is I/O for what a member waited for. What an orphan did between
    /// its last read and its end is only known if `adoptedBy` names who adopts and reaps it, and
    /// then only its CPU time. Memory is the sum of the living members' resident sets: pages that
    /// they share count more than once. Counters never go down because the tree changed.
    ///
    /// ```swift
    /// // After prctl(PR_SET_CHILD_SUBREAPER):
    /// var source = try TreeCounterSource(root: child, adoptedBy: getpid())
    /// ```
    ///
    /// - Complexity: three `pread` a member while its files are open; allocates nothing while the
    ///   tree does not grow beyond its largest size so far (or 1024 members).
    public struct TreeCounterSource: CounterSource, ~Copyable, Sendable {
        private var account: TreeAccount<ProcTreeReader>

        /// The tree of `root`, and of every descendant of the process `reaperPID`, which is itself
        /// not counted: the child subreaper that orphans of the tree are given to.
        ///
        /// - Parameters:
        ///   - root: the first process of the tree; the tree ends with it.
        ///   - reaperPID: the supervisor, which must have no children but the tree's; `nil` if
        ///     nobody adopts the orphans: those never seen before are lost then.
        ///   - descriptorBudget: how many files to keep open; beyond it they are opened to be read.
        /// - Throws: ``ProcessSampleError`` if the reaper cannot be read.
        public init(
            root: ProcessIdentity, adoptedBy reaperPID: Int32? = nil, descriptorBudget: Int = 256
        ) throws(ProcessSampleError) {
            try self.init(
                root: root, adoptedBy: reaperPID, descriptorBudget: descriptorBudget,
                enumeration: nil)
        }

        init(
            root: ProcessIdentity, adoptedBy reaperPID: Int32?, descriptorBudget: Int,
            enumeration: ProcTreeReader.Enumeration?
        ) throws(ProcessSampleError) {
            let reader = try ProcTreeReader(
                reaper: reaperPID, descriptorBudget: descriptorBudget, capacity: 1024,
                enumeration: enumeration)
            account = TreeAccount(reader, root: root, reaper: reaperPID)
        }

        /// Reads the whole tree now.
        public mutating func read() throws(ProcessSampleError) -> ProcessCounters? {
            try account.read(at: MonotonicClock.nanoseconds())
        }
    }
#endif
