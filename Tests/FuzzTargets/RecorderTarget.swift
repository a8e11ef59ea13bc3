internal import CPlatform
internal import Foundation
internal import HistoryModel
internal import HistoryStore
internal import Recorder
internal import SlotRegistry
internal import Synchronization

extension FuzzTarget {
    /// A recorder of a registry whose owner does anything: changes words without the protocol, turns
    /// generations back, sets the clock, ends processes, cuts the object short.
    static let recorder = FuzzTarget("recorder", byteLimit: 512, shortRunCount: 300) { bytes in
        var source = ByteSource(bytes)
        let stage = try HostileStage(abi: source.element(of: RegistryABI.allCases))
        while !source.isAtEnd { try stage.act(&source) }
        return try stage.finish() > 0 ? .understood : .refused
    }
}

// The mapping is made and unmapped here only, and reached only within its length.
/// A registry, a catalog and a recorder between them, whose time and processes are made up.
@safe
private final class HostileStage {
    private let name: RegistryName
    private let descriptor: Int32
    private let words: UnsafeMutableRawPointer
    private let length: Int
    private let reader: RegistryReader
    private let catalog: Catalog
    private let source: Source
    private let probe = MadeUpProcesses()
    private var recorder: Recorder
    private var clocks = ClockReading(inStepWith: start)

    private static let start = Timestamp(unixMilliseconds: 1_795_435_200_000)
    private static let capacity = 3
    private static let file = ScratchFile("history.db")

    init(abi: RegistryABI) throws {
        name = try RegistryName("/varve-f-\(UUID().uuidString.prefix(18))")
        let registry = try Registry.create(name, abi: abi, capacity: Self.capacity)
        for index in 0..<Self.capacity {
            let id = Int32(index) + 1
            let reservation = try registry.reserve(
                sandboxID: id, memoryLimitBytes: 1 << 30, name: "box")
            let writer = try registry.activate(
                reservation, runID: id, pid: 1000 + id, startedAt: Self.start)
            var sample = SlotSample(sampledAtUnixMilliseconds: Self.start.unixMilliseconds)
            sample.flags = [.cpu, .memoryUsed]
            try writer.write(sample)
        }
        reader = try RegistryReader.open(name)
        descriptor = unsafe cplatform_shm_open(name.value, O_RDWR, 0)
        try? Registry.unlink(name)
        length = 256 + Self.capacity * 512
        let base = unsafe cplatform_map_shared(descriptor, length, true)
        guard descriptor >= 0, let base = unsafe base else {
            throw FuzzFailure("cannot map \(name)")
        }
        unsafe words = unsafe base
        source = Source(
            kind: .microsandbox, name: name.value, home: nil, host: Host(name: "h", bootID: "b"))
        try Self.file.replace(by: SmallCatalog.empty)
        catalog = try Catalog(path: Self.file.path, now: Self.start, patience: .zero)
        recorder = Recorder(of: source, settings: RecorderSettings(), probe: probe)
    }

    deinit {
        unsafe munmap(words, length)
        close(descriptor)
    }

    func act(_ bytes: inout ByteSource) throws {
        switch bytes.choice(of: 12) {
        case 0...3: poke(bytes.integer(), slot: bytes.choice(of: 3), word: bytes.choice(of: 40))
        case 4, 5: try poll(afterMilliseconds: 1_000)
        case 6: try poll(afterMilliseconds: Int64(bytes.byte()) * 500)
        case 7:
            // The wall clock is set to any time that a clock can show.
            let shown = Timestamp(plausible: bytes.integer())
            clocks.wall = shown ?? clocks.wall.advanced(byMilliseconds: -3_600_000)
            try poll(afterMilliseconds: 1_000)
        case 8: try flush()
        case 9: probe.end(1000 + Int32(bytes.choice(of: 4)))
        case 10: recorder = Recorder(of: source, settings: RecorderSettings(), probe: probe)
        default:
            ftruncate(descriptor, off_t(bytes.choice(of: 2) * length))
            try poll(afterMilliseconds: 1_000)
            ftruncate(descriptor, off_t(length))
        }
    }

    /// Ends in good order; how many runs the catalog has then.
    func finish() throws -> Int {
        try poll(afterMilliseconds: 1_000)
        try recorder.adopt(from: catalog)
        try recorder.flush(to: catalog, now: clocks, isLast: true)
        while try catalog.seal(before: clocks.wall, limit: 100).hasMore {}
        let reader = try CatalogReader(path: catalog.path)
        let problems = try reader.problems()
        try require(problems.isEmpty, "the catalog has problems: \(problems)")
        let runs = try reader.runs()
        for run in runs {
            _ = try reader.series(
                of: RunReference("\(run.id)"), metrics: Metric.allCases, now: clocks.wall)
        }
        return runs.count
    }

    private func poke(_ value: Int64, slot: Int, word: Int) {
        // The first 320 bytes of a slot, in which every field lies; `length` bytes are mapped.
        unsafe words.storeBytes(
            of: value, toByteOffset: 256 + slot * 512 + word * 8, as: Int64.self)
    }

    private func poll(afterMilliseconds milliseconds: Int64) throws {
        clocks.wall = clocks.wall.advanced(byMilliseconds: milliseconds)
        clocks.continuous += .milliseconds(milliseconds)
        clocks.awake += .milliseconds(milliseconds)
        do throws(RegistryError) {
            try recorder.poll(reader, now: clocks)
        } catch {
            recorder.pollProcesses(now: clocks)
        }
        try recorder.adopt(from: catalog)
        if recorder.isFlushDue(at: clocks) { try flush() }
    }

    private func flush() throws { try recorder.flush(to: catalog, now: clocks) }
}

/// Processes that live until a test says otherwise.
private final class MadeUpProcesses: ProcessProbe {
    private let ended = Mutex<Set<Int32>>([])

    func end(_ pid: Int32) { ended.withLock { _ = $0.insert(pid) } }

    func isGone(_ pid: Int32) -> Bool { ended.withLock { $0.contains(pid) } }

    func startTimeNanoseconds(of pid: Int32) -> Int64? { isGone(pid) ? nil : Int64(pid) }
}
