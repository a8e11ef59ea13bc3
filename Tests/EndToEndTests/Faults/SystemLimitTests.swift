import Foundation
import TestFigures
import Testing

#if os(Linux)
    /// No room in `/dev/shm`, and no descriptors left.
    @Suite(.serialized)
    struct SystemLimitTests {
        @Test(.enabled(if: OwnMounts.arePermitted, "file systems cannot be mounted here"))
        func
            `without room in shared memory a run goes on without samples, and later ones have them`()
            async throws
        {
            let stage = try await Stage(
                catalog: "history.db", mounting: "mount -t tmpfs -o size=64k tmpfs /dev/shm")
            let recorder = try await stage.startRecord("--poll", "50ms", "--interval", "200ms")
            let run = try await stage.varve("run", "--name", "first", "--", "sh", "-c", "exit 7")
            #expect(run.code == 7)
            #expect(
                run.errors.hasPrefix(
                    "varve: warning: the run goes on without samples: allocating memory failed on "
                        + "registry \(stage.registry): No space left on device (errno 28); make room "
                        + "in shared memory (/dev/shm)\n"))
            let own = try await stage.varve("record", environment: ["VARVE_REGISTRY": nil])
            #expect(own.code == 1)
            #expect(own.errors.hasPrefix("varve: error: allocating memory failed on registry "))
            // Nothing half made is left.
            #expect(try await stage.shell("ls -A /dev/shm").output.isEmpty)

            try await stage.shell("mount -o remount,size=16m /dev/shm")
            let second = try await stage.varve(
                "run", "--name", "second", "--interval", "20ms", "--", "sleep", "1")
            #expect(second.code == 0 && !second.errors.contains("warning"))
            recorder.signal(SIGTERM)
            #expect(try await recorder.finish().code == 0)
            let runs = try await stage.runs()
            #expect(runs.map { $0["sandbox"] } == ["first", "second"])
            #expect(runs[0]["exit_code"] == 7 && runs[0]["sample_count"] == 0)
            // What nobody measured is no zero.
            #expect(runs[0]["cpu_percent_max"] == nil)
            #expect(runs[0]["memory_tree_max_bytes"] == nil)
            #expect(try #require(runs[1]["sample_count"].integer) > 5)
            try Figures.record(
                "/dev/shm full", of: "record and run", tried: 3, crashes: stage.crashCount)
        }

        @Test func `with any number of descriptors a command runs, or is told why it does not`()
            async throws
        {
            let stage = try Stage()
            var ran = 0
            var recorded: Set<String> = []
            for limit in 5...40 {
                let end = try await stage.shell(
                    "ulimit -n \(limit); exec \"$VARVE\" run --name n\(limit) -- sh -c 'exit 7'")
                if end.code == 7 {
                    ran += 1
                    if !end.errors.contains("warning") { recorded.insert("n\(limit)") }
                    #expect(
                        end.errors.split(separator: "\n").allSatisfy { line in
                            !line.contains("warning") || line.contains("Too many open files")
                        }, "\(limit): \(end.errors)")
                } else {
                    #expect(end.code == 126, "\(limit): \(end.errors)")
                    #expect(
                        end.errors == "varve: error: cannot start 'sh': Too many open files\n",
                        "\(limit)")
                }
            }
            #expect(ran > 15 && recorded.count > 5)
            #expect(try await stage.isWhole())
            let runs = try await stage.runs()
            for name in recorded {
                #expect(runs.contains { $0["sandbox"].string == name && $0["exit_code"] == 7 })
            }
            try Figures.record("descriptor limit", of: "run", tried: 36, crashes: stage.crashCount)
        }

        @Test func `with few descriptors a recorder refuses in a sentence, or records all runs`()
            async throws
        {
            let stage = try Stage()
            var runs: [Program] = []
            for number in 1...8 {
                runs.append(
                    try stage.startVarve(
                        "run", "--name", "r\(number)", "--interval", "100ms", "--", "sleep", "3600")
                )
            }
            try await eventually("all runs are recorded") {
                (try? stage.integers("SELECT count(DISTINCT run_id) FROM sample")) == [[8]]
            }
            var worked = 0
            for limit in stride(from: 6, through: 42, by: 3) {
                let recorder = try stage.startShell(
                    "ulimit -n \(limit); exec \"$VARVE\" record --poll 50ms --interval 200ms")
                try await eventually("it begins or refuses") { !recorder.errors.isEmpty }
                if recorder.errors.hasPrefix("varve: recording ") {
                    worked += 1
                    try await eventually("the runs leave their recording to it") {
                        try stage.integers(
                            "SELECT 1 FROM recorder_session WHERE kind = 'run' AND ended_at_ms IS NULL"
                        ).isEmpty
                    }
                    let before = stage.recordedSamples
                    try await eventually("it records, with \(limit): \(recorder.errors)") {
                        stage.recordedSamples > before + 40
                    }
                    recorder.signal(SIGTERM)
                    let end = try await recorder.finish()
                    #expect(end.code == 0, "\(limit): \(end.errors)")
                } else {
                    let end = try await recorder.finish()
                    #expect(end.code == 1, "\(limit): \(end.errors)")
                    #expect(
                        end.errors.hasPrefix("varve: error: ")
                            && end.errors.contains("Too many open files")
                            && end.errors.split(separator: "\n").count == 1,
                        "\(limit): \(end.errors)")
                }
            }
            #expect(worked >= 3 && worked < 13)
            for run in runs { run.signal(SIGTERM) }
            for run in runs { #expect(try await run.finish().code == 143) }
            #expect(try await stage.runs().allSatisfy { $0["exit_signal"] == "SIGTERM" })
            #expect(try stage.overlappingRows().isEmpty)
            #expect(try await stage.isWhole())
            try Figures.record(
                "descriptor limit", of: "record", tried: 13, crashes: stage.crashCount)
        }
    }
#endif
