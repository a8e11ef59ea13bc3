import HistoryModel
import SlotRegistry
import Testing

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#endif

@Suite("Many processes on one registry")
struct ManyProcessesTests {
    static let processes = 4
    static let each = 200

    @Test("processes that create and reserve at once end up with a slot each")
    func reserve() async throws {
        let scratch = try ScratchRegistry()
        let barrier = try ScratchRegistry()
        _ = try Registry.create(barrier.name, capacity: Self.processes)
        // Else it could go once its name is known, before the children open it.
        defer { withExtendedLifetime(barrier) {} }
        let names = [scratch.name.value, barrier.name.value]
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<Self.processes {
                group.addTask {
                    await #expect(processExitsWith: .success) {
                        [names = names as [String], index = index as Int] in
                        let barrier = try Registry.open(try RegistryName(names[1]))
                        _ = try barrier.reserve(sandboxID: 1, memoryLimitBytes: 0, name: "")
                        let arrivals = try RegistryReader.open(try RegistryName(names[1]))
                        while try arrivals.outcomes().contains(.free) {}

                        let registry = try Registry.openOrCreate(
                            try RegistryName(names[0]),
                            capacity: ManyProcessesTests.processes * ManyProcessesTests.each)
                        for count in 0..<ManyProcessesTests.each {
                            let writer = try registry.run(
                                Int32(1 + index * ManyProcessesTests.each + count),
                                name: "process \(index)")
                            try writer.write(someSample)
                        }
                    }
                }
            }
        }
        let reader = try RegistryReader.open(scratch.name)
        var sandboxes: Set<Int32> = []
        var generations: Set<UInt64> = []
        try reader.snapshot { _, outcome in
            guard case .reading(let reading) = outcome else { return }
            sandboxes.insert(reading.identity.sandboxID)
            generations.insert(reading.identity.generation)
        }
        let count = Self.processes * Self.each
        #expect(reader.capacity == count)
        #expect(sandboxes == Set(1...Int32(count)))
        #expect(generations == Set(1...UInt64(count)))
    }

    @Test("a process that is killed leaves its last sample, and its slot to others")
    func killed() async throws {
        let scratch = try ScratchRegistry()
        let registry = try Registry.create(scratch.name, capacity: 1)
        let name = scratch.name.value
        await #expect(processExitsWith: .signal(SIGKILL)) { [name = name as String] in
            let registry = try Registry.open(try RegistryName(name))
            let writer = try registry.run(5, name: "victim", pid: getpid())
            try writer.write(someSample)
            kill(getpid(), SIGKILL)
        }
        let reader = try RegistryReader.open(scratch.name)
        let reading = try reader.reading(0)
        #expect(reading.identity.state == .active)
        #expect(reading.identity.name.string == "victim")
        #expect(reading.sample == someSample)
        #expect(ProcessLiveness.isGone(reading.identity.pid))
        #expect(try registry.run(6).slot == 0)
    }
}
