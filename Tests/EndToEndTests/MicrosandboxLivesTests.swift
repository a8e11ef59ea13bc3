import Foundation
import Testing

/// What befalls microsandbox's sandboxes, their registries and their catalog while varve records them:
/// every run is found once, and ends as it did.
@Suite(.serialized)
struct MicrosandboxLivesTests {
    let stage: Stage
    let box: MicrosandboxStage

    init() throws {
        stage = try Stage()
        box = try MicrosandboxStage(on: stage)
    }

    /// Each ABI, with the tables of 0.5.1 and of the newest release: a home that was upgraded has new
    /// tables and an old registry.
    static let releases = [(1, false), (1, true), (2, false), (2, true), (3, true)]

    private func finish(_ recorder: Program) async throws {
        recorder.signal(SIGTERM)
        #expect(try await recorder.finish().code == 0)
        let check = try await stage.varve("db", "check")
        #expect(check.code == 0, "\(check.text)")
    }

    private func waitForSamples(_ count: Int64, _ recorder: Program) async throws {
        try await eventually("\(count) samples are written; it said: \(recorder.errors)") {
            stage.recordedSamples >= count
        }
    }

    @Test(arguments: releases)
    func `a runtime that is killed while it writes leaves the sample before`(
        abi: Int, isNewest: Bool
    ) async throws {
        try box.open(isNewest: isNewest)
        let runtime = try await box.foreign(abi, capacity: 1)
        let recorder = try await box.record()
        let torn = try await box.begin(runtime, sandbox: 1, "torn", run: 1)
        try await waitForSamples(1, recorder)
        try await runtime.tear(try #require(torn.slot), memory: 400 << 20)
        torn.program.signal(SIGKILL)
        _ = try await torn.program.finish()
        try await stage.eventuallyKnown(1, ended: 1, to: recorder)
        // The next one takes the slot over as it stands.
        let next = try await box.begin(runtime, sandbox: 2, "next", run: 2)
        #expect(next.slot?.index == torn.slot?.index)
        try await stage.eventuallyKnown(2, ended: 1, to: recorder)
        try await box.end(next, runtime, code: 0)
        try await stage.eventuallyKnown(2, ended: 2, to: recorder)
        try await finish(recorder)
        let runs = try await stage.runs()
        #expect(runs.map { $0["sandbox"] } == ["torn", "next"])
        #expect(runs.map { $0["sample_count"] } == [1, 1])
        #expect(runs[0]["memory_peak_bytes"] == .integer(1 << 20))
        #expect(runs[0]["exit_code"] == nil && runs[1]["exit_code"] == 0)
        if Stage.kernelTellsExits { #expect(runs[0]["exit_signal"] == "SIGKILL") }
    }

    @Test(arguments: releases)
    func `a boot that takes its time is one run, and so is one that fails with its slot reserved`(
        abi: Int, isNewest: Bool
    ) async throws {
        try box.open(isNewest: isNewest)
        let runtime = try await box.foreign(abi, capacity: 1)
        let recorder = try await box.record()
        let failing = try await box.begin(
            runtime, sandbox: 1, "failing", run: 1, hasSlot: false, status: "Starting")
        let reserved = try await runtime.reserve(
            sandbox: 1, limit: 512 << 20, name: Array("failing".utf8))
        try await stage.eventuallyKnown(1, ended: 0, to: recorder)
        try box.writeLog("boot-error.json", of: "failing", "{\"message\":\"no kernel\"}")
        try await runtime.cancel(reserved)
        try await box.end(failing, runtime, code: 1)
        try await stage.eventuallyKnown(1, ended: 1, to: recorder)

        var slow = try await box.begin(
            runtime, sandbox: 2, "slow", run: 2, hasSlot: false, status: "Starting")
        let slot = try await runtime.reserve(
            sandbox: 2, limit: 512 << 20, name: Array("slow".utf8))
        // By then it is taken for one that no slot will ever hold.
        try await stage.eventuallyKnown(2, ended: 1, to: recorder)
        try await box.activate(slot, of: slow, by: runtime)
        slow.slot = slot
        try await waitForSamples(1, recorder)
        try await stage.eventuallyKnown(2, ended: 1, to: recorder)
        try await box.end(slow, runtime, code: 0)
        try await stage.eventuallyKnown(2, ended: 2, to: recorder)
        try await finish(recorder)
        let runs = try await stage.runs()
        #expect(runs.map { $0["sandbox"] } == ["failing", "slow"])
        #expect(runs.map { $0["exit_code"] } == [1, 0])
        #expect(runs.map { $0["sample_count"] } == [0, 1])
        #expect(runs[1]["source"]["registry"] == .string(box.registry(abi)))
        let logs = try stage.integers("SELECT run_id FROM run_log WHERE name = 'boot-error.json'")
        #expect(logs == [[1]])
    }

    @Test(arguments: releases)
    func `a reboot ends what ran, and nobody is said to have seen how`(
        abi: Int, isNewest: Bool
    ) async throws {
        try box.open(isNewest: isNewest)
        let before = try await box.record()
        var runtime = try await box.foreign(abi)
        let done = try await box.begin(runtime, sandbox: 1, "done", run: 1)
        let sampled = try await box.begin(runtime, sandbox: 2, "sampled", run: 2)
        let unsampled = try await box.begin(
            runtime, sandbox: 3, "unsampled", run: 3, hasSlot: false)
        try await stage.eventuallyKnown(3, ended: 0, to: before)
        try await box.end(done, runtime, code: 5)
        try await stage.eventuallyKnown(3, ended: 1, to: before)
        try await waitForSamples(2, before)
        // All are gone at once, the recorder first; then the machine is another boot.
        before.signal(SIGKILL)
        _ = try await before.finish()
        for life in [sampled, unsampled] {
            life.program.signal(SIGKILL)
            _ = try await life.program.finish()
        }
        runtime.program.signal(SIGKILL)
        _ = try await runtime.program.finish()
        try box.removeRegistry(abi)
        try stage.tamper(
            """
            UPDATE run SET boot_id = 'before';
            UPDATE source SET boot_id = 'before';
            UPDATE recorder_session SET boot_id = 'before';
            """)

        let after = try await box.record()
        try await stage.eventuallyKnown(3, ended: 3, to: after)
        runtime = try await box.foreign(abi, createdAt: 1_795_435_300_000)
        let next = try await box.begin(runtime, sandbox: 2, "sampled", run: 4)
        try await stage.eventuallyKnown(4, ended: 3, to: after)
        // microsandbox finds the dead later, and takes the time of that for their end.
        let late = "2099-01-01 00:00:00"
        try box.execute(
            """
            UPDATE run SET status = 'Terminated', termination_reason = 'InternalError',
                terminated_at = '\(late)' WHERE id IN (2, 3)
            """)
        try await box.end(next, runtime, code: 0)
        try await eventually("the sweep is noted") {
            try await stage.runs().count {
                $0["source_says"]["termination_reason"] == "InternalError"
            } == 2
        }
        try await stage.eventuallyKnown(4, ended: 4, to: after)
        try await finish(after)
        let runs = try await stage.runs()
        #expect(runs.map { $0["external_id"] } == [1, 2, 3, 4])
        #expect(runs.map { $0["exit_code"] } == [5, nil, nil, 0])
        #expect(runs.map { $0["exit_signal"] } == [nil, nil, nil, nil])
        #expect(runs[1]["exit_known_by"] == "inferred" && runs[2]["exit_known_by"] == "inferred")
        #expect(runs[1]["sample_count"] == 1 && runs[2]["sample_count"] == 0)
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        for run in runs { #expect((run["terminated_at"].instant ?? .max) <= now) }
    }

    @Test(arguments: releases)
    func `a registry that is replaced within one boot loses no run`(
        abi: Int, isNewest: Bool
    ) async throws {
        try box.open(isNewest: isNewest)
        let recorder = try await box.record()
        let first = try await box.foreign(abi)
        let old = try await box.begin(first, sandbox: 1, "old", run: 1)
        try await stage.eventuallyKnown(1, ended: 0, to: recorder)
        try await waitForSamples(1, recorder)
        try box.removeRegistry(abi)
        let second = try await box.foreign(abi, createdAt: 1_795_435_300_000)
        let new = try await box.begin(second, sandbox: 2, "new", run: 2)
        #expect(new.slot?.index == old.slot?.index && new.slot?.generation == old.slot?.generation)
        try await eventually("the new one is seen; it said: \(recorder.errors)") {
            try await stage.runs().count == 2
        }
        try await waitForSamples(2, recorder)
        try await box.end(new, second, code: 0)
        // It writes on into a registry that nobody can open any more.
        try await box.end(old, first, code: 6)
        try await eventually("both ends are known; it said: \(recorder.errors)") {
            try await stage.runs().map { $0["exit_code"] } == [6, 0]
        }
        try await finish(recorder)
        let runs = try await stage.runs()
        #expect(runs.map { $0["sandbox"] } == ["old", "new"])
        #expect(runs.map { $0["sample_count"] } == [1, 1])
        #expect(runs.map { $0["termination_reason"] } == ["Failed", "Completed"])
    }

    @Test func `two homes with the same names and ids are kept apart`() async throws {
        let other = try MicrosandboxStage(on: stage, named: "other")
        try box.open(isNewest: true)
        try other.open(isNewest: false)
        let recorder = try await box.record(box.home, other.home)
        let here = try await box.foreign(3)
        let there = try await other.foreign(1)
        let first = try await box.begin(here, sandbox: 1, "web", run: 1)
        let second = try await other.begin(there, sandbox: 1, "web", run: 1)
        let hidden = try await other.begin(there, sandbox: 2, "hidden", run: 2, hasSlot: false)
        try await stage.eventuallyKnown(3, ended: 0, to: recorder)
        try await box.end(first, here, code: 3)
        try await other.end(second, there, code: 4)
        try await other.end(hidden, there, code: 5)
        try await stage.eventuallyKnown(3, ended: 3, to: recorder)
        try await finish(recorder)
        let runs = try await stage.runs()
        let ends = runs.map { run in
            "\(run["source"]["registry"].string ?? "") \(run["sandbox"].string ?? "") "
                + "\(run["exit_code"].integer ?? -1)"
        }
        let homes = Dictionary(grouping: runs) { $0["source"]["home"].string ?? "" }
        #expect(homes[box.home]?.count == 1 && homes[other.home]?.count == 2)
        let table = try await stage.varve("query", "runs").text
        #expect(table.contains(/RUN +SANDBOX +HOME +ENDED/))
        #expect(table.contains("web      \(box.home) ") && table.contains("\(other.home) "))
        let why = try await stage.varve("why", "hidden").text
        #expect(why.contains("\nhome     \(other.home)"))
        let markdown = try await stage.varve("why", "hidden", "--format", "markdown").text
        #expect(markdown.contains(other.home))
        let one = try await stage.varve("query", "runs", "--sandbox", "hidden").text
        #expect(!one.contains("HOME"))
        // What no slot held is of the newest registry that its home may have.
        let expected = [
            "\(box.registry(3)) web 3", "\(other.registry(1)) web 4",
            "\(other.registry(3)) hidden 5",
        ]
        #expect(ends.sorted() == expected.sorted())
    }

    @Test(arguments: releases)
    func `what is removed after its end stays as it was, whether anybody records or not`(
        abi: Int, isNewest: Bool
    ) async throws {
        try box.open(isNewest: isNewest)
        let runtime = try await box.foreign(abi)
        let recorder = try await box.record()
        let watched = try await box.begin(runtime, sandbox: 1, "watched", run: 1)
        let unwatched = try await box.begin(runtime, sandbox: 2, "unwatched", run: 2)
        try await stage.eventuallyKnown(2, ended: 0, to: recorder)
        try await box.end(watched, runtime, code: 7)
        try await box.end(unwatched, runtime, code: 8)
        try await stage.eventuallyKnown(2, ended: 2, to: recorder)
        try box.execute("DELETE FROM run WHERE id = 1; DELETE FROM sandbox WHERE id = 1;")
        try await eventually("the removal is noted; it said: \(recorder.errors)") {
            try stage.integers("SELECT count(*) FROM run_claim WHERE gone_at_ms IS NOT NULL")
                == [[1]]
        }
        try await finish(recorder)
        try box.execute("DELETE FROM run WHERE id = 2; DELETE FROM sandbox WHERE id = 2;")
        // Whoever records later finds neither, and changes nothing.
        let later = try await box.record()
        let next = try await box.begin(runtime, sandbox: 3, "next", run: 3)
        try await stage.eventuallyKnown(3, ended: 2, to: later)
        try await box.end(next, runtime, code: 0)
        try await stage.eventuallyKnown(3, ended: 3, to: later)
        try await finish(later)
        let runs = try await stage.runs()
        #expect(runs.map { $0["exit_code"] } == [7, 8, 0])
        #expect(runs.map { $0["sample_count"] } == [1, 1, 1])
        #expect(runs[0]["labels"]["team"] == "watched" && runs[1]["labels"]["team"] == "unwatched")
        #expect(
            runs[0]["source_says"]["exit_code"] == 7 && runs[1]["source_says"]["exit_code"] == 8)
    }

    @Test(arguments: releases)
    func `ids that come again are other runs`(abi: Int, isNewest: Bool) async throws {
        try box.open(isNewest: isNewest)
        let runtime = try await box.foreign(abi)
        let recorder = try await box.record()
        // The row is removed, and the same id given out again.
        for code in [1, 2] {
            let life = try await box.begin(runtime, sandbox: 1, "web", run: 1)
            try await stage.eventuallyKnown(code, ended: code - 1, to: recorder)
            try await box.end(life, runtime, code: code)
            try await stage.eventuallyKnown(code, ended: code, to: recorder)
            try box.execute("DELETE FROM run WHERE id = 1")
        }
        // The database is made anew while it is recorded, and while it is not.
        try box.openAnew(isNewest: isNewest)
        let third = try await box.begin(runtime, sandbox: 1, "web", run: 1)
        try await stage.eventuallyKnown(3, ended: 2, to: recorder)
        try await box.end(third, runtime, code: 3)
        try await stage.eventuallyKnown(3, ended: 3, to: recorder)
        try await finish(recorder)
        try box.openAnew(isNewest: isNewest)
        let fourth = try await box.begin(runtime, sandbox: 1, "web", run: 1, hasSlot: false)
        let later = try await box.record()
        try await stage.eventuallyKnown(4, ended: 3, to: later)
        try await box.end(fourth, runtime, code: 4)
        try await stage.eventuallyKnown(4, ended: 4, to: later)
        try await finish(later)
        let runs = try await stage.runs()
        #expect(runs.map { $0["exit_code"] } == [1, 2, 3, 4])
        #expect(runs.allSatisfy { $0["external_id"] == 1 && $0["sandbox"] == "web" })
        #expect(Set(runs.compactMap { $0["started_at"].instant }).count == 4)
        #expect(runs.map { $0["sample_count"] } == [1, 1, 1, 0])
    }

    // MARK: What the logs tell

    @Test func `why names what a sandbox could not be booted for`() async throws {
        try box.open(isNewest: true)
        let runtime = try await box.foreign(3)
        let recorder = try await box.record()
        let life = try await box.begin(runtime, sandbox: 1, "box", run: 1, hasSlot: false)
        try box.writeLog(
            "boot-error.json", of: "box",
            """
            {
              "t": "\(MicrosandboxStage.now().replacingOccurrences(of: " ", with: "T"))Z",
              "stage": "mount",
              "errno": 2,
              "message": "mount \\"data\\": No such file or directory (os error 2)"
            }
            """)
        try await box.end(life, runtime, code: 1)
        try await stage.eventuallyKnown(1, ended: 1, to: recorder)
        try await finish(recorder)
        let why = try await stage.why("box")
        #expect(why.cause == "start_failed" && why.certainty == "certain")
        #expect(
            why.sentence
                == "Its sandbox could not be booted (mount): mount \"data\": No such file or "
                + "directory (os error 2).")
        let evidence = why.finding("start_failed")["evidence"].list
        #expect(evidence.contains { $0["from"] == "boot-error.json" })
        let page = try await stage.varve("why", "box", "--html", "page.html")
        #expect(page.code == 0)
        #expect(stage.contents("page.html").contains("boot-error.json"))
    }

    @Test func `why names the guest's own lack of memory`() async throws {
        try box.open(isNewest: true)
        let runtime = try await box.foreign(3)
        let recorder = try await box.record()
        let life = try await box.begin(runtime, sandbox: 1, "box", run: 1)
        try await stage.eventuallyKnown(1, ended: 0, to: recorder)
        try box.writeLog(
            "kernel.log", of: "box",
            """
            [    0.000000] Linux version 6.12.44
            [   41.337211] python3 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0
            [   41.337990] Out of memory: Killed process 211 (python3) total-vm:912000kB
            """)
        try await box.end(life, runtime, code: 137)
        try await stage.eventuallyKnown(1, ended: 1, to: recorder)
        try await finish(recorder)
        let why = try await stage.why("box")
        #expect(why.cause == "oom_kill", "\(why.sentence)")
        #expect(why.sentence.contains("the kernel of its guest ran out of memory"))
        let evidence = why.finding("oom_kill")["evidence"].list
        #expect(
            evidence.contains {
                $0["from"] == "kernel.log"
                    && ($0["value"].string ?? "").contains("Out of memory: Killed process 211")
            })
    }
}
