#if os(Linux)
    import CPlatform
    import Glibc
    import HistoryModel
    import Logging
    import Synchronization
    import Testing

    @testable import ProcessSampler

    @Suite("Real processes")
    struct RealProcessTests {
        @Test("one process: CPU as wait4 says, memory while it lives, a zombie's totals, then nil")
        func single() throws {
            let process = RunningProcess("\(busy); echo done; read x")
            #expect(process.line() == "done")
            let identity = try process.identity
            #expect(try identity.isRunning() && !identity.isZombie())
            var source = try ProcessCounterSource(identity)
            let alive = try #require(try source.read())
            #expect(!alive.hasExited)
            #expect(try #require(alive.memoryBytes) > 100_000)
            #expect(alive.diskReadBytes != nil && alive.diskWriteBytes != nil)

            process.proceed()
            process.waitUntilZombie()
            #expect(try identity.isZombie() && !identity.isRunning())
            let zombie = try #require(try source.read())
            #expect(zombie.hasExited && zombie.memoryBytes == nil)
            #expect(zombie.readAtNanoseconds > alive.readAtNanoseconds)
            let exact = process.reap()
            let cpu = try #require(zombie.cpuTimeNanoseconds)
            // Two values, each cut down to a tick.
            #expect(cpu <= exact && exact - cpu <= 20_000_000, "\(cpu) of \(exact)")
            #expect(exact > 50_000_000)
            #expect(try source.read() == nil)
            #expect(try !identity.isZombie() && !identity.isRunning())
            #expect(try ProcessIdentity.of(pid: process.pid) == nil)
        }

        @Test("a pid whose start time is another is gone")
        func reusedPID() throws {
            let own = try #require(try ProcessIdentity.of(pid: getpid()))
            let other = ProcessIdentity(
                pid: own.pid, startTimeNanoseconds: own.startTimeNanoseconds - 10_000_000)
            var source = try ProcessCounterSource(other)
            #expect(try source.read() == nil)
            var tree = try TreeCounterSource(root: other)
            #expect(try tree.read() == nil)
            #expect(try !other.isRunning() && !other.isZombie())
        }

        @Test("no process has pid 0, -1 or the highest number", arguments: [0, -1, Int32.max])
        func nobody(pid: Int32) throws {
            #expect(try ProcessIdentity.of(pid: pid) == nil)
        }

        @Test(
            "a tree: busy children are counted while they live and after they were waited for",
            arguments: [(256, false), (0, false), (5, false), (256, true)])
        func tree(budget: Int, scan: Bool) throws {
            let process = RunningProcess(
                """
                (\(busy); echo up; exec sleep 30) & one=$!
                (\(busy); echo up; exec sleep 30) & two=$!
                read go; kill $one $two; wait; echo waited; read end
                """)
            #expect(process.line() == "up")
            #expect(process.line() == "up")
            var source = try TreeCounterSource(
                root: process.identity, adoptedBy: nil, descriptorBudget: budget,
                enumeration: scan ? .everyProcess : nil)
            let during = try #require(try source.read())
            #expect(try #require(during.cpuTimeNanoseconds) > 100_000_000)
            var alone = try ProcessCounterSource(process.identity)
            // The kernel adds up a young process's pages only now and then: read until it has.
            var holdsAll = false
            for _ in 0..<100_000 where !holdsAll {
                guard let root = try alone.read()?.memoryBytes,
                    let all = try source.read()?.memoryBytes
                else { continue }
                holdsAll = all > root * 2
            }
            #expect(holdsAll)

            process.proceed()
            #expect(process.line() == "waited")
            let after = try #require(try source.read())
            process.proceed()
            process.waitUntilZombie()
            let last = try #require(try source.read())
            #expect(last.hasExited && last.memoryBytes == nil)
            let exact = process.reap()
            let series = [during, after, last].compactMap(\.cpuTimeNanoseconds)
            #expect(series == series.sorted() && series.count == 3)
            #expect(exact >= series[2] && exact - series[2] <= 40_000_000, "\(series) of \(exact)")
            #expect(try source.read() == nil)
        }

        @Test("what a child wrote is its parent's after the wait, and never counted twice")
        func treeIO() throws {
            let template = "/var/tmp/varve-sampler-\(UInt64.random(in: 0...UInt64.max))"
            defer { unsafe unlink(template) }
            let process = RunningProcess(
                """
                exec 3<&0
                (head -c 3000000 /dev/zero > \(template); sync \(template); echo up; read x <&3) &
                wait; echo waited; read x
                """)
            #expect(process.line() == "up")
            var source = try TreeCounterSource(root: process.identity)
            let during = try #require(try source.read()?.diskWriteBytes)
            process.proceed()
            #expect(process.line() == "waited")
            let after = try #require(try source.read()?.diskWriteBytes)
            process.proceed()
            process.waitUntilZombie()
            let last = try #require(try source.read()?.diskWriteBytes)
            #expect(during >= 3_000_000 && during < 6_000_000)
            #expect(after >= during && after < 6_000_000 && last == after)
        }

        @Test("an orphan that the subreaper adopts is counted to its end")
        func orphans() async {
            await #expect(processExitsWith: .success) {
                #expect(cplatform_become_subreaper() == 0)
                // The middle shell ends at once: the busy one is an orphan from the start.
                let process = RunningProcess(
                    "exec 3<&0; (sh -c 'echo $$; \(busy); echo up; read x <&3' &) ; read y; read z")
                let orphan = try #require(Int32(process.line()))
                #expect(process.line() == "up")
                var source = try TreeCounterSource(root: process.identity, adoptedBy: getpid())
                let alive = try #require(try source.read()?.cpuTimeNanoseconds)
                #expect(alive > 50_000_000)
                kill(orphan, SIGKILL)
                var status: Int32 = 0
                var usage = rusage()
                #expect(unsafe wait4(orphan, &status, 0, &usage) == orphan)
                let reaped = try #require(try source.read()?.cpuTimeNanoseconds)
                #expect(reaped >= alive && reaped <= usage.cpuNanoseconds + 100_000_000)
                kill(process.pid, SIGKILL)
                process.waitUntilZombie()
                let last = try #require(try source.read())
                let exact = usage.cpuNanoseconds + process.reap()
                let cpu = try #require(last.cpuTimeNanoseconds)
                #expect(last.hasExited && cpu <= exact && exact - cpu <= 60_000_000)
                exit(EXIT_SUCCESS)
            }
        }

        @Test("reading for long, and many sources, leave no descriptor open")
        func descriptors() async {
            await #expect(processExitsWith: .success) {
                func openCount() -> Int { (0..<512).count { fcntl($0, F_GETFD) >= 0 } }
                let process = RunningProcess(
                    "exec 3<&0; for i in 1 2 3; do read a <&3 & done; echo up; read d")
                _ = process.line()
                let before = openCount()
                var held = 0
                for round in 0..<40 {
                    var tree = try TreeCounterSource(
                        root: process.identity, adoptedBy: getpid(),
                        descriptorBudget: round % 2 == 0 ? 256 : 3)
                    var single = try ProcessCounterSource(process.identity)
                    var network = NamespaceNetworkCounters(of: try process.identity)
                    let stop = try StopSignal()
                    for _ in 0..<5 {
                        #expect(try tree.read() != nil && single.read() != nil)
                        #expect(network.read() == nil)
                        stop.request(.stop)
                    }
                    held = max(held, openCount() - before)
                }
                #expect(held > 8)
                // One left open in each round would be forty; a thread of the test library's own may
                // open some meanwhile.
                #expect(openCount() < before + 8)
                exit(EXIT_SUCCESS)
            }
        }

        @Test("network counters are absent in our own namespace and for who is gone")
        func network() throws {
            let own = try #require(try ProcessIdentity.of(pid: getpid()))
            var counters = NamespaceNetworkCounters(of: own)
            #expect(counters.read() == nil)
            var nobody = NamespaceNetworkCounters(
                of: ProcessIdentity(pid: Int32.max, startTimeNanoseconds: 1))
            #expect(nobody.read() == nil)
        }

        @Test(
            "the loop on real clocks: a process that ends is sampled to its end, and stops wake it")
        func loop() throws {
            let process = RunningProcess("echo up; read x")
            _ = process.line()
            let script = Script()
            let stop = try StopSignal()
            var loop = SamplingLoop(
                source: try TreeCounterSource(root: process.identity),
                network: NamespaceNetworkCounters(of: try process.identity),
                sink: ScriptedSink(script: script), interval: .seconds(3600), stop: stop,
                logger: Logger(label: "test") { _ in ScriptedLog(script: script) })
            process.proceed()
            process.waitUntilZombie()
            // The request waits in the pipe: the loop takes its first sample, of the zombie.
            stop.request(.finalSampleThenStop)
            #expect(
                loop.run()
                    == SamplingResult(ending: .processExited, samplesWritten: 1, ticksMissed: 0))

            let own = try #require(try ProcessIdentity.of(pid: getpid()))
            var living = SamplingLoop(
                source: try ProcessCounterSource(own), network: NoNetworkCounters(),
                sink: ScriptedSink(script: script), interval: .seconds(3600), stop: stop,
                logger: Logger(label: "test") { _ in ScriptedLog(script: script) })
            #expect(
                living.run() == SamplingResult(ending: .stopped, samplesWritten: 2, ticksMissed: 0))
        }
    }
#endif
