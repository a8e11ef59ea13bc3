internal import HistoryModel
internal import Microsandbox

/// What is known of all slots that are shown, from all readings so far.
///
/// ```swift
/// var board = LiveBoard(of: .registry(name), isForAll: false)
/// board.refresh()
/// board.refresh()  // rates need two samples
/// board.rows
/// ```
struct LiveBoard {
    /// A row for each slot with a run, in order of registries and slots.
    private(set) var rows: [LiveRow] = []
    /// Why something could not be read, as a sentence.
    private(set) var note: String?
    let subject: LiveSubject
    private let isForAll: Bool
    private let sources: [LiveSource]
    private let homes: [MicrosandboxHome]
    private var tables: [LiveTable]
    /// One for each home of microsandbox that is shown.
    private var allotments: [CPUAllotment]

    /// What `subject` shows, not read yet.
    ///
    /// - Parameter isForAll: Whether slots whose run has ended are shown, too.
    init(of subject: LiveSubject, isForAll: Bool) {
        self.subject = subject
        self.isForAll = isForAll
        switch subject {
        case .registry(let name):
            sources = [LiveSource(name: name)]
            homes = []
        case .microsandbox(let named):
            homes = named
            sources = named.flatMap { home in home.registries.map(LiveSource.init(name:)) }
        }
        allotments = homes.map(CPUAllotment.init(of:))
        tables = sources.map { _ in LiveTable() }
    }

    /// When the last reading was made.
    var at: Timestamp? { tables.compactMap(\.at).max() }

    /// Reads everything anew.
    mutating func refresh() {
        for index in allotments.indices { allotments[index].refresh() }
        take(sources.map { $0.read(at: .now()) })
    }

    /// Takes in a new reading of each registry, in their order.
    mutating func take(_ snapshots: [LiveSnapshot]) {
        rows.removeAll(keepingCapacity: true)
        for (index, var snapshot) in snapshots.enumerated() where index < tables.count {
            if !isForAll { snapshot.slots.removeAll { $0.state == .ended } }
            tables[index].take(snapshot)
            for var row in tables[index].rows {
                row.registry = index
                if let home = home(of: row) {
                    row.home = homes[home].path
                    row.cpus = row.runID.flatMap { allotments[home].cpus(ofRun: $0) }
                }
                rows.append(row)
            }
        }
        note = note(of: snapshots)
    }

    /// The CPU of the slot of `row` at each of the last `count` readings, the latest last.
    func history(of row: LiveRow, last count: Int) -> ArraySlice<Int64?> {
        tables[row.registry].history(ofSlot: row.slot, last: count)
    }

    /// The place of the home whose registry `row` is in; `nil` if that is no home's.
    private func home(of row: LiveRow) -> Int? {
        // Every home has as many registries as the others.
        homes.isEmpty ? nil : row.registry / (sources.count / homes.count)
    }

    private func note(of snapshots: [LiveSnapshot]) -> String? {
        guard case .microsandbox = subject else { return tables.first?.note }
        // A home has registries of the releases that ran there, and mostly of one.
        guard !snapshots.allSatisfy(\.isMissing) else {
            return
                "microsandbox has no registry of \(subject.title.escapedForDisplay) now: nothing "
                + "runs, or what runs is elsewhere"
        }
        for (snapshot, table) in zip(snapshots, tables) where !snapshot.isMissing {
            if let note = table.note { return note }
        }
        return allotments.lazy.compactMap { $0.problem }.first
    }
}

/// How many CPUs the sandboxes of one home of microsandbox are given, as its catalog says.
struct CPUAllotment {
    /// Why that is not known, as a sentence.
    private(set) var problem: String?
    private var catalog: MicrosandboxCatalog
    private var cpus: [Int64: Double] = [:]

    /// That of `home`, not read yet.
    init(of home: MicrosandboxHome) {
        catalog = MicrosandboxCatalog(of: home)
    }

    /// The CPUs that the run with microsandbox's `id` is given; `nil` if nobody says.
    func cpus(ofRun id: Int64) -> Double? { cpus[id] }

    /// Looks whether the catalog has changed, and reads it then.
    mutating func refresh() {
        switch catalog.poll(now: .now()) {
        case .unchanged, .busy: return
        case .missing: cpus = [:]
        case .unreadable(let error):
            problem =
                "cannot read \(error.path): \(error.reason); how many CPUs sandboxes are given is "
                + "not known"
            problem = problem?.escapedForDisplay
            return
        case .changed(let reading):
            // All that goes on is read each time; of ids that came twice the newest is first.
            let known = reading.runs.compactMap { run in
                run.cpuLimitCentipercent.map { (run.externalID, Double($0) / 10_000) }
            }
            cpus = Dictionary(known) { newest, _ in newest }
        }
        problem = nil
    }
}
