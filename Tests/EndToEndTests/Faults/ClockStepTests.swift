import Foundation
import TestFigures
import Testing

#if os(Linux)
    /// The wall clock, set by hours under programs that record. The system's clock stays as it is: they
    /// are given one of their own.
    @Suite(
        .serialized, .enabled(if: SteppedClock.isPossible, "a clock cannot be put before them here")
    )
    struct ClockStepTests {
        private static let hours: Int64 = 3
        private static let milliseconds = hours * 3_600_000

        @Test func `a clock that is set forward and back again costs no sample, and is told of`()
            async throws
        {
            let stage = try Stage()
            let clock = try SteppedClock(in: stage)
            let recorder = try stage.start(
                Built.varve, ["record", "--poll", "50ms", "--interval", "200ms"],
                environment: clock.environment)
            try await eventually("a recorder is at work; it said: \(recorder.errors)") {
                recorder.errors.contains("recording \(stage.registry) into")
            }
            let run = try stage.startVarve(
                "run", "--name", "r", "--interval", "50ms", "--", "sh", "-c",
                "until [ -e go ]; do sleep 0.05; done; exit 7", environment: clock.environment)
            try await stage.askedMore()
            var acknowledged = try await stage.askedRows()
            try clock.step(byHours: Self.hours)
            try await eventually("samples of later are recorded") {
                try await stage.asked(
                    "SELECT 1 FROM interval WHERE at_ms - \(Self.now) > \(Self.milliseconds / 2)"
                ).count > 5
            }
            acknowledged.formUnion(try await stage.askedRows())
            let gaps = try await stage.asked(
                "SELECT to_at_ms - from_at_ms AS n FROM gap WHERE reason = 'clock_stepped'")
            #expect(gaps.contains { ($0["n"].integer ?? 0) > Self.milliseconds / 2 }, "\(gaps)")
            try clock.step(byHours: 0)
            try await stage.askedMore(20)
            try "".write(toFile: stage.path("go"), atomically: true, encoding: .utf8)
            #expect(try await run.finish().code == 7)
            recorder.signal(SIGTERM)
            #expect(try await recorder.finish().code == 0)

            let entry = try await stage.onlyRun()
            #expect(entry["exit_code"] == 7 && entry["exit_known_by"] == "waited")
            #expect(try #require(entry["duration_ms"].integer) < Self.milliseconds / 2)
            #expect(entry["sample_count"].integer == (try await stage.askedSamples()))
            let events = try await stage.query("lifecycle", "r").filter {
                $0["kind"] == "clock_stepped"
            }
            let told = events.compactMap { $0["detail"].string }
            #expect(told.contains("the wall clock was set forward by 10800 s"), "\(told)")
            #expect(told.contains("the wall clock was set back by 10800 s"), "\(told)")
            let rows = try await stage.askedRows()
            #expect(rows.isSuperset(of: acknowledged))
            #expect(try await stage.isWhole())
            // No rate is made of a time that never was.
            let bad = try await stage.asked(
                "SELECT 1 FROM interval WHERE cpu_max_centipercent < 0 OR last_at_ms < first_at_ms")
            #expect(bad.isEmpty)
            try Figures.record(
                "clock stepped by hours", of: "record and run", tried: 2, crashes: stage.crashCount,
                acknowledged: acknowledged.count, lost: acknowledged.subtracting(rows).count)
        }

        private static var now: Int64 { Int64(Date().timeIntervalSince1970 * 1000) }
    }

    /// A wall clock for some programs, which a test sets; see `Tests/SteppedClock`.
    struct SteppedClock {
        /// Whether programs can be given one: there is a C compiler, and no sanitizer that has to be
        /// loaded first.
        static let isPossible: Bool = {
            guard let library else { return false }
            return succeeds([Built.varve, "--version"], environment: ["LD_PRELOAD": library])
        }()

        /// The built library; `nil` if there is no compiler.
        private static let library: String? = {
            let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appendingPathComponent("../../SteppedClock/stepped_clock.c").standardized.path
            let path = FileManager.default.temporaryDirectory.appendingPathComponent(
                "varve-stepped-clock-\(UUID().uuidString).so"
            ).path
            let compilers = ["clang", "cc", "gcc"]
            let isBuilt = compilers.contains {
                succeeds([$0, "-shared", "-fPIC", "-O1", "-o", path, source])
            }
            return isBuilt ? path : nil
        }()

        private let path: String
        let environment: [String: String?]

        init(in stage: Stage) throws {
            path = stage.path("clock")
            environment = ["LD_PRELOAD": Self.library, "STEPPED_CLOCK": path]
            try Data(repeating: 0, count: 8).write(to: URL(fileURLWithPath: path))
        }

        /// Sets the clock this far ahead of the system's.
        func step(byHours hours: Int64) throws {
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            // In place: the programs have it mapped.
            let nanoseconds = hours * 3_600_000_000_000
            let bytes = (0..<8).map { UInt8(truncatingIfNeeded: nanoseconds >> ($0 * 8)) }
            try file.write(contentsOf: Data(bytes))
            try file.close()
        }
    }
#endif
