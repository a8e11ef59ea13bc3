internal import HistoryModel
internal import HistoryStore
internal import ProcessSampler
internal import ProcessWatch
internal import Recorder
internal import SlotRegistry

/// What this system tells of processes and registries.
struct SystemEvidence: ProcessProbe, AbandonedRunEvidence {
    func isGone(_ pid: Int32) -> Bool {
        ProcessLiveness.isGone(pid)
    }

    func startTimeNanoseconds(of pid: Int32) -> Int64? {
        identity(of: pid)?.startTimeNanoseconds
    }

    /// The process that has `pid` now.
    func identity(of pid: Int32) -> ProcessIdentity? {
        guard pid > 0 else { return nil }
        return (try? ProcessIdentity.of(pid: pid)) ?? nil
    }

    var bootedAt: Timestamp? { HostClock.bootedAt }

    func isRunning(_ process: ProcessIdentity) -> Bool {
        guard (try? process.isRunning()) == true else { return false }
        return (try? process.isZombie()) != true
    }

    func lastSample(of run: AbandonedRun) -> Sample? {
        do {
            let reader = try RegistryReader.open(RegistryName(run.registry), waiting: .once)
            return try Self.lastSample(of: run, in: reader)
        } catch {
            // The registry is gone, or cannot be read: then it tells nothing.
            return nil
        }
    }

    private static func lastSample(
        of run: AbandonedRun, in reader: borrowing RegistryReader
    ) throws -> Sample? {
        var found: Sample?
        try reader.snapshot { _, outcome in
            guard case .reading(let reading) = outcome,
                Int64(reading.identity.runID) == run.externalID,
                reading.identity.startedAt == run.startedAt
            else { return }
            found = reading.checkedSample().sample
        }
        return found
    }
}
