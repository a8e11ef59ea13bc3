import Foundation
import Testing

/// What the command gets from whoever started varve, and that nothing of varve's is added.
@Suite(.serialized)
struct InheritanceTests {
    let stage: Stage

    init() throws { stage = try Stage() }

    /// Runs `script` by the shell alone and below `varve run`, and returns what both wrote.
    private func both(
        _ script: String, before: String = "", environment: [String: String?] = [:]
    ) async throws -> (alone: Program.End, supervised: Program.End) {
        let environment = environment.merging(["SCRIPT": script]) { _, new in new }
        let alone = try await stage.shell("\(before) sh -c \"$SCRIPT\"", environment: environment)
        let supervised = try await stage.shell(
            "\(before) \"$VARVE\" run --quiet --interval 50ms -- sh -c \"$SCRIPT\"",
            environment: environment)
        return (alone, supervised)
    }

    @Test func `arguments arrive as the bytes that they are`() async throws {
        let odd: [[UInt8]] = [
            [0xff, 0xfe, 0x80], Array("zw ei".utf8), [], Array("--name".utf8), [0x0a, 0x1b, 0xc3],
            Array("--".utf8),
        ]
        let words = [Built.varve, "run", "--name", "bytes", "--", "printf", "[%s]"]
        let end = try await Program(
            words.map { Array($0.utf8) } + odd, in: stage.directory, environment: stage.environment
        ).finish()
        #expect(end.code == 0)
        var expected: [UInt8] = []
        for word in odd { expected += [0x5b] + word + [0x5d] }
        #expect(end.output == expected)
        let command = try await stage.onlyRun()["command"].list
        #expect(command.count == 2 + odd.count)
        #expect(command[3] == "zw ei")
    }

    @Test func `standard input and output are the command's`() async throws {
        let end = try await stage.shell(
            "printf 'one\\ntwo' | \"$VARVE\" run --name cat -- sh -c 'cat; echo wrong >&2; exit 9'")
        #expect(end.code == 9)
        #expect(end.text == "one\ntwo")
        #expect(end.errors.hasPrefix("wrong\nvarve: run 1 of 'cat' failed: exit 9 after "))
    }

    @Test func `the environment and the directory are the command's`() async throws {
        let environment = ["ODD": "a b\nc", "EMPTY": ""]
        let (alone, supervised) = try await both(
            "pwd; printf '%s' \"$ODD\"; umask; env | sort", environment: environment)
        #expect(alone.text == supervised.text)
        #expect(alone.text.hasPrefix(stage.directory + "\na b\nc"))
        #expect(supervised.errors.isEmpty)
    }

    #if os(Linux)
        @Test func `the command has the descriptors that it was given, and no others`() async throws
        {
            let (alone, supervised) = try await both(
                "sleep 0.2; ls -l /proc/self/fd | sed 's/.* \\([0-9]* -> .*\\)/\\1/' "
                    + "| sed 's/.out-.*/out/; s/.err-.*/err/; s/pipe:.*/pipe/; s,/proc/[0-9]*/fd,fds,'",
                before: "exec 7</dev/zero 9>>kept;")
            #expect(alone.text == supervised.text)
            #expect(alone.text.contains("7 -> /dev/zero") && alone.text.contains("kept"))
        }

        @Test(arguments: ["", "trap '' USR1 PIPE;"])
        func `signals are blocked and ignored as without varve`(before: String) async throws {
            // Two digits of each mask are left out: signals 32 and 33 are the C library's own.
            let (alone, supervised) = try await both(
                "grep -E '^(Sig(Blk|Ign|Cgt)|NoNewPrivs|Seccomp)' /proc/self/status "
                    + "| sed -E 's/^(Sig.*)..([0-9a-f]{7})$/\\1..\\2/'; "
                    + "cut -d ' ' -f 18,19,41 /proc/self/stat; ulimit -a; nice",
                before: before)
            #expect(alone.text == supervised.text)
            #expect(alone.text.contains("SigBlk:\t0000000..0000000"))
        }

        @Test func `the command is in the process group and session that varve was started in`()
            async throws
        {
            let end = try await stage.shell(
                "cut -d ' ' -f 5,6 /proc/$$/stat; "
                    + "\"$VARVE\" run --quiet -- cut -d ' ' -f 5,6 /proc/self/stat; exit")
            let lines = end.text.split(separator: "\n")
            #expect(lines.count == 2)
            #expect(lines.first == lines.last)
        }
    #endif

    // MARK: Descriptors that are not there

    @Test func `standard descriptors that are closed stay closed for the command`() async throws {
        let end = try await stage.shell(
            """
            "$VARVE" run --name closed --interval 50ms -- \
                sh -c 'ls /proc/self/fd >seen 2>/dev/null; sleep 0.2; exit 4' 0<&- 1>&- 2>&-
            """)
        #expect(end.code == 4)
        #expect(end.output.isEmpty && end.errors.isEmpty)
        let run = try await stage.onlyRun()
        #expect(run["exit_code"] == 4)
        let check = try await stage.varve("db", "check")
        #expect(check.code == 0)
    }

    #if os(Linux)
        @Test func `nothing of varve's takes the number of a descriptor that is closed`()
            async throws
        {
            try await stage.shell(
                """
                "$VARVE" run --quiet --interval 50ms -- sh -c \
                    'sleep 0.2; for n in 1 2; do [ -e /proc/$$/fd/$n ] || touch closed$n; done' \
                    1>&- 2>&-
                """)
            #expect(stage.exists("closed1") && stage.exists("closed2"))
            let check = try await stage.varve("db", "check")
            #expect(check.code == 0)
        }
    #endif

    @Test func `a stderr whose reader goes away does not end the run`() async throws {
        let end = try await stage.shell(
            """
            { "$VARVE" run --name gone -- sh -c 'sleep 0.3; exit 4'; echo $? >code; } 2>&1 | true
            until [ -e code ]; do sleep 0.05; done
            """)
        #expect(end.code == 0)
        #expect(stage.contents("code") == "4\n")
        #expect(try await stage.onlyRun()["exit_code"] == 4)
    }

    @Test(arguments: ["query runs", "query runs --format json", "query lifecycle 1", "db info"])
    func `a reader of an answer that goes away ends varve quietly with 141`(
        command: String
    ) async throws {
        try await stage.varve("run", "--", "true")
        let end = try await stage.shell(
            """
            mkfifo pipe
            (exec 3<pipe; touch open) &
            { until [ -e open ]; do sleep 0.02; done; "$VARVE" \(command); echo $? >code; } >pipe
            wait
            """)
        #expect(stage.contents("code") == "141\n")
        #expect(end.errors.isEmpty)
    }
}
