import Foundation
import HistoryModel
import SlotRegistry

/// A registry of its own with one slot in use, by this process.
final class OccupiedSlot {
    let name: RegistryName
    private let registry: Registry
    private let writer: SlotWriter

    /// The slot's number.
    let index: Int

    init(run: Int32) throws {
        name = try RegistryName("/varve-t-\(UUID().uuidString.prefix(18))")
        registry = try Registry.create(name, abi: .v3, capacity: 2)
        let reservation = try registry.reserve(
            sandboxID: 1, memoryLimitBytes: 1 << 30, name: "web")
        index = reservation.slot
        writer = try registry.activate(
            reservation, runID: run, pid: ProcessInfo.processInfo.processIdentifier,
            startedAt: .now())
    }

    deinit {
        try? Registry.unlink(name)
    }

    /// Writes a sample of now.
    func sample() throws {
        var sample = SlotSample(sampledAtUnixMilliseconds: Timestamp.now().unixMilliseconds)
        sample.flags = [.memoryUsed, .netNotMeasured, .diskNotMeasured]
        sample.memoryBytes = 4_096
        try writer.write(sample)
    }
}
