import Foundation
import HistoryModel
import Testing

/// `varve top`, on a terminal and elsewhere.
@Suite(.serialized)
struct TopTests {
    let stage: Stage

    init() throws { stage = try Stage() }

    private static let entered = "\u{1b}[?1049h\u{1b}[?25l"
    private static let left = "\u{1b}[?7h\u{1b}[?25h\u{1b}[?1049l"

    private func top(
        _ arguments: String..., columns: UInt16 = 90, rows: UInt16 = 20,
        environment: [String: String?] = [:]
    ) throws -> PseudoTerminal {
        try PseudoTerminal(
            [Built.varve, "top", "--interval", "100ms"] + arguments,
            environment: stage.environment(
                ["TERM": "xterm"].merging(environment) { _, given in given }),
            columns: columns, rows: rows)
    }

    /// A registry with slots of these names, all sampled now.
    private func fill(_ names: [String]) async throws -> (ForeignRuntime, [ForeignRuntime.Slot]) {
        let runtime = try ForeignRuntime(on: stage, abi: 3, capacity: 32)
        try await runtime.create()
        var slots: [ForeignRuntime.Slot] = []
        for (index, name) in names.enumerated() {
            let slot = try await runtime.reserve(
                sandbox: 1, limit: 0, name: Array(name.utf8))
            try await runtime.activate(slot, run: Int32(7 + index), startedAt: Self.now)
            try await sample(slot, Int64(index), by: runtime)
            slots.append(slot)
        }
        return (runtime, slots)
    }

    private static var now: Int64 { Int64(Date().timeIntervalSince1970 * 1000) }

    private func sample(
        _ slot: ForeignRuntime.Slot, _ index: Int64, at: Int64 = now, disk: UInt64 = 0,
        by runtime: ForeignRuntime
    ) async throws {
        try await runtime.write(
            ForeignRuntime.Sample(
                at: at, flags: 0x7f, cpuTime: 0, cpuPercent: Float(10 + index),
                memory: 1 << 20, diskRead: disk),
            to: slot)
    }

    @Test func `q ends it, and all is as it was`() async throws {
        let runtime = try await fill(["web", "evil\u{1b}[2Jname"])
        let terminal = try top()
        try await terminal.waitFor("running")
        #expect(!terminal.isCooked)
        #expect(terminal.output.contains("evil\\u{1b}[2Jname"))
        try terminal.type("q")
        #expect(try await terminal.finish() == 0)
        #expect(terminal.output.hasPrefix(Self.entered) && terminal.output.hasSuffix(Self.left))
        #expect(terminal.isCooked)
        _ = runtime
    }

    @Test(
        "every signal that ends it leaves the terminal as it was",
        arguments: [(SIGINT, 0), (SIGTERM, 143), (SIGHUP, 129), (SIGQUIT, 131)] as [(Int32, Int32)])
    func signals(signal: Int32, code: Int32) async throws {
        let terminal = try top()
        try await terminal.waitFor("there is no registry")
        kill(terminal.pid, signal)
        #expect(try await terminal.finish() == code)
        #expect(terminal.output.hasSuffix(Self.left))
        #expect(terminal.isCooked)
    }

    @Test func `Ctrl-C ends it`() async throws {
        let terminal = try top()
        try await terminal.waitFor("there is no registry")
        try terminal.type("\u{3}")
        #expect(try await terminal.finish() == 0)
        #expect(terminal.output.hasSuffix(Self.left))
    }

    @Test func `keys change what is shown, and the window's size how much`() async throws {
        let runtime = try await fill((1...30).map { "box-\($0)" })
        let terminal = try top(rows: 12)
        var mark = try await terminal.waitFor("1-6 of 30")
        try terminal.type("\u{1b}[B")
        mark = try await terminal.waitFor("2-7 of 30", after: mark)
        try terminal.type("m")
        mark = try await terminal.waitFor("by memory", after: mark)
        try terminal.type("?")
        mark = try await terminal.waitFor("sort by CPU, memory, disk, net", after: mark)
        try terminal.type("xr")
        mark = try await terminal.waitFor("by memory, reversed", after: mark)
        terminal.resize(columns: 120, rows: 40)
        mark = try await terminal.waitFor("box-30", after: mark)
        terminal.resize(columns: 10, rows: 3)
        mark = try await terminal.waitFor(
            "\u{1b}[H\u{1b}[1mvarve top\u{1b}[0m\u{1b}[K", after: mark)
        try terminal.type("q")
        #expect(try await terminal.finish() == 0)
        _ = runtime
    }

    @Test func `Ctrl-Z gives the terminal back, and it goes on where it was`() async throws {
        // A shell that controls jobs: stopped programs of a session's leader are never continued.
        let terminal = try PseudoTerminal(
            [
                "/bin/sh", "-c",
                "set -m; \"$VARVE\" top --interval 100ms; echo stopped $?; fg; echo $?",
            ],
            environment: stage.environment(["TERM": "xterm", "VARVE": Built.varve]),
            columns: 90, rows: 12)
        var mark = try await terminal.waitFor("there is no registry")
        try terminal.type("\u{1a}")
        mark = try await terminal.waitFor(Self.left + "stopped 148", after: mark) - 1
        mark = try await terminal.waitFor("there is no registry", after: mark)
        try terminal.type("q")
        #expect(try await terminal.finish() == 0)
        #expect(terminal.output.components(separatedBy: Self.entered).count >= 3)
        #expect(terminal.isCooked)
    }

    #if os(Linux)
        @Test func `a registry that comes, goes, comes again and breaks is said, and nothing ends`()
            async throws
        {
            let terminal = try top(columns: 120)
            var mark = try await terminal.waitFor("there is no registry \(stage.registry) now")
            var runtime = try await fill(["first"])
            mark = try await terminal.waitFor("first", after: mark)
            let object = "/dev/shm" + stage.registry
            try FileManager.default.removeItem(atPath: object)
            mark = try await terminal.waitFor("there is no registry", after: mark)
            runtime = try await fill(["second"])
            mark = try await terminal.waitFor("second", after: mark)
            // The path's string lives for the call.
            let cut = unsafe truncate(object, 100)
            #expect(cut == 0)
            mark = try await terminal.waitFor("is cut short: it has 100 bytes", after: mark)
            try terminal.type("q")
            #expect(try await terminal.finish() == 0)
            _ = runtime
        }
    #endif

    @Test func `no colour is shown where none is wanted, and a dumb terminal gets plain tables`()
        async throws
    {
        let runtime = try await fill(["web"])
        let plain = try top("--count", "1", environment: ["NO_COLOR": "1"])
        #expect(try await plain.finish() == 0)
        #expect(plain.output.contains("web") && !plain.output.contains("\u{1b}[1m"))
        let dumb = try top("--count", "2", environment: ["TERM": "dumb"])
        #expect(try await dumb.finish() == 0)
        #expect(dumb.output.components(separatedBy: "SANDBOX").count == 3)
        #expect(!dumb.output.contains("\u{1b}"))
        _ = runtime
    }

    @Test func `one table on a narrow terminal has no line that is too long`() async throws {
        let runtime = try await fill(["web", String(repeating: "層", count: 40)])
        let narrow = try top("--once", columns: 60)
        #expect(try await narrow.finish() == 0)
        let lines = narrow.output.replacingOccurrences(of: "\r", with: "").split(separator: "\n")
        #expect(lines.contains { $0.hasPrefix("CPU 21.0 %  memory 2.0 MiB") })
        for line in lines {
            let shown = String(line).replacing(/\u{1b}\[[0-9]*m/, with: "")
            #expect(shown.displayWidth <= 60, "\(shown)")
        }
        _ = runtime
    }

    @Test func `programs get an object for each slot at each refresh, with rates`() async throws {
        let (runtime, slots) = try await fill(["web", "app"])
        let start = Self.now
        try await sample(slots[0], 0, at: start, disk: 0, by: runtime)
        let top = try stage.startVarve(
            "top", "--interval", "400ms", "--count", "3", "--format", "ndjson", "--sort", "name")
        var second = Int64(0)
        // Samples an hour and more ahead: of an exact distance, and never stalled.
        while kill(top.pid, 0) == 0, top.output.filter({ $0 == 10 }).count < 6 {
            second += 1
            try await sample(
                slots[0], 0, at: start + second * 1000, disk: UInt64(second) * 3000, by: runtime)
            if isDead(top.pid) { break }
        }
        let end = try await top.finish()
        #expect(end.code == 0 && end.errors.isEmpty)
        let lines = try end.text.split(separator: "\n").map { try JSON($0.utf8) }
        #expect(lines.count == 6 && second > 3)
        #expect(lines.map { $0["sandbox"].string } == ["app", "web", "app", "web", "app", "web"])
        #expect(lines[5]["run_id"] == 7 && lines[5]["cpu_percent"].number == 10)
        #expect(lines[5]["disk_read_bytes_per_second"].number == 3000)
        #expect(lines[4]["disk_read_bytes_per_second"] == nil)
        #expect(lines[5]["state"] == "running" && lines[5]["memory_bytes"].integer == 1 << 20)
    }

    @Test func `wrong usage is refused in words`() async throws {
        for (arguments, sentence) in [
            ("--interval 50ms", "--interval takes a duration from 100ms on"),
            ("--count 0", "--count takes a number from 1 on"),
            (
                "--format json",
                "json is one object and must end: give --count or --once, or take ndjson"
            ),
        ] {
            let end = try await stage.shell("\"$VARVE\" top \(arguments)")
            #expect(end.code == 64 && end.errors.contains(sentence))
        }
    }
}
