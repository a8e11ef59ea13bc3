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
                for descriptor in openDescriptors() {
                    guard let number = Int32(descriptor), number > 2, number != passed else {
                        continue
                    }
                    _ = fcntl(number, F_SETFD, FD_CLOEXEC)
                }
                becomeSoleReceiver()
                let gate = SignalGate()
                for descriptor in closed { close(descriptor) }
                let script = "cd /proc/self/fd && echo * >\"$0\""
                let command = try GatedCommand(
                    bytes(["bash", "-c", script, scratch.file("fds")]), mask: gate.inheritedMask)
                let pid = command.pid
                // Nothing that is printed now opens the gate.
                for descriptor in 0...2 as ClosedRange<Int32> where closed.contains(descriptor) {
                    check(fcntl(descriptor, F_GETFD) == -1 && errno == EBADF)
                }
                try command.open()
                check(Children.reap(pid)?.exitCode == 0)
                let found = Set(
                    scratch.text("fds").split(whereSeparator: \.isWhitespace).compactMap {
                        Int32($0)
                    })
                var wanted = Set([0, 1, 2, passed] as [Int32])
                wanted.subtract(closed)
                // Where one is closed, bash itself may use it for the file and the folder.
                check(found.subtracting([0, 1, 2, 255, 3]).isSubset(of: wanted), "\(found)")
                check(found.contains(passed))
            }
        }
    #endif
}
