// The examples of the article "Writing metrics from a runtime", compiled and run; a test holds the
// article against them.

// begin writing
import HistoryModel
import SlotRegistry

/// The metrics of one run of a sandbox, as its runtime publishes them.
struct SandboxMetrics {
    private let writer: SlotWriter

    /// Takes a slot for a run whose process has just been started.
    init(
        in registry: borrowing Registry, sandboxID: Int32, runID: Int32, name: String,
        process: Int32, memoryLimitBytes: UInt64, startedAt: Timestamp = .now()
    ) throws {
        let reservation = try registry.reserve(
            sandboxID: sandboxID, memoryLimitBytes: memoryLimitBytes, name: name)
        writer = try registry.activate(
            reservation, runID: runID, pid: process, startedAt: startedAt)
    }

    /// Publishes what was measured: once a second, from any thread.
    func publish(
        cpuTimeNanoseconds: UInt64, cpuPercent: Float, memoryBytes: UInt64,
        at instant: Timestamp = .now()
    ) throws {
        var sample = SlotSample(sampledAtUnixMilliseconds: instant.unixMilliseconds)
        // What has no flag is absent. Disk and network have none: there a flag says that nobody
        // measured them.
        sample.flags = [.cpu, .memoryUsed, .diskNotMeasured, .netNotMeasured]
        sample.vcpuTimeNanoseconds = cpuTimeNanoseconds
        sample.cpuPercent = cpuPercent
        sample.memoryBytes = memoryBytes
        try writer.write(sample)
    }

    /// The run has ended: its last sample stays readable until the slot is used again.
    func end() throws {
        try writer.release(to: .stale)
    }
}
// end writing

// begin reading
/// A line for each run that `name` holds a sample of.
func lines(of name: RegistryName) throws -> [String] {
    let reader = try RegistryReader.open(name)
    var lines: [String] = []
    try reader.snapshot { slot, outcome in
        guard case .reading(let reading) = outcome else { return }
        // Whatever a slot holds, somebody else wrote it: impossible values are absent.
        let (sample, _) = reading.checkedSample()
        let memory = sample?.memoryBytes.map { "\($0) bytes" } ?? "unknown"
        lines.append(
            "slot \(slot): \(reading.identity.name.string.escapedForDisplay), memory \(memory)")
    }
    return lines
}
// end reading
