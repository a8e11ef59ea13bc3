#if os(Linux)
    import Foundation
    import Glibc
    import HistoryModel
    import ProcessSampler
    import Testing

    @testable import ProcessWatch

    @Suite(.serialized) struct DeathTests {
        @Test(
            "a signal that kills a stranger is reported with the time of its death",
            arguments: [SIGKILL, SIGTERM, SIGSEGV])
        func killed(signal: Int32) throws {
            let stranger = Stranger("ulimit -c 0; exec sleep 1000")
            var watch = try makeWatch()
            let outcome = watch.watch(stranger.pid, as: 41, expecting: anyProcess)
            let identity = try #require(try ProcessIdentity.of(pid: stranger.pid))
            #expect(outcome == .watching(identity))
            let before = Timestamp.now()
            kill(stranger.pid, signal)
            let reports = watch.reports(2)
            let at = try #require(reports.first?.death(of: 41))
            let end = try #require(reports.last?.end(of: 41))
            #expect(reports.count == 2)
            #expect((0...200).contains(at.milliseconds(since: before)))
            #expect(end.exit?.signal == signal)
            #expect(end.exit?.code == nil)
            #expect(end.exit?.coreDumped != true)
            #expect(end.source == .pidfd)
            #expect(watch.watchedCount == 0)
        }

        @Test("the code that a stranger exits with is reported", arguments: [0, 7, 255])
        func exited(code: Int32) throws {
            let stranger = Stranger("read line <&3; exit \(code)")
            var watch = try makeWatch()
            _ = watch.watch(stranger.pid, as: 0, expecting: anyProcess)
            stranger.proceed()
            let reports = watch.reports(2)
            let end = try #require(reports.last?.end(of: 0))
            #expect(end.exit == ProcessExit(waitStatus: code << 8))
            #expect(end.source == .pidfd)
        }

        @Test("an orphan's end is reported, whoever waits for it")
        func orphan() throws {
            let stranger = Stranger("read line <&3; exit 3", parent: .leaves)
            var watch = try makeWatch()
            _ = watch.watch(stranger.pid, as: .max, expecting: anyProcess)
            stranger.proceed()
            let reports = watch.reports(2)
            let end = try #require(reports.last?.end(of: .max))
            #expect(end.exit?.code == 3)
        }

        @Test("a core dump is told as wait(2) tells it")
        func coreDump() throws {
            let folder = FileManager.default.temporaryDirectory
                .appending(path: "varve-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let stranger = Stranger(
                "ulimit -c unlimited; cd \"\(folder.path)\"; read line <&3; kill -ABRT $$",
                parent: .neglects)
            var watch = try makeWatch(exitLimit: .milliseconds(50))
            _ = watch.watch(stranger.pid, as: 1, expecting: anyProcess)
            stranger.proceed()
            let reports = watch.reports(2)
            let end = try #require(reports.last?.end(of: 1))
            // Whether there is one depends on the host; that it is told does not.
            #expect(end.exit?.signal == SIGABRT)
            #expect(end.exit?.coreDumped != nil)
            #expect(end.source == .stat)
        }

        @Test("a death is told at once though the parent never waits, and its exit from /proc")
        func neglected() throws {
            let stranger = Stranger("read line <&3; exit 9", parent: .neglects)
            var watch = try makeWatch(exitLimit: .milliseconds(50))
            _ = watch.watch(stranger.pid, as: 5, expecting: anyProcess)
            stranger.proceed()
            let start = monotonicNanoseconds()
            let first = watch.wait(until: start + 10_000_000_000)
            #expect(first.count == 1)
            #expect(first.first?.death(of: 5) != nil)
            #expect(watch.watchedCount == 1)
            let second = watch.reports(1)
            let end = try #require(second.first?.end(of: 5))
            #expect(second.count == 1)
            #expect(end.exit?.code == 9)
            #expect(end.source == .stat)
            #expect(watch.watchedCount == 0)
            // A dead process stays readable for ever; no wait spins on it.
            let idle = monotonicNanoseconds()
            #expect(watch.wait(until: idle + 20_000_000).isEmpty)
            #expect(monotonicNanoseconds() >= idle + 20_000_000)
        }

        @Test("a parent that waits late is waited for no longer than the limit")
        func exitLimit() throws {
            let stranger = Stranger("read line <&3; exit 9", parent: .neglects)
            var watch = try makeWatch(exitLimit: .zero)
            _ = watch.watch(stranger.pid, as: 5, expecting: anyProcess)
            stranger.proceed()
            let reports = watch.wait(until: monotonicNanoseconds() + 10_000_000_000)
            #expect(reports.count == 2)
        }

        @Test("what is known is told at once to who cannot wait any longer")
        func settled() throws {
            let stranger = Stranger("read line <&3; exit 4", parent: .neglects)
            var watch = try makeWatch(exitLimit: .seconds(Int64.max))
            _ = watch.watch(stranger.pid, as: 6, expecting: anyProcess)
            #expect(watch.settle().isEmpty)
            #expect(watch.watchedCount == 1)
            stranger.proceed()
            #expect(watch.wait(until: .max).first?.death(of: 6) != nil)
            let reports = watch.settle()
            #expect(reports.count == 1)
            #expect(reports.first?.end(of: 6)?.exit?.code == 4)
            #expect(watch.watchedCount == 0)
        }

        @Test("many deaths at once are all told, each death before its end")
        func manyAtOnce() throws {
            let stranger = Stranger("exec sleep 1000")
            var watch = try makeWatch()
            let tokens: [UInt64] = Array(1000..<1300)
            for token in tokens {
                _ = watch.watch(stranger.pid, as: token, expecting: anyProcess)
            }
            #expect(watch.watchedCount == tokens.count)
            kill(stranger.pid, SIGKILL)
            let reports = watch.reports(2 * tokens.count)
            var dead: Set<UInt64> = []
            var ended: Set<UInt64> = []
            for report in reports {
                switch report {
                case .died(let token, _): #expect(dead.insert(token).inserted)
                case .oomKills: Issue.record("nobody looked for them")
                case .ended(let token, let end):
                    #expect(dead.contains(token))
                    #expect(ended.insert(token).inserted)
                    #expect(end.exit?.signal == SIGKILL)
                }
            }
            #expect(ended == Set(tokens))
            #expect(watch.watchedCount == 0)
        }

        @Test("what /proc told of a core dump completes what the pidfd told")
        func mergedStatus() {
            let handle = HeldProcess(owning: -1, of: 1)
            var process = WatchedProcess(token: 1, handle: handle, cgroup: nil)
            #expect(process.end(told: 0x0b, by: .pidfd).exit?.coreDumped == nil)
            process.statStatus = 0x8b
            let end = process.end(told: 0x0b, by: .pidfd)
            #expect(end.exit == ProcessExit(waitStatus: 0x8b))
            #expect(end.source == .pidfd)
            process.statStatus = 0x700
            #expect(process.end(told: 0, by: .pidfd).source == .stat)
            #expect(process.end(told: 0, by: .pidfd).exit?.code == 7)
        }
    }
#endif
