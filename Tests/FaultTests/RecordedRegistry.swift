import FaultyDisk
import Foundation
import HistoryModel
import HistoryStore
import Recorder
import SQLite
import SlotRegistry
import Synchronization

/// A registry with three runs that a recorder watches, with the time and the processes made up.
final class RecordedRegistry {
    private let name: RegistryName
    private let registry: Registry
    private let reader: RegistryReader
    private let probe = MadeUpProcesses()
    private var recorder: Recorder
    private var writers: [SlotWriter] = []
    private var catalog: Catalog?
    private let path: String
    private let settings: ConnectionSettings

    init(recordedInto path: String, _ settings: ConnectionSettings) throws {
        name = try RegistryName("/varve-t-\(UUID().uuidString.prefix(18))")
        registry = try Registry.create(name, abi: .v3, capacity: 4)
        reader = try RegistryReader.open(name)
        recorder = Recorder(of: .foreign, settings: RecorderSettings(), probe: probe)
        self.path = path
        self.settings = settings
        for id in 1...3 as ClosedRange<Int32> {
            probe.set(1_000 + id, startedAt: 77)
            let reservation = try registry.reserve(
                sandboxID: id, memoryLimitBytes: 1 << 30, name: "box-\(id)", isGone: probe.isGone)
            writers.append(
                try registry.activate(
                    reservation, runID: id, pid: 1_000 + id, startedAt: .noon))
        }
    }

    deinit {
        try? Registry.unlink(name)
    }

    /// What happens within `seconds`, polled each second: the first run stops after 22, the process of
    /// the second dies after 31.
    func poll(_ seconds: Range<Int64>) throws {
        for second in seconds {
            if second == 22 { try writers[0].release(to: .stale) }
            if second == 31 { probe.set(1_002, startedAt: nil) }
            for (index, writer) in writers.enumerated() {
                if index == 0, second >= 22 { continue }
                if index == 1, second >= 31 { continue }
                var sample = SlotSample(
                    sampledAtUnixMilliseconds: Timestamp.noon(plus: second).unixMilliseconds)
                sample.flags = [.memoryUsed, .netNotMeasured, .diskNotMeasured]
                sample.memoryBytes = UInt64(second * 4_096 + Int64(index))
                try writer.write(sample)
            }
            try recorder.poll(reader, now: clock(second))
        }
    }

    private func clock(_ second: Int64) -> ClockReading {
        ClockReading(inStepWith: Timestamp.noon(plus: second).advanced(byMilliseconds: 1))
    }

    /// What `varve record` writes after a poll.
    func write(at second: Int64, isLast: Bool) throws {
        if catalog == nil {
            catalog = try Catalog(path: path, now: .noon, patience: .zero, settings: settings)
        }
        if !recorder.hasSession {
            try recorder.beginSession(in: catalog!, run: nil, pid: 7, now: .noon)
        }
        try recorder.adopt(from: catalog!)
        guard isLast || recorder.isFlushDue(at: clock(second)) else { return }
        try recorder.flush(to: catalog!, now: clock(second), isLast: isLast)
    }
}

/// Processes that live and end as the test says.
private final class MadeUpProcesses: ProcessProbe {
    private let startTimes = Mutex<[Int32: Int64]>([:])

    func set(_ pid: Int32, startedAt: Int64?) {
        startTimes.withLock { $0[pid] = startedAt }
    }

    func isGone(_ pid: Int32) -> Bool {
        startTimes.withLock { $0[pid] == nil }
    }

    func startTimeNanoseconds(of pid: Int32) -> Int64? {
        startTimes.withLock { $0[pid] }
    }
}

extension Workload {
    /// A recorder of a registry, for 48 seconds. What it cannot write waits, as in `varve record`.
    static let recorder = Workload("recorder", goesOn: true) { path in
        _ = try Catalog(path: path, now: .noon)
    } begin: { path, settings in
        let recorded = try RecordedRegistry(recordedInto: path, settings)
        return (0..<12 as Range<Int64>).map { part in
            var isPolled = false
            let end = (part + 1) * 4
            return Step("record until second \(end)") {
                if !isPolled { try recorded.poll(part * 4..<end) }
                isPolled = true
                try recorded.write(at: end - 1, isLast: part == 11)
            }
        }
    }
}
