import Foundation
import Supervisor
import Testing

@Suite("A command at its gate")
struct GatedCommandTests {
    @Test("nothing of it runs before the gate is opened, and its pid stays")
    func gate() async {
        await #expect(processExitsWith: .success) {
            let scratch = Scratch()
            defer { scratch.remove() }
            becomeSoleReceiver()
            let gate = SignalGate()
            let script = "echo $$ >\"$1\"; exit 3"
            let command = try GatedCommand(
                bytes(["sh", "-c", script, "sh", scratch.file("ran")]), mask: gate.inheritedMask)
            let pid = command.pid
            // It had this long to do what it must not.
            check(gate.next(within: .milliseconds(100)) == nil)
            check(!scratch.exists("ran"))
            try command.open()
            let end = Children.reap(pid)
            check(end?.exitCode == 3 && end?.exitSignal == nil && end?.shellCode == 3)
            check(end?.pid == pid)
            check(scratch.text("ran") == "\(pid)\n", scratch.text("ran"))
        }
    }

    @Test("dropped unopened it runs nothing, and leaves no zombie and no descriptor")
    func dropped() async {
        await #expect(processExitsWith: .success) {
            let scratch = Scratch()
            defer { scratch.remove() }
            becomeSoleReceiver()
            let gate = SignalGate()
            #if os(Linux)
                let before = pipes()
            #endif
            for round in 0..<20 {
                let command = try GatedCommand(
                    bytes(["touch", scratch.file("ran")]), mask: gate.inheritedMask)
                // Even one that the terminal has stopped.
                if round % 2 == 1 { kill(command.pid, SIGSTOP) }
            }
            check(!scratch.exists("ran"))
            check(Children.firstEnded() == nil)
            check(waitpid(-1, nil, WNOHANG) == -1 && errno == ECHILD)
            #if os(Linux)
                check(pipes() == before, "\(before) \(pipes())")
            #endif
        }
    }

    @Test("a signal that comes before it runs ends it, though this program handles that signal")
    func signalAtTheGate() async {
        await #expect(processExitsWith: .success) {
            becomeSoleReceiver()
            signal(SIGUSR1) { _ in }
            let gate = SignalGate()
            let command = try GatedCommand(bytes(["true"]), mask: gate.inheritedMask)
            let pid = command.pid
            kill(pid, SIGUSR1)
            try command.open()
            check(Children.reap(pid)?.exitSignal == SIGUSR1)
        }
    }

    #if os(Linux)
        @Test("opened or not to be started, it leaves no descriptor either")
        func descriptors() async {
            await #expect(processExitsWith: .success) {
                becomeSoleReceiver()
                let gate = SignalGate()
                let before = pipes()
                for _ in 0..<20 {
                    check(shell("exit 0", gate: gate)?.exitCode == 0)
                    check(try refusal(of: bytes(["/no/such"]), gate: gate)?.exitCode == 127)
                }
                check(pipes() == before)
            }
        }

        @Test("its supervisor's death ends it before it has begun")
        func orphaned() async {
            await #expect(processExitsWith: .success) {
                check(Children.adoptOrphans())
                let scratch = Scratch()
                defer { scratch.remove() }
                becomeSoleReceiver()
                let gate = SignalGate()
                let outer = try GatedCommand(bytes(["sleep", "1000"]), mask: gate.inheritedMask)
                let pid = outer.pid
                // The write end of its gate is here alone: closed, it reads the end of the pipe.
                for name in openDescriptors() {
                    guard let descriptor = Int32(name), descriptor > 2 else { continue }
                    let path = "/proc/self/fd/\(name)"
                    let target = try FileManager.default.destinationOfSymbolicLink(atPath: path)
                    if target.hasPrefix("pipe:"),
                        fcntl(descriptor, F_GETFL) & O_ACCMODE == O_WRONLY,
                        fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0
                    {
                        close(descriptor)
                    }
                }
                check(Children.reap(pid)?.exitCode == 125)
            }
        }
    #endif

    @Test("one that was killed at its gate is opened without harm, and its end is told")
    func killedAtGate() async {
        await #expect(processExitsWith: .success) {
            becomeSoleReceiver()
            let gate = SignalGate()
            for _ in 0..<20 {
                let command = try GatedCommand(bytes(["sleep", "1000"]), mask: gate.inheritedMask)
                let pid = command.pid
                kill(pid, SIGKILL)
                while Children.firstEnded() != pid {}
                try command.open()
                check(Children.reap(pid)?.exitSignal == SIGKILL)
            }
        }
    }

    @Test("a signal that comes before the start ends it at the start, as it would end the command")
    func earlySignal() async {
        await #expect(processExitsWith: .success) {
            let scratch = Scratch()
            defer { scratch.remove() }
            becomeSoleReceiver()
            let gate = SignalGate()
            let command = try GatedCommand(
                bytes(["touch", scratch.file("ran")]), mask: gate.inheritedMask)
            let pid = command.pid
            kill(pid, SIGTERM)
            try command.open()
            let end = Children.reap(pid)
            check(end?.exitSignal == SIGTERM && end?.exitCode == nil && end?.shellCode == 143)
            check(!scratch.exists("ran"))
        }
    }
}

@Suite("A command that cannot be started")
struct SpawnErrorTests {
    @Test("no such command: 127")
    func missing() async {
        await #expect(processExitsWith: .success) {
            becomeSoleReceiver()
            let gate = SignalGate()
            let error = try refusal(of: bytes(["no-such-command-\u{1b}[2J"]), gate: gate)
            check(error?.errorNumber == ENOENT && error?.exitCode == 127)
            check(
                error?.description
                    == "cannot start 'no-such-command-\\u{1b}[2J': No such file or directory; "
                    + "check the spelling, or give its path", "\(String(describing: error))")
        }
    }

    @Test("a file that is not executable, and a directory: 126")
    func notExecutable() async {
        await #expect(processExitsWith: .success) {
            let scratch = Scratch()
            defer { scratch.remove() }
            scratch.write("#!/bin/sh\n", to: "plain", mode: 0o600)
            becomeSoleReceiver()
            let gate = SignalGate()
            for path in [scratch.file("plain"), scratch.path] {
                let error = try refusal(of: bytes([path]), gate: gate)
                check(error?.errorNumber == EACCES && error?.exitCode == 126)
                check(
                    error?.description
                        == "cannot start '\(path)': Permission denied; it must be an executable "
                        + "file (chmod +x)", "\(String(describing: error))")
            }
        }
    }

    @Test("arguments that are too long together: 126")
    func tooLong() async {
        await #expect(processExitsWith: .success) {
            becomeSoleReceiver()
            let gate = SignalGate()
            let long = [UInt8](repeating: 0x61, count: 100_000)
            let error = try refusal(
                of: bytes(["true"]) + Array(repeating: long, count: 100), gate: gate)
            check(error?.errorNumber == E2BIG && error?.exitCode == 126)
            check(
                error?.description
                    == "cannot start 'true': Argument list too long; the arguments and the "
                    + "environment are too long together", "\(String(describing: error))")
        }
    }

    @Test("a script without a first line runs by the shell, as execvp(3) has it")
    func noShebang() async {
        await #expect(processExitsWith: .success) {
            let scratch = Scratch()
            defer { scratch.remove() }
            scratch.write("exit 9\n", to: "script", mode: 0o700)
            becomeSoleReceiver()
            let gate = SignalGate()
            let command = try GatedCommand(
                bytes([scratch.file("script")]), mask: gate.inheritedMask)
            let pid = command.pid
            try command.open()
            check(Children.reap(pid)?.exitCode == 9)
        }
    }

    @Test(
        "every advice",
        arguments: [
            (ENOEXEC, "Exec format error; a script needs a first line such as #!/bin/sh"),
            (
                EAGAIN,
                "Resource temporarily unavailable; the machine has no room for another process now"
            ),
            (ENOMEM, "Cannot allocate memory; the machine has no room for another process now"),
            (ELOOP, "Too many levels of symbolic links"),
        ])
    func advice(number: Int32, words: String) {
        let error = SpawnError(command: "x", errorNumber: number)
        #expect(error.description == "cannot start 'x': " + words)
        #expect(error.exitCode == 126)
    }
}
