import Foundation
import HistoryModel
import HistoryStore
import Recorder
import SQLite
import SlotRegistry
import Synchronization
import Testing

/// A registry, a catalog and a recorder between them, with the time and the processes made up.
final class Rig {
    let registryName: RegistryName
    let registry: Registry
    let reader: RegistryReader
    let source: Source
    let settings: RecorderSettings
    let probe = FakeProbe()
    let directory: String
    let catalog: Catalog
    var recorder: Recorder
    private var heldWriters: [SlotWriter] = []

    /// Aligned to ten seconds.
    static let start: Int64 = 1_795_435_200_000

    init(
        abi: RegistryABI = .v3, capacity: Int = 4, settings: RecorderSettings = RecorderSettings()
    ) throws {
        let unique = UUID().uuidString
        registryName = try RegistryName("/varve-t-\(unique.prefix(18))")
        registry = try Registry.create(registryName, abi: abi, capacity: capacity)
        reader = try RegistryReader.open(registryName)
        source = Source(
            kind: .microsandbox, name: registryName.value, home: nil,
            host: Host(name: "test", bootID: "boot"))
        self.settings = settings
        directory = NSTemporaryDirectory() + "/varve-recorder-\(unique)"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        catalog = try Catalog(
            path: directory + "/history.db", now: Timestamp(unixMilliseconds: Self.start),
            patience: .zero)
        recorder = Recorder(of: source, settings: settings, probe: probe)
    }

    deinit {
        try? Registry.unlink(registryName)
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// The time `milliseconds` after the start.
    static func at(_ milliseconds: Int64) -> Timestamp {
        Timestamp(unixMilliseconds: start + milliseconds)
    }

    /// A run with a slot; its process lives.
    func run(_ id: Int32, pid: Int32? = nil, startedAt: Int64 = 0) throws -> SlotWriter {
        let pid = pid ?? 1000 + id
        probe.set(pid, startedAt: Int64(pid))
        let reservation = try registry.reserve(
            sandboxID: id, memoryLimitBytes: 1 << 30, name: "box-\(id)", isGone: probe.isGone)
        let writer = try registry.activate(
            reservation, runID: id, pid: pid, startedAt: Self.at(startedAt))
        heldWriters.append(writer)
        return writer
    }

    /// The clocks `milliseconds` after the start, all in step.
    static func clocks(_ milliseconds: Int64) -> ClockReading {
        ClockReading(inStepWith: at(milliseconds))
    }

    func poll(_ milliseconds: Int64) throws {
        try recorder.poll(reader, now: Self.clocks(milliseconds))
    }

    func adopt() throws {
        try recorder.adopt(from: catalog)
    }

    func flush(
        _ milliseconds: Int64, endings: [RunEnding] = [], closing: [RunID] = [],
        isLast: Bool = false
    ) throws {
        try recorder.flush(
            to: catalog, now: Self.clocks(milliseconds), endings: endings, closing: closing,
            isLast: isLast)
    }

    /// What `varve record` does each poll.
    func tick(_ milliseconds: Int64) throws {
        try poll(milliseconds)
        try adopt()
        if recorder.isFlushDue(at: Self.clocks(milliseconds)) { try flush(milliseconds) }
    }

    /// The recorder is killed and another begins.
    func restart() {
        recorder = Recorder(of: source, settings: settings, probe: probe)
    }

    // What `#expect` looks into must be copyable, and a recorder is not.
    var tornReadCount: Int { recorder.tornReadCount }
    var statistics: RecorderStatistics { recorder.statistics }
    var skippedReadCount: Int64 { recorder.statistics.slotSkippedCount }
    var lostRowCount: Int { recorder.lostRowCount }
    var lostRunCount: Int { recorder.lostRunCount }
    var hasSession: Bool { recorder.hasSession }

    // MARK: What the catalog holds

    func runs() throws -> [Run] {
        try CatalogReader(path: catalog.path).runs()
    }

    func onlyRun() throws -> Run {
        let runs = try runs()
        try #require(runs.count == 1)
        return runs[0]
    }

    func events(of run: Run) throws -> [LifecycleEvent] {
        try CatalogReader(path: catalog.path).lifecycle(of: run.id)
    }

    /// The rows of all runs, or of the run with this id in its slot, in order of their keys.
    func rows(of externalID: Int32? = nil) throws -> [StoredRow] {
        let connection = try Connection(path: catalog.path, mode: .readOnly)
        return try connection.withStatement(
            """
            SELECT r.external_id, x.* FROM sample AS x JOIN run AS r ON r.id = x.run_id
            WHERE ?1 IS NULL OR r.external_id = ?1 ORDER BY x.run_id, x.at_ms
            """
        ) { statement in
            try statement.bind(externalID.map(Int64.init), at: 1)
            var rows: [StoredRow] = []
            while try statement.step() { rows.append(StoredRow(reading: statement)) }
            return rows
        }
    }
}

/// A row of `sample`, by the names of its columns.
struct StoredRow {
    private let values: [String: Int64]

    init(reading statement: borrowing Statement) {
        var values: [String: Int64] = [:]
        for column in 0..<statement.columnCount {
            values[statement.columnName(at: column)] = statement.integer(at: column)
        }
        self.values = values
    }

    subscript(_ column: String) -> Int64? { values[column] }

    /// A time after the rig's start.
    func offset(_ column: String) -> Int64? { values[column].map { $0 - Rig.start } }
}

/// Processes that live and end as the test says.
final class FakeProbe: ProcessProbe {
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

extension SlotWriter {
    /// Writes a sample at `milliseconds` after the rig's start.
    func write(
        _ milliseconds: Int64, memory: UInt64 = 4096, cpuTime: UInt64? = nil
    ) throws {
        var sample = SlotSample(
            sampledAtUnixMilliseconds: Rig.start + milliseconds)
        sample.flags = [.memoryUsed, .netNotMeasured, .diskNotMeasured]
        sample.memoryBytes = memory
        if let cpuTime {
            sample.flags.insert(.cpuTimeOnly)
            sample.vcpuTimeNanoseconds = cpuTime
        }
        try write(sample)
    }
}

/// SplitMix64: the same numbers for the same seed, so that a failing run can be repeated.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// True in `percent` of a hundred cases.
    mutating func chance(_ percent: Int) -> Bool {
        Int.random(in: 0..<100, using: &self) < percent
    }
}
