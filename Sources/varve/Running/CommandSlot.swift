internal import HistoryModel
internal import HistoryStore
internal import SlotRegistry

/// The slot of one run in varve's registry.
struct CommandSlot {
    /// Writes its samples.
    let writer: SlotWriter
    /// The run's id in it, where that is not the catalog's.
    let externalID: Int64?

    /// Takes a slot of `registry`, makes the registry if there is none, and fills the slot.
    ///
    /// - Parameter run: What the catalog calls the run; without it the slot gets an id of its own,
    ///   below zero, which no catalog gives out.
    init(
        in registry: RegistryName, sandbox: String, run: BegunRun?, pid: Int32,
        startedAt: Timestamp, memoryLimitBytes: Int64?
    ) throws(RegistryError) {
        // The command waits for this: a registry that its creator left half made is done without.
        let registry = try Registry.openOrCreate(
            registry, waiting: WaitLimit(total: .milliseconds(200), interval: .milliseconds(5)))
        var runID = Int32.random(in: Int32.min...(-1))
        var externalID: Int64? = Int64(runID)
        if let run, let known = Int32(exactly: run.id.rawValue) {
            runID = known
            externalID = nil
        }
        let reservation = try registry.reserve(
            sandboxID: run.flatMap { Int32(exactly: $0.sandbox.rawValue) } ?? 0,
            memoryLimitBytes: memoryLimitBytes.flatMap(UInt64.init(exactly:)) ?? 0,
            name: sandbox)
        do {
            writer = try registry.activate(
                reservation, runID: runID, pid: pid, startedAt: startedAt)
        } catch {
            try? registry.release(reservation)
            throw error
        }
        self.externalID = externalID
    }
}
