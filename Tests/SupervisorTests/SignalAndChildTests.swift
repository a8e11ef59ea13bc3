import Foundation
import Supervisor
import Testing

@Suite("Signals that reach the supervisor")
struct SignalGateTests {
    @Test("waiting ends with the time or with a signal, whose sender is known")
    func waiting() async {
        await #expect(processExitsWith: .success) {
            becomeSoleReceiver()
            let gate = SignalGate()
            let clock = ContinuousClock()
            let start = clock.now
            check(gate.next(within: .milliseconds(50)) == nil)
            check(clock.now - start >= .milliseconds(50))
            check(gate.next(within: .zero) == nil)
            check(gate.next(within: .seconds(-5)) == nil)

            let end = shell("kill -USR1 $PPID; exit 4", gate: gate)
            check(end?.exitCode == 4)
            var numbers: Set<Int32> = []
            while let signal = gate.next(within: .zero) {
                numbers.insert(signal.number)
                check(!signal.reachedGroup)
                #if os(Linux)
                    if signal.number == SIGUSR1 { check(signal.sender == end?.pid) }
                    if signal.number == SIGCHLD { check(signal.sender == nil) }
                #endif
            }
            check(numbers == [SIGUSR1, SIGCHLD], "\(numbers)")
        }
    }

    @Test("the end of a child wakes a wait for ever, and one of an endless time")
    func childEnds() async {
        await #expect(processExitsWith: .success) {
            becomeSoleReceiver()
            let gate = SignalGate()
            for timeout in [nil, .seconds(Int64.max), .seconds(100_000)] as [Duration?] {
                let command = try GatedCommand(bytes(["true"]), mask: gate.inheritedMask)
                let pid = command.pid
                try command.open()
                check(gate.next(within: timeout)?.number == SIGCHLD)
                check(Children.firstEnded() == pid)
                check(Children.reap(pid)?.exitCode == 0)
            }
        }
    }

    @Test("what this program brings upon itself neither ends it nor is passed on")
    func own() async {
        await #expect(processExitsWith: .success) {
            becomeSoleReceiver()
            let gate = SignalGate()
            var ends: [Int32] = [0, 0]
            check(unsafe pipe(&ends) == 0)
            close(ends[0])
            var byte: UInt8 = 0
            check(unsafe write(ends[1], &byte, 1) == -1 && errno == EPIPE)
            check(gate.next(within: .zero) == nil)
            // And the command dies of its own as ever.
            check(shell("kill -PIPE $$", gate: gate)?.exitSignal == SIGPIPE)
        }
    }
}

@Suite("How children end")
struct ChildrenTests {
    @Test("an ended child can be looked at before it is reaped")
    func peek() async {
        await #expect(processExitsWith: .success) {
            becomeSoleReceiver()
            let gate = SignalGate()
            check(Children.firstEnded() == nil)
            let command = try GatedCommand(bytes(["true"]), mask: gate.inheritedMask)
            let pid = command.pid
            try command.open()
            check(gate.next(within: nil)?.number == SIGCHLD)
            for _ in 0..<3 { check(Children.firstEnded() == pid) }
            #if os(Linux)
                let stat = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
                check(stat.hasPrefix("\(pid) (true) Z"), stat)
            #endif
            check(Children.reap(pid)?.exitCode == 0)
            check(Children.firstEnded() == nil)
            for notOurs in [pid, 0, -1, .min, 1] as [Int32] { check(Children.reap(notOurs) == nil) }
        }
    }

    @Test("codes and signals are told apart", arguments: [0, 1, 126, 128, 137, 255])
    func codes(code: Int32) async {
        await #expect(processExitsWith: .success) { [code] in
            becomeSoleReceiver()
            let gate = SignalGate()
            let end = shell("exit $1", ["\(code)"], gate: gate)
            check(end?.exitCode == code && end?.exitSignal == nil && end?.shellCode == code)
        }
    }

    @Test("a signal is the end, and a core dump is noted where there is one")
    func signals() async {
        await #expect(processExitsWith: .success) {
            let scratch = Scratch()
            defer { scratch.remove() }
            becomeSoleReceiver()
            let gate = SignalGate()
            for number in [SIGKILL, SIGTERM, SIGSEGV] {
                let end = shell("ulimit -c 0; kill -\(number) $$", gate: gate)
                check(end?.exitSignal == number && end?.exitCode == nil)
                check(end?.coreDumped == false && end?.shellCode == 128 + number)
            }
        }
    }

    #if os(Linux)
        @Test("CPU time is what the kernel counted, children that were waited for included")
        func cpuTime() async {
            await #expect(processExitsWith: .success) {
                becomeSoleReceiver()
                let gate = SignalGate()
                let end = shell(
                    "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; (exit 0)", gate: gate)
                var usage = rusage()
                unsafe getrusage(RUSAGE_CHILDREN.rawValue, &usage)
                let all =
                    Int64(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1_000_000_000
                    + Int64(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1_000
                // The kernel scales the two at different moments: a tick may lie between them.
                let told = end?.cpuTimeNanoseconds ?? 0
                check(
                    all > 0 && abs(told - all) <= 10_000_000, "\(all) \(String(describing: end))")
            }
        }

        @Test("peak memory is the command's, above what this program's copy was before the exec")
        func peak() async {
            await #expect(processExitsWith: .success) {
                becomeSoleReceiver()
                let gate = SignalGate()
                let small = shell("exit 0", gate: gate)?.peakMemoryBytes ?? 0
                check(small > 0 && small < 64 << 20, "\(small)")
                let large = shell(
                    "x=$(head -c 100000000 /dev/zero | tr '\\0' x); exit 0", gate: gate)
                check((large?.peakMemoryBytes ?? 0) >= 100_000_000)
            }
        }

        @Test("orphans come to the supervisor")
        func orphans() async {
            await #expect(processExitsWith: .success) {
                let scratch = Scratch()
                defer { scratch.remove() }
                check(Children.adoptOrphans())
                becomeSoleReceiver()
                let gate = SignalGate()
                // The grandchild lives until its pipe is closed, which is after its parent's end.
                var ends: [Int32] = [0, 0]
                check(unsafe pipe(&ends) == 0)
                _ = fcntl(ends[1], F_SETFD, FD_CLOEXEC)
                let script = "(read x <&\(ends[0]); exit 6) & echo $! >\"$1\""
                check(shell(script, [scratch.file("pid")], gate: gate)?.exitCode == 0)
                let orphan = Int32(scratch.text("pid").dropLast()) ?? 0
                check(orphan > 0 && Children.firstEnded() == nil)
                close(ends[1])
                while Children.firstEnded() == nil {
                    check(gate.next(within: .seconds(60)) != nil)
                }
                check(Children.firstEnded() == orphan)
                check(Children.reap(orphan)?.exitCode == 6)
            }
        }
    #endif
}
