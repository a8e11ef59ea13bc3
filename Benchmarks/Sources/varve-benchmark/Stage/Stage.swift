internal import Foundation
internal import HistoryModel
internal import SlotRegistry

/// A registry of its own in shared memory, gone when it is dropped.
final class Stage {
    let name: RegistryName
    let registry: Registry
    let reader: RegistryReader
    let source: Source

    /// Aligned to an hour.
    static let start: Int64 = 1_795_435_200_000

    init(capacity: Int) throws {
        name = try RegistryName("/varve-b-\(UUID().uuidString.prefix(18))")
        registry = try Registry.create(name, capacity: capacity)
        reader = try RegistryReader.open(name)
        source = Source(
            kind: .microsandbox, name: name.value, home: nil,
            host: Host(name: "benchmark", bootID: "benchmark"))
    }

    deinit {
        try? Registry.unlink(name)
    }

    /// A slot for a run.
    func run(
        _ id: Int32, sandbox: Int32, pid: Int32, startedAt: Timestamp,
        isGone: (Int32) -> Bool = { _ in false }
    ) throws -> SlotWriter {
        let reservation = try registry.reserve(
            sandboxID: sandbox, memoryLimitBytes: 1 << 30, name: "sandbox-\(sandbox)",
            isGone: isGone)
        return try registry.activate(reservation, runID: id, pid: pid, startedAt: startedAt)
    }
}
