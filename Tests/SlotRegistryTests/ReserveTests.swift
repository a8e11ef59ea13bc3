import Foundation
import HistoryModel
import SlotRegistry
import Testing

@Suite("Reserving a slot")
struct ReserveTests {
    static let nobody: Int32 = 2_147_483_640

    @Test("free slots go first, then stale ones, then those whose process is gone")
    func passes() throws {
        let scratch = try ScratchRegistry()
        let registry = try Registry.create(scratch.name, capacity: 4)
        let abandoned = try registry.run(10, pid: Self.nobody)
        let living = try registry.run(11, pid: getpid())
        let ended = try registry.run(12)
        try ended.release(to: .stale)
        func reserve() throws(RegistryError) -> Int {
            try registry.reserve(sandboxID: 1, memoryLimitBytes: 0, name: "").slot
        }
        #expect(try reserve() == 3)
        #expect(try reserve() == ended.slot)
        #expect(try reserve() == abandoned.slot)
        #expect(reason { () throws(RegistryError) in _ = try reserve() } == .full(capacity: 4))
        try living.write(someSample)
        #expect(throws: RegistryError.self) { try abandoned.write(someSample) }
    }

    @Test("of several stale slots the one goes first that was released first")
    func oldestStale() throws {
        let scratch = try ScratchRegistry()
        let registry = try Registry.create(scratch.name, capacity: 3)
        let writers = try (10..<13).map { try registry.run($0) }
        for slot in [1, 2, 0] { try writers[slot].release(to: .stale) }
        let taken = try (0..<3).map { _ in
            try registry.reserve(sandboxID: 1, memoryLimitBytes: 0, name: "").slot
        }
        #expect(taken == [1, 2, 0])
    }

    @Test("a pid that names no one process is never asked for and never gone", arguments: [0, -1])
    func oddPids(pid: Int32) throws {
        let scratch = try ScratchRegistry()
        let registry = try Registry.create(scratch.name, capacity: 1)
        _ = try registry.run()
        try scratch.poke(pid, at: SlotOffsets(0).pid)
        var asked: [Int32] = []
        let result = reason { () throws(RegistryError) in
            _ = try registry.reserve(sandboxID: 1, memoryLimitBytes: 0, name: "") {
                asked.append($0)
                return true
            }
        }
        #expect(result == .full(capacity: 1))
        #expect(asked == [])
        #expect(!ProcessLiveness.isGone(pid))
    }

    @Test("this process and init are not gone, a pid out of range is")
    func liveness() {
        #expect(!ProcessLiveness.isGone(getpid()))
        #expect(!ProcessLiveness.isGone(1))
        #expect(ProcessLiveness.isGone(Self.nobody))
    }

    @Test("a name fits with 128 bytes and is refused with 129")
    func nameLength() throws {
        let scratch = try ScratchRegistry()
        let registry = try Registry.create(scratch.name, capacity: 2)
        let longest = String(repeating: "ü", count: 64)
        let writer = try registry.run(name: longest)
        try writer.write(someSample)
        let reader = try RegistryReader.open(scratch.name)
        #expect(try reader.reading(writer.slot).identity.name.string == longest)
        let result = reason { () throws(RegistryError) in
            _ = try registry.reserve(sandboxID: 1, memoryLimitBytes: 0, name: longest + "n")
        }
        #expect(result == .nameTooLong(byteCount: 129))
        #expect(try reader.outcomes()[1] == .free)
    }

    @Test(
        "a slot that is used again keeps nothing of its last run", arguments: RegistryABI.allCases)
    func reuse(abi: RegistryABI) throws {
        let scratch = try ScratchRegistry()
        let registry = try Registry.create(scratch.name, abi: abi, capacity: 1)
        let first = try registry.run(7, name: String(repeating: "n", count: 128))
        var sample = someSample
        sample.vcpuTimeNanoseconds = 1
        sample.upperUsedBytes = 2
        sample.netTxBytes = 3
        try first.write(sample)
        try first.release(to: .stale)
        let second = try registry.run(8, name: "b")
        let reader = try RegistryReader.open(scratch.name)
        guard case .notYetSampled(let identity) = try reader.read(slot: 0) else {
            Issue.record("a new run has no sample")
            return
        }
        #expect(identity.sandboxID == 8)
        #expect(identity.name.string == "b")
        #expect(identity.generation == second.generation)
        // State, generation, seq, ids, pid, start, limit, length and one letter are all that is set.
        let set = try scratch.bytes()[(256 + 0x30)...].count { $0 != 0 }
        #expect(set == 2)
    }

    @Test("a reservation is given back and its slot is free for others")
    func releaseReservation() throws {
        let scratch = try ScratchRegistry()
        let registry = try Registry.create(scratch.name, capacity: 1)
        let reservation = try registry.reserve(sandboxID: 1, memoryLimitBytes: 0, name: "")
        try registry.release(reservation)
        let reader = try RegistryReader.open(scratch.name)
        #expect(try reader.read(slot: 0) == .free)
        let mismatch = RegistryError.Reason.generationMismatch(slot: 0, expected: 1, actual: 2)
        #expect(
            reason { () throws(RegistryError) in try registry.release(reservation) } == mismatch)
        let late = reason { () throws(RegistryError) in
            _ = try registry.activate(reservation, runID: 1, pid: 1, startedAt: .now())
        }
        #expect(late == mismatch)
    }

    @Test("a reservation is activated once and then no longer given back")
    func activateOnce() throws {
        let scratch = try ScratchRegistry()
        let registry = try Registry.create(scratch.name, capacity: 1)
        let reservation = try registry.reserve(sandboxID: 1, memoryLimitBytes: 0, name: "")
        _ = try registry.activate(reservation, runID: 1, pid: 1, startedAt: .now())
        #expect(
            reason { () throws(RegistryError) in
                _ = try registry.activate(reservation, runID: 1, pid: 1, startedAt: .now())
            } == .slotBusy(slot: 0))
        #expect(
            reason { () throws(RegistryError) in try registry.release(reservation) }
                == .slotBusy(slot: 0))
    }

    @Test("a generation is never 0, even when the counter comes round")
    func generationWraps() throws {
        let scratch = try ScratchRegistry()
        let registry = try Registry.create(scratch.name, capacity: 2)
        try scratch.poke(UInt64.max, at: 0x28)
        #expect(try registry.run().generation == 1)
        #expect(try registry.run().generation == 2)
    }

    @Test("of many who reserve at once, each has a slot of its own")
    func race() throws {
        let threads = 8
        let each = 32
        let scratch = try ScratchRegistry()
        let creator = try Registry.create(scratch.name, capacity: threads * each)
        let claimed = Locked<[SlotReservation]>([])
        let failures = Locked<[String]>([])
        inParallel(threads) { index in
            do {
                let registry = try Registry.open(scratch.name)
                for _ in 0..<each {
                    let reservation = try registry.reserve(
                        sandboxID: Int32(index), memoryLimitBytes: 0, name: "racer \(index)")
                    claimed.withLock { $0.append(reservation) }
                }
            } catch {
                failures.withLock { $0.append("\(error)") }
            }
        }
        #expect(failures.withLock { $0 } == [])
        let all = claimed.withLock { $0 }
        #expect(all.count == threads * each)
        #expect(Set(all.map(\.slot)).count == threads * each)
        #expect(Set(all.map(\.generation)) == Set(1...UInt64(threads * each)))
        let full = reason { () throws(RegistryError) in
            _ = try creator.reserve(sandboxID: 1, memoryLimitBytes: 0, name: "")
        }
        #expect(full == .full(capacity: threads * each))
    }

    @Test("an abandoned slot is reclaimed by one of many")
    func reclaimRace() throws {
        let winners = Locked(0)
        let rounds = 200
        let scratch = try ScratchRegistry()
        let registry = try Registry.create(scratch.name, capacity: 1)
        for round in 0..<rounds {
            let writer = try registry.run(Int32(round), pid: Self.nobody)
            try writer.write(someSample)
            inParallel(4) { _ in
                guard let registry = try? Registry.open(scratch.name),
                    let reservation = try? registry.reserve(
                        sandboxID: 1, memoryLimitBytes: 0, name: "new")
                else { return }
                winners.withLock { $0 += 1 }
                _ = try? registry.activate(
                    reservation, runID: 1, pid: getpid(), startedAt: .now()
                )
            }
            // The winner's process lives, so the slot is his until the test lets it die.
            try scratch.poke(Self.nobody, at: SlotOffsets(0).pid)
        }
        #expect(winners.withLock { $0 } == rounds)
    }
}
