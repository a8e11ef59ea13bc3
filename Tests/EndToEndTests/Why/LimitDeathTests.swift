import Foundation
import Testing

/// Deaths of limits that the kernel keeps: memory, processes, room on a disk.
@Suite(.serialized)
struct LimitDeathTests {
    let stage: Stage

    init() throws { stage = try Stage() }

    /// Grows by two mebibytes at a time, and slowly enough to be seen, until it is stopped.
    private static func growing(after first: String) -> String {
        """
        #!/bin/sh
        \(first)
        exec python3 -c '
        import time
        kept = []
        while True:
            kept.append(b"x" * (2 << 20))
            time.sleep(0.05)
        '

        """
    }

    private static let limitFile =
        FileManager.default.fileExists(atPath: "/sys/fs/cgroup/memory")
        ? "memory.limit_in_bytes" : "memory.max"

    private static let hasPython = ["/usr/bin/python3", "/bin/python3", "/usr/local/bin/python3"]
        .contains { FileManager.default.isExecutableFile(atPath: $0) }

    @Test(
        .enabled(if: hasPython && ControlGroup.isPossible("memory"), "no memory cgroup can be made")
    )
    func `memory that grows into the limit of its cgroup`() async throws {
        let group = try #require(Stage.cgroup("memory", settings: [Self.limitFile: "67108864"]))
        let answer = try await stage.death("hungry", Self.growing(after: group.joining))
        #expect(answer.cause == "oom_kill", "\(answer.json)")
        #expect(answer.certainty == "certain")
        #expect(answer.json["memory_limit_bytes"].integer == 64 << 20)
        #expect(!answer.kinds.contains("disk_full") && !answer.kinds.contains("killed"))
    }

    /// Runs a child that grows into the limit, and then for longer than two looks are apart.
    private static func afterChild(_ group: ControlGroup, _ rest: String) -> String {
        """
        #!/bin/sh
        \(group.joining)
        (python3 -c 'kept = bytearray(200 << 20)'; echo "child: $?" >> child)
        sleep 4
        \(rest)

        """
    }

    @Test(
        .enabled(if: hasPython && ControlGroup.isPossible("memory"), "no memory cgroup can be made")
    )
    func `the OOM killer of a child is not that of a SIGKILL some seconds later`() async throws {
        let group = try #require(Stage.cgroup("memory", settings: [Self.limitFile: "67108864"]))
        let answer = try await stage.death(
            "bereaved", options: "--capture-stderr", Self.afterChild(group, "kill -KILL $$"))
        #expect(stage.contents("child").hasPrefix("child: 137"), "the child was not killed")
        #expect(answer.cause == "killed", "\(answer.json)")
        #expect(answer.finding("oom_kill")["certainty"] == "possible")
        #expect(answer.sentence.contains("unknown sender"))
        #expect(answer.sentence.contains("before its end and was not seen to strike again"))
        #expect(answer.json["termination_detail"] == .null)
    }

    @Test(
        .enabled(
            if: hasPython && ControlGroup.isPossible("memory") && Stage.kernelTellsExits,
            "no memory cgroup can be made, or nobody tells how processes end"),
        arguments: [true, false])
    func `a recorder tells the OOM killer of the end from one some seconds before`(
        isOfEnd: Bool
    ) async throws {
        let group = try #require(Stage.cgroup("memory", settings: [Self.limitFile: "67108864"]))
        let runtime = try ForeignRuntime(on: stage, abi: 3)
        try await runtime.create()
        let recorder = try await stage.startRecord("--poll", "100ms", "--interval", "1s")
        // In its group before the recorder looks where it is.
        let script =
            "\(group.joining)\nread line\n"
            + (isOfEnd
                ? "exec python3 -c 'kept = bytearray(200 << 20)'\n"
                : Self.afterChild(group, "kill -KILL $$"))
        let process = try stage.start("/bin/sh", ["-c", script], hasInput: true)
        let slot = try await runtime.reserve(sandbox: 1, limit: 0, name: Array("box".utf8))
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        try await eventually("it is in its group") {
            (try? String(contentsOfFile: group.path + "/cgroup.procs", encoding: .utf8))?
                .contains("\(process.pid)") == true
        }
        try await runtime.activate(slot, run: 1, pid: process.pid, startedAt: now)
        try await runtime.write(
            ForeignRuntime.Sample(at: now, flags: 0x7f, memory: 1 << 20), to: slot)
        try await eventually("it is recorded") { stage.recordedSamples == 1 }
        try process.send("go")
        _ = try await process.finish()
        try await eventually("the run is closed") {
            try await stage.onlyRun()["status"] == "Terminated"
        }
        let answer = try await stage.why("box")
        #expect(answer.json["exit_signal"] == "SIGKILL")
        #expect(answer.cause == (isOfEnd ? "oom_kill" : "killed"), "\(answer.json)")
        #expect(answer.finding("oom_kill")["certainty"] == (isOfEnd ? "certain" : "possible"))
        recorder.signal(SIGTERM)
        #expect(try await recorder.finish().code == 0)
    }

    @Test(.enabled(if: hasPython, "no python3"))
    func `memory that grows into a limit of address space is likely the reason, not proved`()
        async throws
    {
        let answer = try await stage.death(
            "walled", options: "--capture-stderr", Self.growing(after: "ulimit -v 200000"))
        #expect(answer.cause == "memory_limit", "\(answer.json)")
        #expect(answer.certainty == "likely")
        #expect(answer.json["exit_code"].integer == 1)
        #expect(!answer.kinds.contains("oom_kill"))
    }

    @Test(
        .enabled(if: ControlGroup.isPossible("pids"), "no pids cgroup can be made"),
        arguments: ["--capture-stderr", ""])
    func `a program that forks into its limit of processes`(options: String) async throws {
        let group = try #require(Stage.cgroup("pids", settings: ["pids.max": "24"]))
        // Every child ends by itself, and there can be no more than the group has room for.
        let answer = try await stage.death(
            "forker", options: "\(options) --max-duration 30s",
            """
            #!/bin/sh
            \(group.joining)
            # Long enough in the group to be seen there: what it was refused before that nobody counted.
            sleep 0.2
            n=0
            while [ $n -lt 60 ]; do sleep 3 & n=$((n+1)); done
            wait

            """)
        #expect(answer.cause == "process_limit", "\(answer.json)")
        #expect(answer.certainty == "certain")
        #expect(!answer.kinds.contains("disk_full") && !answer.kinds.contains("oom_kill"))
    }

    @Test(.enabled(if: Mount.isPossible, "no file system can be mounted"))
    func `a disk that is full`() async throws {
        let mount = try #require(Mount(at: stage.path("small"), bytes: 1 << 20))
        let answer = try await stage.death(
            "writer", options: "--capture-stderr",
            "#!/bin/sh\ncd \(mount.path) && exec dd if=/dev/zero of=big bs=64k count=100\n")
        #expect(answer.cause == "disk_full", "\(answer.json)")
        #expect(["likely", "certain"].contains(answer.certainty))
        #expect(answer.sentence.contains("no room left"))
        #expect(!answer.kinds.contains("process_limit") && !answer.kinds.contains("memory_limit"))
    }
}

/// A tiny file system in memory that a test has for itself; it is unmounted with it.
final class Mount: Sendable {
    let path: String

    /// - Returns: `nil` where nothing may be mounted.
    init?(at path: String, bytes: Int) {
        self.path = path
        // The path ends with a zero for the length of the call, as below.
        guard unsafe mkdir(path, 0o755) == 0 else { return nil }
        let command = "mount -t tmpfs -o size=\(bytes) varve-e2e \"$0\" 2>/dev/null"
        guard Self.shell(command, path) else {
            _ = unsafe rmdir(path)
            return nil
        }
    }

    deinit {
        _ = Self.shell("umount \"$0\" || umount -l \"$0\"", path)
        // As above.
        _ = unsafe rmdir(path)
    }

    private static func shell(_ script: String, _ path: String) -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", script, path]
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }

    /// Whether one can be mounted here.
    static let isPossible: Bool = {
        let name = "varve-e2e-\(UUID().uuidString)"
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(name).path
        return Mount(at: path, bytes: 1 << 20) != nil
    }()
}
