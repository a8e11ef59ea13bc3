import CPlatform
import Foundation
import HistoryModel
import SlotRegistry
import Testing

/// A shared-memory object of a test: its own name, removed at the end, its bytes at hand.
final class ScratchRegistry: Sendable {
    let name: RegistryName

    init() throws {
        let unique = String(UInt64.random(in: 0...UInt64.max), radix: 36)
        name = try RegistryName("/varve-t-\(unique)")
    }

    deinit {
        try? Registry.unlink(name)
    }

    /// An object of exactly these bytes.
    convenience init(bytes: [UInt8], mode: mode_t = 0o600) throws {
        try self.init()
        let descriptor = unsafe cplatform_shm_open(name.value, O_RDWR | O_CREAT | O_EXCL, mode)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        try #require(fchmod(descriptor, mode) == 0)
        if !bytes.isEmpty {
            try #require(cplatform_shm_allocate(descriptor, Int64(bytes.count)) == 0)
            unsafe try withMemory { unsafe $0.copyBytes(from: bytes) }
        }
    }

    /// The object's bytes, mapped for the duration of `body`.
    func withMemory<Result>(
        _ body: (UnsafeMutableRawBufferPointer) throws -> Result
    ) throws -> Result {
        let descriptor = unsafe cplatform_shm_open(name.value, O_RDWR, 0)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        var status = stat()
        try #require(unsafe fstat(descriptor, &status) == 0)
        let length = Int(status.st_size)
        let base = unsafe try #require(unsafe cplatform_map_shared(descriptor, length, true))
        defer { unsafe munmap(base, length) }
        return try unsafe body(UnsafeMutableRawBufferPointer(start: base, count: length))
    }

    func bytes() throws -> [UInt8] {
        unsafe try withMemory { unsafe Array($0) }
    }

    func replaceBytes(_ bytes: [UInt8]) throws {
        unsafe try withMemory { unsafe $0.copyBytes(from: bytes) }
    }

    func poke<Value: FixedWidthInteger>(_ value: Value, at offset: Int) throws {
        unsafe try withMemory {
            unsafe $0.storeBytes(of: value, toByteOffset: offset, as: Value.self)
        }
    }

    func peek<Value: FixedWidthInteger>(_ type: Value.Type, at offset: Int) throws -> Value {
        unsafe try withMemory { unsafe $0.load(fromByteOffset: offset, as: type) }
    }

    func truncate(to length: Int) throws {
        let descriptor = unsafe cplatform_shm_open(name.value, O_RDWR, 0)
        defer { close(descriptor) }
        try #require(ftruncate(descriptor, off_t(length)) == 0)
    }
}

/// Where the fields of slot `index` lie that all ABIs have in common.
struct SlotOffsets {
    let base: Int
    init(_ index: Int) { base = 256 + index * 512 }
    var state: Int { base }
    var generation: Int { base + 0x08 }
    var seq: Int { base + 0x10 }
    var pid: Int { base + 0x20 }
    var sampledAt: Int { base + 0x30 }
}

extension Registry {
    /// A run in a slot of its own, for tests that do not care whose.
    borrowing func run(
        _ sandboxID: Int32 = 1, name: String = "test", pid: Int32 = 1
    ) throws -> SlotWriter {
        let reservation = try reserve(sandboxID: sandboxID, memoryLimitBytes: 0, name: name)
        return try activate(
            reservation, runID: sandboxID, pid: pid,
            startedAt: Timestamp(unixMilliseconds: 1_795_435_100_000))
    }
}

extension RegistryReader {
    borrowing func outcomes() throws -> [SlotOutcome] {
        var outcomes: [SlotOutcome] = []
        try snapshot { _, outcome in outcomes.append(outcome) }
        return outcomes
    }

    /// The reading of a slot that must have one.
    borrowing func reading(_ slot: Int) throws -> SlotReading {
        guard case .reading(let reading) = try read(slot: slot) else {
            let outcome = try read(slot: slot)
            throw UnexpectedOutcome(text: "slot \(slot) gave \(String(describing: outcome))")
        }
        return reading
    }
}

struct UnexpectedOutcome: Error {
    let text: String
}

let someSample: SlotSample = {
    var sample = SlotSample(sampledAtUnixMilliseconds: 1_795_435_203_000)
    sample.flags = [.cpu, .memoryUsed]
    sample.memoryBytes = 4096
    return sample
}()

/// What an operation on a registry failed with.
func reason(_ body: () throws(RegistryError) -> Void) -> RegistryError.Reason? {
    do {
        try body()
        return nil
    } catch {
        return error.reason
    }
}

/// Runs `body` on `count` threads of their own and waits for all of them.
func inParallel(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let group = DispatchGroup()
    let job = Job(body)
    for index in 0..<count {
        group.enter()
        Thread {
            job.run(index)
            group.leave()
        }.start()
    }
    group.wait()
    job.forget()
}

/// What threads do. A thread's end may come after the test's, even after the process's: what the
/// body holds must go when the test goes, or a scratch registry would stay on the host.
private final class Job: Sendable {
    private let body: Locked<(@Sendable (Int) -> Void)?>

    init(_ body: @escaping @Sendable (Int) -> Void) {
        self.body = Locked(body)
    }

    func run(_ index: Int) {
        let body = body.withLock { $0 }
        body?(index)
    }

    func forget() {
        body.withLock { $0 = nil }
    }
}

/// A value behind a lock of the system's: the thread sanitizer cannot see that a `Mutex` of
/// Synchronization orders anything on Linux, and would call every use a race.
final class Locked<Value> {
    private let lock = NSLock()
    private var value: Value

    init(_ value: sending Value) {
        self.value = value
    }

    func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
        lock.withLock { body(&value) }
    }
}

// The value is reached only under the lock.
extension Locked: @unchecked Sendable where Value: Sendable {}

/// SplitMix64: the same numbers for the same seed, on every machine.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}
