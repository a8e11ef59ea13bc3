import Foundation
import HistoryModel
import SlotRegistry
import TestFigures
import Testing

#if os(Linux)
    /// A recorder of a registry whose owner keeps to nothing: it lives, and its catalog stays whole.
    @Suite(.serialized)
    struct HostileRegistryTests {
        let stage: Stage

        init() throws { stage = try Stage() }

        private var object: String { "/dev/shm" + stage.registry }
        private static let slotCount = 1024
        private static let length = 256 + slotCount * 512

        /// A registry whose slots are all in use, by this process, under one name.
        private func fill() throws -> [SlotWriter] {
            let registry = try Registry.create(try RegistryName(stage.registry))
            return try (0..<Self.slotCount).map { index in
                let reservation = try registry.reserve(
                    sandboxID: Int32(index), memoryLimitBytes: 0, name: "box")
                let writer = try registry.activate(
                    reservation, runID: Int32(index), pid: getpid(), startedAt: .now())
                try writer.write(Self.sample())
                return writer
            }
        }

        private static func sample() -> SlotSample {
            var sample = SlotSample(sampledAtUnixMilliseconds: Timestamp.now().unixMilliseconds)
            sample.flags = [.memoryUsed]
            sample.memoryBytes = 4096
            return sample
        }

        private func record() async throws -> Program {
            try await stage.startRecord("--poll", "10ms", "--interval", "200ms")
        }

        /// Ends the recorder in good order, and looks whether its catalog is whole.
        private func finish(
            _ recorder: Program, sourceLocation: SourceLocation = #_sourceLocation
        ) async throws {
            recorder.signal(SIGTERM)
            let end = try await recorder.finish(sourceLocation: sourceLocation)
            #expect(end.code == 0, "\(end.errors)", sourceLocation: sourceLocation)
            let check = try await stage.varve("db", "check")
            #expect(check.code == 0, "\(check.text)\(check.errors)", sourceLocation: sourceLocation)
        }

        @Test func `1024 slots with one name are 1024 runs`() async throws {
            let writers = try fill()
            let recorder = try await record()
            try await eventually("all are recorded") {
                try await stage.runs().count == Self.slotCount
            }
            try await finish(recorder)
            let runs = try await stage.runs()
            #expect(runs.allSatisfy { $0["sandbox"] == "box" && $0["sample_count"] == 1 })
            #expect(Set(runs.map { $0["external_id"].integer }).count == Self.slotCount)
            _ = writers
        }

        @Test func `an object that is cut short at any instant ends no recorder`() async throws {
            let writers = try fill()
            let recorder = try await record()
            try await eventually("it is recorded") { stage.recordedSamples > 0 }
            let whole = try Data(contentsOf: URL(fileURLWithPath: object))
            var cuts = 0
            let end = ContinuousClock.now + .seconds(3)
            while ContinuousClock.now < end {
                // Cut and whole again so quickly that a look at the length says nothing.
                for _ in 0..<1_000 {
                    let length = [0, 100, 256, 4_096, Self.length / 2][cuts % 5]
                    // The path's string lives for each call.
                    unsafe truncate(object, off_t(length))
                    unsafe truncate(object, off_t(Self.length))
                    cuts += 1
                }
            }
            #expect(cuts > 1_000)
            // What is there afterwards is a registry again, of another time.
            try whole.write(to: URL(fileURLWithPath: object))
            try await finish(recorder)
            try Figures.record(
                "hostile registries", of: "cut short under a recorder", tried: cuts, crashes: 0,
                acknowledged: Self.slotCount,
                lost: Self.slotCount - (try await stage.runs().count { $0["external_id"] != .null })
            )
            _ = writers
        }

        @Test
        func `a writer that keeps to no protocol gives rows that hold together, and no crash`()
            async throws
        {
            let writers = try fill()
            let recorder = try await record()
            let descriptor = unsafe open(object, O_RDWR | O_CLOEXEC)
            try #require(descriptor >= 0)
            defer { close(descriptor) }
            var random = SystemRandomNumberGenerator()
            let seed = random.next()
            var numbers = HostileNumbers(seed: seed)
            var writes = 0
            let end = ContinuousClock.now + .seconds(3)
            while ContinuousClock.now < end {
                var value = numbers.value()
                let slot = numbers.below(16)
                let offset = 256 + slot * 512 + numbers.below(48) * 8
                // Eight bytes within the object; `value` is read by the call only.
                let count = unsafe pwrite(descriptor, &value, 8, off_t(offset))
                try #require(count == 8)
                writes += 1
                // Slow enough for what is written to be seen.
                if writes % 64 == 0 { usleep(1_000) }
            }
            #expect(writes > 1_000)
            try await finish(recorder)
            #expect(try await stage.runs().count >= Self.slotCount - 16, "seed \(seed)")
            for format in ["table", "json", "csv"] {
                let runs = try await stage.varve("query", "runs", "--format", format)
                #expect(runs.code == 0)
                expectHarmless(runs.text, "\(format), seed \(seed)")
            }
            try Figures.record(
                "hostile registries", of: "words without the protocol", tried: writes, crashes: 0)
            _ = writers
        }

        @Test func `a slot that is odd for ever is a gap, and the others are recorded`()
            async throws
        {
            let writers = try fill()
            let descriptor = unsafe open(object, O_RDWR | O_CLOEXEC)
            defer { close(descriptor) }
            let recorder = try await record()
            try await eventually("all are recorded") {
                try await stage.runs().count == Self.slotCount
            }
            var odd: UInt64 = 7
            unsafe pwrite(descriptor, &odd, 8, 256 + 0x10)
            for number in 1...3 {
                try writers[1].write(Self.sample())
                try await eventually("sample \(number) of another is recorded") {
                    try await samples(ofRun: 1) > number
                }
            }
            let torn = try await stage.query("runs", "--sandbox", "box")
                .first { $0["external_id"] == 0 }
            #expect(torn?["status"] == "Running")
            try await finish(recorder)
        }

        private func samples(ofRun external: Int) async throws -> Int64 {
            let rows = try stage.integers(
                """
                SELECT coalesce(sum(x.sample_count), 0) FROM sample AS x JOIN run AS r ON r.id = x.run_id
                WHERE r.external_id = \(external)
                """)
            return (rows.first?.first ?? 0) ?? 0
        }

        @Test func `generations that run backwards are other runs, each with its own samples`()
            async throws
        {
            let writers = try fill()
            let descriptor = unsafe open(object, O_RDWR | O_CLOEXEC)
            defer { close(descriptor) }
            let recorder = try await record()
            try await eventually("all are recorded") {
                try await stage.runs().count == Self.slotCount
            }
            // Another run by its id and its start, under a generation that is lower each time.
            for (step, generation) in ([900, 500, 2, 1] as [UInt64]).enumerated() {
                var (generation, id) = (generation, Int32(5_000 + step))
                var start = Timestamp.now().unixMilliseconds
                unsafe pwrite(descriptor, &id, 4, 256 + 0x1c)
                unsafe pwrite(descriptor, &start, 8, 256 + 0x28)
                unsafe pwrite(descriptor, &generation, 8, 256 + 0x08)
                try await eventually("generation \(generation) is a run of its own") {
                    try await stage.runs().contains { $0["external_id"] == .integer(Int64(id)) }
                }
            }
            try await finish(recorder)
            let runs = try await stage.runs()
            #expect(runs.count { ($0["external_id"].integer ?? 0) >= 5_000 } == 4)
            _ = writers
        }
    }

    /// SplitMix64, and of its numbers those at which arithmetic goes wrong.
    private struct HostileNumbers {
        private var state: UInt64

        init(seed: UInt64) { state = seed }

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return mixed ^ (mixed >> 31)
        }

        mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }

        mutating func value() -> UInt64 {
            switch below(8) {
            case 0: 0
            case 1: .max
            case 2: 1 << 63
            case 3: (1 << 63) - 1
            case 4: UInt64(below(8))
            case 5: UInt64(bitPattern: Timestamp.now().unixMilliseconds)
            case 6: UInt64(2 * below(1_000))
            default: next()
            }
        }
    }
#endif
