import Foundation
import Supervisor
import Testing

@Suite("What a command inherits")
struct InheritanceTests {
    @Test("arguments arrive byte for byte")
    func arguments() async {
        await #expect(processExitsWith: .success) {
            let scratch = Scratch()
            defer { scratch.remove() }
            becomeSoleReceiver()
            let gate = SignalGate()
            let odd: [[UInt8]] = [
                [], [0x20], [0xff, 0xfe, 0x80], Array("two words\n\t".utf8), Array("ünï".utf8),
                Array("-x".utf8), Array("'\"$(id)\\".utf8),
            ]
            let script = "printf '%s\\0' \"$@\" >\"$0\""
            let command = try GatedCommand(
                bytes(["sh", "-c", script, scratch.file("out")]) + odd, mask: gate.inheritedMask)
            let pid = command.pid
            try command.open()
            check(Children.reap(pid)?.exitCode == 0)
            let written = FileManager.default.contents(atPath: scratch.file("out"))
            check(written == Data(odd.flatMap { $0 + [0] }))
        }
    }

    @Test("environment, working directory and the standard streams")
    func surroundings() async {
        await #expect(processExitsWith: .success) {
            let scratch = Scratch()
            defer { scratch.remove() }
            becomeSoleReceiver()
            let gate = SignalGate()
            check(unsafe setenv("VARVE_TEST", "a b", 1) == 0)
            check(FileManager.default.changeCurrentDirectoryPath(scratch.path))
            scratch.write("line\n", to: "in", mode: 0o600)
            redirect(0, to: "in", O_RDONLY)
            redirect(1, to: "out", O_WRONLY | O_CREAT)
            let end = shell("cat; pwd -P; echo \"$VARVE_TEST\"; cat </dev/null", gate: gate)
            check(end?.exitCode == 0)
            let here = URL(filePath: scratch.path).resolvingSymlinksInPath().path
            check(scratch.text("out") == "line\n\(here)\na b\n", scratch.text("out"))
        }
    }

    #if os(Linux)
        @Test("the signal mask that this program was started with, and its ignored signals")
        func signals() async {
            await #expect(processExitsWith: .success) {
                let scratch = Scratch()
                defer { scratch.remove() }
                becomeSoleReceiver()
                var mask = sigset_t()
                unsafe sigemptyset(&mask)
                unsafe sigaddset(&mask, SIGUSR1)
                unsafe pthread_sigmask(SIG_SETMASK, &mask, nil)
                signal(SIGHUP, SIG_IGN)
                let own = try String(contentsOfFile: "/proc/thread-self/status", encoding: .utf8)
                let gate = SignalGate()
                let command = try GatedCommand(
                    bytes(["cp", "/proc/self/status", scratch.file("status")]),
                    mask: gate.inheritedMask)
                let pid = command.pid
                try command.open()
                check(Children.reap(pid)?.exitCode == 0)
                let child = scratch.text("status")
                check(status("SigBlk", in: child) == "0000000000000200", child)
                check(status("SigBlk", in: child) == status("SigBlk", in: own))
                check(status("SigIgn", in: child) == status("SigIgn", in: own))
                let ignored = UInt64(status("SigIgn", in: child) ?? "", radix: 16) ?? 0
                check(ignored & (1 << UInt64(SIGHUP - 1)) != 0)
                check(status("SigPnd", in: child) == "0000000000000000")
            }
        }

        @Test("SIGCHLD that this program was started to ignore hides no end, and stays ignored")
        func ignoredChildren() async {
            await #expect(processExitsWith: .success) {
                let scratch = Scratch()
                defer { scratch.remove() }
                signal(SIGCHLD, SIG_IGN)
                becomeSoleReceiver()
                let gate = SignalGate()
                let command = try GatedCommand(
                    bytes(["cp", "/proc/self/status", scratch.file("status")]),
                    mask: gate.inheritedMask)
                let pid = command.pid
                try command.open()
                check(Children.reap(pid)?.exitCode == 0)
                let ignored = status("SigIgn", in: scratch.text("status")) ?? ""
                check((UInt64(ignored, radix: 16) ?? 0) & (1 << UInt64(SIGCHLD - 1)) != 0)
            }
        }

        @Test(
            "its descriptors, those that were passed to this program, and none of ours",
            arguments: [[], [0], [1], [0, 1], [0, 1, 2]] as [[Int32]])
        func descriptors(closed: [Int32]) async {
            await #expect(processExitsWith: .success) { [closed] in
                let scratch = Scratch()
                defer { scratch.remove() }
                let passed = unsafe open("/dev/null", O_RDONLY)
                check(passed > 2)
                becomeSoleReceiver()
                let gate = SignalGate()
                for descriptor in closed { close(descriptor) }
                let before = pipes()
                // Before anything else is opened, which would land on those that are closed.
                let script = """
                    for d in 0 1 2; do if : 9<&$d; then open="$open$d"; fi; done
                    echo "open $open" >"$0"
                    for f in /proc/$$/fd/*; do echo "${f##*/} $(readlink "$f")"; done >>"$0"
                    """
                let command = try GatedCommand(
                    bytes(["bash", "-c", script, scratch.file("list")]), mask: gate.inheritedMask)
                let pid = command.pid
                let ours = pipes().subtracting(before)
                check(ours.count == 2, "\(ours)")
                // Nothing that is printed now opens the gate.
                for descriptor in closed {
                    check(fcntl(descriptor, F_GETFD) == -1 && errno == EBADF)
                }
                try command.open()
                check(Children.reap(pid)?.exitCode == 0)
                let list = scratch.text("list").split(separator: "\n").map(String.init)
                check(list.contains("\(passed) /dev/null"), "\(list)")
                check(!list.contains { line in ours.contains { line.hasSuffix($0) } }, "\(list)")
                let open = ([0, 1, 2] as [Int32]).filter { !closed.contains($0) }
                check(list.first == "open " + open.map(String.init).joined(), "\(list)")
            }
        }
    #endif
}
