#if os(Linux)
    import Foundation
    import Glibc
    import HistoryModel
    import ProcessSampler
    import Testing

    @testable import ProcessWatch

    @Suite(.serialized) struct WatchingTests {
        @Test("what is no pid is no process", arguments: [0, -1, .min, .max] as [Int32])
        func noPID(pid: Int32) throws {
            var watch = try makeWatch()
            #expect(watch.watch(pid, as: 1, expecting: anyProcess) == .gone)
            #expect(watch.watchedCount == 0)
        }

        @Test("a thread that leads no process is no process")
        func thread() throws {
            let stop = DispatchSemaphore(value: 0)
            let started = DispatchSemaphore(value: 0)
            Thread.detachNewThread {
                started.signal()
                stop.wait()
            }
            started.wait()
            defer { stop.signal() }
            let threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")
            var watch = try makeWatch()
            let others = threads.compactMap { Int32($0) }.filter { $0 != getpid() }
            #expect(!others.isEmpty)
            for thread in others {
                #expect(watch.watch(thread, as: 1, expecting: anyProcess) == .gone)
            }
        }

        @Test("a pid that was given out again is another process")
        func reusedPID() throws {
            let stranger = Stranger("exec sleep 1000")
            let identity = try #require(try ProcessIdentity.of(pid: stranger.pid))
            var watch = try makeWatch()
            let earlier = ExpectedProcess(
                startedAt: nil, startTimeNanoseconds: identity.startTimeNanoseconds - 10_000_000)
            #expect(watch.watch(stranger.pid, as: 1, expecting: earlier) == .another(identity))
            let before = Timestamp.now().advanced(byMilliseconds: -20_000)
            let ran = ExpectedProcess(startedAt: before)
            #expect(watch.watch(stranger.pid, as: 1, expecting: ran) == .another(identity))
            #expect(watch.watchedCount == 0)
            let now = ExpectedProcess(startedAt: .now())
            #expect(watch.watch(stranger.pid, as: 1, expecting: now) == .watching(identity))
            let same = ExpectedProcess(
                startedAt: Timestamp(unixMilliseconds: .min),
                startTimeNanoseconds: identity.startTimeNanoseconds)
            #expect(watch.watch(stranger.pid, as: 1, expecting: same) == .watching(identity))
            #expect(watch.watchedCount == 1)
        }

        @Test("a zombie is dead already, and its end is still told")
        func zombie() throws {
            let stranger = Stranger("read line <&3; exit 6", parent: .neglects)
            stranger.proceed()
            while try ProcessIdentity.of(pid: stranger.pid)?.isZombie() == false { sched_yield() }
            let identity = try #require(try ProcessIdentity.of(pid: stranger.pid))
            var watch = try makeWatch(exitLimit: .milliseconds(50))
            #expect(watch.watch(stranger.pid, as: 8, expecting: anyProcess) == .dead(identity))
            let reports = watch.reports(1)
            let end = try #require(reports.first?.end(of: 8))
            #expect(end.exit?.code == 6)
            #expect(end.source == .stat)
            #expect(end.oomKills == nil)
        }

        @Test("a process that cannot be told from others is not watched")
        func unreadable() throws {
            let stranger = Stranger("exec sleep 1000")
            var watch = try ProcessWatch { _ in nil }
            #expect(
                watch.watch(stranger.pid, as: 1, expecting: anyProcess)
                    == .unsupported(errorNumber: EPERM))
            #expect(watch.watchedCount == 0)
        }

        @Test("what is watched no longer holds no descriptor", arguments: [false, true])
        func descriptors(stopsEach: Bool) throws {
            let stranger = Stranger("exec sleep 1000")
            #expect(pidfds(of: stranger.pid) == 0)
            do {
                var watch = try makeWatch()
                for token in UInt64(0)..<1000 {
                    let outcome = watch.watch(stranger.pid, as: token, expecting: anyProcess)
                    guard case .watching = outcome else {
                        Issue.record("\(outcome)")
                        return
                    }
                }
                #expect(watch.watchedCount == 1000)
                #expect(pidfds(of: stranger.pid) == 1000)
                if stopsEach {
                    for token in UInt64(0)..<1000 { watch.stop(token) }
                    #expect(watch.watchedCount == 0)
                    #expect(pidfds(of: stranger.pid) == 0)
                }
                // It lives as long as the values above are looked at.
                watch.stop(1)
            }
            #expect(pidfds(of: stranger.pid) == 0)
        }

        @Test("what was stopped is told of no more")
        func stopped() throws {
            let stranger = Stranger("exec sleep 1000")
            var watch = try makeWatch()
            _ = watch.watch(stranger.pid, as: 1, expecting: anyProcess)
            _ = watch.watch(stranger.pid, as: 2, expecting: anyProcess)
            watch.stop(1)
            watch.stop(77)
            kill(stranger.pid, SIGKILL)
            let reports = watch.reports(2)
            #expect(reports.count == 2)
            for report in reports {
                switch report {
                case .died(let token, _), .ended(let token, _), .oomKills(let token, _):
                    #expect(token == 2)
                }
            }
        }

        @Test("another thread ends a wait, once")
        func waker() throws {
            var watch = try makeWatch()
            let waker = watch.waker
            Thread.detachNewThread {
                waker.wake()
                waker.wake()
            }
            let start = monotonicNanoseconds()
            #expect(watch.wait(until: start + 10_000_000_000).isEmpty)
            #expect(monotonicNanoseconds() < start + 5_000_000_000)
        }

        @Test("a wake before the wait is kept for it, and only for it")
        func stickyWaker() throws {
            var watch = try makeWatch()
            watch.waker.wake()
            watch.waker.wake()
            let start = monotonicNanoseconds()
            _ = watch.wait(until: start + 10_000_000_000)
            let middle = monotonicNanoseconds()
            #expect(middle < start + 5_000_000_000)
            _ = watch.wait(until: middle + 30_000_000)
            #expect(monotonicNanoseconds() >= middle + 30_000_000)
        }

        @Test("a waker outlives its watch and does nothing then")
        func waking() throws {
            let waker = try makeWatch().waker
            waker.wake()
            #expect(waker.descriptor >= 0)
        }

        @Test("a wait ends at its deadline, and one in the past only looks")
        func deadline() throws {
            var watch = try makeWatch()
            let start = monotonicNanoseconds()
            #expect(watch.wait(until: start + 25_000_000).isEmpty)
            #expect(monotonicNanoseconds() >= start + 25_000_000)
            #expect(watch.wait(until: 0).isEmpty)
        }

        @Test("the limit of descriptors is never lowered")
        func descriptorLimit() throws {
            let before = try #require(DescriptorLimit.current)
            #expect(DescriptorLimit.raise(to: 1) == before)
            let after = try #require(DescriptorLimit.raise(to: .max))
            #expect(after >= before)
        }

        @Test("some descriptors are left for everything else")
        func reserve() async {
            await #expect(processExitsWith: .success) {
                var limit = rlimit(rlim_cur: 160, rlim_max: 160)
                // The pointer is to a local that outlives the call.
                precondition(
                    unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
                var watch = try makeWatch()
                var watchedCount: UInt64 = 0
                while case .watching = watch.watch(
                    getpid(), as: watchedCount, expecting: anyProcess)
                {
                    watchedCount += 1
                }
                precondition(watchedCount > 40 && watchedCount < 100)
                precondition(
                    watch.watch(getpid(), as: .max, expecting: anyProcess)
                        == .unsupported(errorNumber: EMFILE))
                for _ in 0..<60 { precondition(dup(0) >= 0) }
            }
        }

        private func pidfds(of pid: Int32) -> Int {
            let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fdinfo")
            return (names ?? []).count { name in
                let text = try? String(contentsOfFile: "/proc/self/fdinfo/\(name)", encoding: .utf8)
                return text?.contains("\nPid:\t\(pid)\n") == true
            }
        }
    }
#endif
