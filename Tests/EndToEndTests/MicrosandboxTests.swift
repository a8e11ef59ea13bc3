import Foundation
import SQLite
import Testing

/// `varve record --microsandbox`, through the whole lives of sandboxes.
@Suite(.serialized)
struct MicrosandboxTests {
    let stage: Stage
    let box: MicrosandboxStage

    init() throws {
        stage = try Stage()
        box = try MicrosandboxStage(on: stage)
    }

    @Test(arguments: [(1, false), (1, true), (2, false), (2, true), (3, false), (3, true)])
    func `every run is found once, with the right end`(abi: Int, isNewest: Bool) async throws {
        let recorder = try await box.record()
        try box.open(isNewest: isNewest)
        let runtime = try await box.foreign(abi, capacity: 4)
        let well = try await box.begin(runtime, sandbox: 1, "well", run: 1)
        let nine = try await box.begin(runtime, sandbox: 2, "nine", run: 2)
        let killed = try await box.begin(runtime, sandbox: 3, "killed", run: 3)
        let ephemeral = try await box.begin(runtime, sandbox: 4, "ephemeral", run: 4)
        #expect(try await runtime.isFull())
        let beyond = try await box.begin(runtime, sandbox: 5, "beyond", run: 5, hasSlot: false)
        let unbooted = try await box.begin(runtime, sandbox: 6, "unbooted", run: 6, hasSlot: false)
        try box.writeLog("boot-error.json", of: "unbooted", "{\"message\":\"no kernel\"}")
        try await box.end(unbooted, runtime, code: 1)
        try await eventually("all are seen; it said: \(recorder.errors)") {
            try await stage.runs().count == 6
        }
        try await box.end(well, runtime, code: 0)
        try await box.end(nine, runtime, code: 9)
        killed.program.signal(SIGKILL)
        _ = try await killed.program.finish()
        try await box.end(ephemeral, runtime, code: 0, isRemoved: true)
        try await box.end(beyond, runtime, code: 4)
        try await eventually("all are closed; it said: \(recorder.errors)") {
            try await stage.runs().allSatisfy { $0["status"] == "Terminated" }
        }
        // A restart under the same name, and the sweep that finds the crash.
        try box.execute(
            """
            UPDATE run SET status = 'Terminated', termination_reason = 'InternalError',
                terminated_at = '2026-01-01 00:00:00' WHERE id = 3
            """)
        let again = try await box.begin(runtime, sandbox: 1, "well", run: 7)
        try await eventually("the restart is seen") { try await stage.runs().count == 7 }
        try await box.end(again, runtime, code: 0)
        try box.execute("DELETE FROM sandbox WHERE id = 2")
        try await eventually("the restart is closed") {
            try await stage.runs().allSatisfy { $0["status"] == "Terminated" }
        }
        try await eventually("the sweep is noted") {
            try await stage.runs().contains {
                $0["source_says"]["termination_reason"] == "InternalError"
            }
        }
        recorder.signal(SIGTERM)
        #expect(try await recorder.finish().code == 0)

        let runs = try await stage.runs()
        var ends: [String: JSON] = [:]
        for run in runs { ends["\(run["external_id"].integer ?? 0)"] = run }
        #expect(runs.count == 7 && ends.count == 7)
        let expected: [(String, JSON, JSON)] = [
            ("1", 0, "Completed"), ("2", 9, "Failed"), ("5", 4, "Failed"), ("6", 1, "Failed"),
            ("7", 0, "Completed"),
        ]
        for (id, code, reason) in expected {
            #expect(ends[id]?["exit_code"] == code, "run \(id)")
            #expect(ends[id]?["termination_reason"] == reason, "run \(id)")
        }
        #expect(ends["2"]?["source_says"]["sandbox_status"] == "Stopped")
        #expect(ends["1"]?["labels"]["team"] == "well")
        #expect(ends["1"]?["memory_limit_bytes"] == .integer(512 << 20))
        #expect(ends["5"]?["sample_count"] == 0 && ends["1"]?["sample_count"] == 1)
        #expect(
            try stage.integers("SELECT count(*) FROM run_log WHERE name = 'boot-error.json'") == [
                [1]
            ])
        // Only the kernel told of these: one was killed, the other's row may have gone too soon.
        if Stage.kernelTellsExits {
            #expect(
                ends["3"]?["exit_signal"] == "SIGKILL" && ends["3"]?["exit_known_by"] == "pidfd")
            #expect(ends["4"]?["exit_code"] == 0)
        }
        // The sweep's time is not believed.
        #expect((ends["3"]?["terminated_at"].instant ?? 0) > 1_790_000_000_000)
        #expect(try await stage.query("lifecycle", "msb:5").first?["sandbox"] == "beyond")
    }

    @Test func `registries of several releases are sources of their own`() async throws {
        try box.open(isNewest: true)
        let recorder = try await box.record()
        try await eventually("it says that it waits") { recorder.errors.contains("waiting: ") }
        for abi in 1...3 {
            let runtime = try await box.foreign(abi)
            let life = try await box.begin(runtime, sandbox: abi, "v\(abi)", run: abi)
            try await eventually("ABI \(abi) is followed") { try await stage.runs().count == abi }
            try await box.end(life, runtime, code: 0)
        }
        try await eventually("all are closed") {
            try await stage.runs().allSatisfy { $0["status"] == "Terminated" }
        }
        recorder.signal(SIGTERM)
        #expect(try await recorder.finish().code == 0)
        let registries = try await stage.runs().compactMap { $0["source"]["registry"].string }
        #expect(registries == (1...3).map(box.registry))
    }

    @Test func `top shows the sandboxes of all registries with what they are given`()
        async throws
    {
        try box.open(isNewest: true)
        var runtimes: [ForeignRuntime] = []
        var lives: [MicrosandboxStage.Life] = []
        for (abi, name) in [(1, "old"), (3, "new")] {
            let runtime = try await box.foreign(abi)
            lives.append(try await box.begin(runtime, sandbox: abi, name, run: abi))
            runtimes.append(runtime)
        }
        let top = try await stage.varve(
            "top", "--msb-home", box.home, "--interval", "100ms", "--count", "2", "--sort", "name",
            "--format", "json")
        #expect(top.code == 0 && top.errors.isEmpty, "\(top.errors)")
        let rows = try JSON(top.output)["sandboxes"].list
        #expect(rows.map { $0["name"] } == ["new", "old", "new", "old"])
        #expect(rows.map { $0["run_id"] } == [3, 1, 3, 1])
        for row in rows {
            #expect(row["state"] == "running" && row["cpus"].number == 2)
            #expect(row["cpu_percent"].number == 25 && row["at"].instant != nil)
            #expect(row["memory_limit_bytes"] == .integer(512 << 20))
        }
        // The keys are those of `varve ps`, and when it was looked.
        let ps = try await stage.varve("ps", "--msb-home", box.home, "--format", "json")
        let known = try JSON(ps.output)["sandboxes"].list
        #expect(known.count == 2 && Set(known[0].keys).union(["at"]) == Set(rows[0].keys))
        let table = try await stage.varve("top", "--msb-home", box.home, "--once")
        #expect(table.text.contains(/NAME +STATE +CPU +MEM +DISK R\/W +NET RX\/TX +UPTIME/))
        #expect(table.text.contains("0.25 / 2") && table.text.contains("1.0 MiB / 512.0 MiB"))

        let terminal = try PseudoTerminal(
            [Built.varve, "top", "--msb-home", box.home, "--interval", "100ms"],
            environment: stage.environment(["TERM": "xterm"]), columns: 120, rows: 12)
        let mark = try await terminal.waitFor("0.25 / 2")
        for life in lives { life.program.signal(SIGKILL) }
        for life in lives { _ = try await life.program.finish() }
        try await terminal.waitFor("exited", after: mark)
        try terminal.type("q")
        #expect(try await terminal.finish() == 0)
    }

    @Test func `of several homes each sandbox is shown with its own`() async throws {
        let other = try MicrosandboxStage(on: stage, named: "other")
        try box.open(isNewest: true)
        try other.open(isNewest: false)
        let lives = [
            try await box.begin(try await box.foreign(3), sandbox: 1, "web", run: 1),
            try await other.begin(try await other.foreign(1), sandbox: 1, "web", run: 1),
        ]
        let homes = ["--msb-home", box.home, "--msb-home", other.home]
        let ps = try await stage.start(Built.varve, ["ps", "--format", "json"] + homes).finish()
        let known = try JSON(ps.output)["sandboxes"].list
        #expect(Set(known.compactMap { $0["home"].string }) == [box.home, other.home])
        for command in [["ps"], ["top", "--once"]] {
            let table = try await stage.start(Built.varve, command + homes).finish()
            #expect(table.text.contains(/NAME +HOME +STATE +CPU/), "\(table.text)")
            #expect(table.text.contains("\(box.home) ") && table.text.contains("\(other.home) "))
        }
        let alone = try await stage.varve("ps", "--msb-home", box.home)
        #expect(!alone.text.contains("HOME"))
        let terminal = try PseudoTerminal(
            [Built.varve, "top", "--interval", "100ms"] + homes,
            environment: stage.environment(["TERM": "xterm"]), columns: 200, rows: 12)
        let mark = try await terminal.waitFor("HOME")
        try await terminal.waitFor(other.home, after: mark)
        try terminal.type("q")
        #expect(try await terminal.finish() == 0)
        for life in lives { life.program.signal(SIGKILL) }
    }

    @Test func `what of labels is left out is told once`() async throws {
        try box.open(isNewest: true)
        try box.execute(
            """
            INSERT INTO sandbox (id, name, config, status) VALUES (1, 'many', '{}', 'Running');
            INSERT INTO run (id, sandbox_id, pid, status) VALUES (1, 1, 1, 'Running');
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 260)
                INSERT INTO sandbox_labels SELECT 1, printf('k%03d', i), 'v' FROM n;
            """)
        let recorder = try await box.record()
        let sentence =
            "varve: warning: 4 labels of sandbox many in \(box.home)/db/msb.db are left out: of a "
            + "sandbox the first 256 are kept, of up to 4096 bytes each\n"
        try await eventually("it is told; it said: \(recorder.errors)") {
            recorder.errors.contains(sentence)
        }
        try await stage.eventuallyKnown(1, ended: 0, to: recorder)
        try box.execute("UPDATE run SET exit_code = 0, status = 'Terminated'")
        try await stage.eventuallyKnown(1, ended: 1, to: recorder)
        recorder.signal(SIGTERM)
        #expect(try await recorder.finish().code == 0)
        #expect(recorder.errors.components(separatedBy: sentence).count == 2)
        #expect(try await stage.runs()[0]["labels"].keys.count == 256)
    }

    @Test func `a home without a registry, and one with a registry by name, are told of`()
        async throws
    {
        let none = try await stage.varve("top", "--msb-home", box.home, "--once")
        #expect(none.code == 0)
        #expect(
            none.errors
                == "varve: microsandbox has no registry of \(box.home) now: nothing runs, or what "
                + "runs is elsewhere\n")
        for command in ["top", "ps"] {
            let both = try await stage.varve(command, "--microsandbox", "--registry", "x")
            #expect(both.code == 64)
            #expect(both.errors.contains("--registry and --microsandbox exclude each other"))
        }
    }

    #if os(Linux)
        @Test
        func `nothing of a home is open for writing, or between looks, and its owner checkpoints`()
            async throws
        {
            try box.open(isNewest: true)
            let runtime = try await box.foreign(3)
            let life = try await box.begin(runtime, sandbox: 1, "watched", run: 1)
            let recorder = try await box.record()
            try await stage.eventuallyKnown(1, ended: 0, to: recorder)
            var looks = (all: 0, empty: 0, open: 0)
            // Until the recorder was met with a file of the home open, a hundred times at least.
            try await eventually("a look is met; it said: \(recorder.errors)") {
                for round in 0..<20 {
                    // A change makes it open the database itself.
                    try box.execute("UPDATE sandbox SET updated_at = '\(looks.all)' WHERE id = 1")
                    if round == 0 {
                        // The log is put in order by who owns it, as if nobody looked.
                        let (busy, size) = try box.checkpoint()
                        #expect(busy == 0 && size == 0)
                    }
                    for _ in 0..<50 {
                        let open = OpenFile.all(of: recorder.pid).filter {
                            $0.path.hasPrefix(box.home)
                        }
                        #expect(open.filter(\.isWritable) == [])
                        looks.all += 1
                        looks.empty += open.isEmpty ? 1 : 0
                        looks.open += open.isEmpty ? 0 : 1
                    }
                }
                return looks.all >= 2_000 && looks.open > 0
            }
            // Most of the time nothing is: whoever removes or renames the home need not wait.
            #expect(looks.empty > looks.all / 2, "\(looks)")
            // Read to its end: `String(contentsOfFile:)` stops after a page of it.
            let list = try #require(FileHandle(forReadingAtPath: "/proc/\(recorder.pid)/maps"))
            let maps = String(decoding: try list.readToEnd() ?? Data(), as: UTF8.self)
            let mappings = maps.split(separator: "\n").filter {
                $0.contains("/msb-met-") || $0.contains(box.home)
            }
            #expect(!mappings.isEmpty && mappings.allSatisfy { $0.contains(" r--s ") })
            try await box.end(life, runtime, code: 0)
            try await stage.eventuallyKnown(1, ended: 1, to: recorder)
            recorder.signal(SIGTERM)
            #expect(try await recorder.finish().code == 0)
        }

        private static let strace = "/usr/bin/strace"

        @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: strace), "needs strace"))
        func `nothing of microsandbox's is opened for writing`() async throws {
            try box.open(isNewest: true)
            let runtime = try await box.foreign(3)
            let life = try await box.begin(runtime, sandbox: 1, "watched", run: 1)
            let recorder = try stage.start(
                Self.strace,
                [
                    "-f", "-D", "-y", "-o", "trace", "-e",
                    "trace=openat,open,creat,unlink,unlinkat,rename,ftruncate,pwrite64,write,fcntl,mmap",
                    Built.varve, "record", "--msb-home", box.home, "--poll", "50ms",
                ])
            try await eventually("the run is seen; it said: \(recorder.errors)") {
                FileManager.default.fileExists(atPath: stage.catalog)
                    && (try? stage.integers("SELECT count(*) FROM run_claim")) == [[1]]
            }
            try await box.end(life, runtime, code: 0)
            try await eventually("its end is seen; it said: \(recorder.errors)") {
                try stage.integers("SELECT count(*) FROM run_claim WHERE status = 'Terminated'")
                    == [[1]]
            }
            box.close()
            // Its owner's last close tidies up, though somebody looks all the time; but for one that
            // falls into the very look, so that the next one does.
            let folder = box.home + "/db"
            try await eventually("its owner has tidied up") {
                let names = try FileManager.default.contentsOfDirectory(atPath: folder)
                if names == ["msb.db"] { return true }
                let owner = try Connection(path: folder + "/msb.db", mode: .readWrite)
                try owner.prepareForWriting()
                return false
            }
            recorder.signal(SIGTERM)
            _ = try await recorder.finish()
            let lines = stage.contents("trace").split(separator: "\n").filter {
                $0.contains(box.home) || $0.contains("/msb-met-")
            }
            #expect(lines.contains { $0.contains("msb.db-wal") && $0.contains("O_RDONLY") })
            #expect(lines.contains { $0.contains("/msb-met-") && $0.contains("O_RDONLY") })
            let writing = lines.filter { line in
                [
                    "O_RDWR", "O_WRONLY", "O_CREAT", "O_TRUNC", "PROT_WRITE", "F_WRLCK", "unlink(",
                    "unlinkat(",
                    "rename(", "ftruncate(", "pwrite64(",
                ].contains { line.contains($0) }
            }
            #expect(writing.filter { !$0.contains(stage.catalog) } == [])
        }
    #endif
}
