import HistoryModel
import HistoryStore
import ProcessWatch
import Recorder
import Synchronization
import Testing

/// What becomes of the runs that a source's own catalog tells of, with the time made up.
struct ClaimBookTests {
    /// A book, and what it asked the logs of.
    private final class Shelf {
        let rig: Rig
        var book: ClaimBook
        let asked = Asked()

        final class Asked: Sendable {
            private let names = Mutex<[String]>([])
            private let writtenAt = Mutex<Timestamp?>(nil)
            func note(_ name: String) { names.withLock { $0.append(name) } }
            var all: [String] { names.withLock { $0 } }
            /// When the log was last written.
            var lastWrittenAt: Timestamp? {
                get { writtenAt.withLock { $0 } }
                set { writtenAt.withLock { $0 = newValue } }
            }
        }

        init() throws {
            rig = try Rig()
            let asked = asked
            book = ClaimBook(of: rig.source, grace: .seconds(2)) { name in
                asked.note(name)
                var log = RunLog(
                    name: "runtime.log", takenAt: Rig.at(0), writtenBytes: 1, tail: [65])
                log.lastWrittenAt = asked.lastWrittenAt
                return [log]
            }
        }

        func take(_ runs: [ClaimedRun], at milliseconds: Int64, completeFrom first: Int64 = 0) {
            book.take(runs, completeFrom: first, now: Rig.clocks(milliseconds))
        }

        func write(_ milliseconds: Int64, isLast: Bool = false) throws {
            try book.write(
                to: rig.catalog, bootedAt: Rig.at(-60_000), probe: rig.probe,
                now: Rig.clocks(milliseconds), isLast: isLast)
        }

        /// The token of the one process that is to be watched.
        func watched() throws -> UInt64 {
            let requests = book.takeWatchRequests()
            try #require(requests.count == 1)
            guard case .watch(let token, 500, _) = requests[0] else {
                Issue.record("\(requests)")
                return 0
            }
            return token
        }

        func logCount(of run: Run) throws -> Int {
            try CatalogReader(path: rig.catalog.path).logs(of: run.id).count
        }
    }

    private func run(
        _ id: Int64 = 7, startedAt: Int64 = 0, _ change: (inout RunClaim) -> Void = { _ in }
    ) -> ClaimedRun {
        var claim = RunClaim(seenAt: Rig.at(startedAt))
        claim.status = "Running"
        claim.startedAt = Rig.at(startedAt)
        change(&claim)
        var run = ClaimedRun(externalID: id, sandboxExternalID: 1, sandbox: "box", claim: claim)
        run.pid = 500
        return run
    }

    private func ended(_ id: Int64 = 7, startedAt: Int64 = 0, at end: Int64) -> ClaimedRun {
        run(id, startedAt: startedAt) { claim in
            claim.status = "Terminated"
            claim.exitCode = 9
            claim.terminationReason = .failed
            claim.terminatedAt = Rig.at(end)
            claim.seenAt = Rig.at(end)
        }
    }

    @Test func `a run that no slot shows is made from its row when the grace is over, once`() throws
    {
        let shelf = try Shelf()
        shelf.take([run()], at: 0)
        try shelf.write(0)
        try shelf.write(1_999)
        #expect(try shelf.rig.runs().isEmpty && shelf.book.takeWatchRequests().isEmpty)
        for time: Int64 in [2_000, 3_000, 60_000] {
            shelf.take([run()], at: time)
            try shelf.write(time)
            #expect(try shelf.rig.onlyRun().status == .running)
        }
        let run = try shelf.rig.onlyRun()
        #expect(run.externalID == 7 && run.startedAt == Rig.at(0))
        #expect(shelf.book.openRuns == [run.id])
        _ = try shelf.watched()
    }

    @Test func `a run that is seen in a slot is not made again, and is left to its recorder`()
        throws
    {
        let shelf = try Shelf()
        let start = Rig.start
        let writer = try shelf.rig.run(7, pid: 500)
        try writer.write(10)
        try shelf.rig.tick(20)
        var row = run()
        // Of the sandbox that the slot names.
        row.sandboxExternalID = 7
        row.sandbox = "box-7"
        row.claim.sandboxStatus = "Running"
        shelf.book = ClaimBook(
            of: Source(
                kind: .microsandbox, name: "/another", home: nil, host: shelf.rig.source.host),
            grace: .seconds(2))
        shelf.take([row], at: 30)
        try shelf.write(5_000)
        #expect(try shelf.rig.onlyRun().startedAt.unixMilliseconds == start)
        #expect(shelf.book.openRuns.isEmpty && shelf.book.takeWatchRequests().isEmpty)
    }

    @Test func `what its row says of its end is its end, with the logs of that moment`() throws {
        let shelf = try Shelf()
        shelf.take([run()], at: 0)
        try shelf.write(2_000)
        let token = try shelf.watched()
        shelf.take([ended(at: 4_000)], at: 4_010)
        #expect(shelf.asked.all == ["box"])
        try shelf.write(4_010)
        let run = try shelf.rig.onlyRun()
        #expect(run.exitCode == 9 && run.exitKnownBy == .catalog)
        #expect(run.terminatedAt == Rig.at(4_000) && run.terminationReason == .failed)
        #expect(try shelf.logCount(of: run) == 1)
        #expect(shelf.book.openRuns.isEmpty)
        #expect(shelf.book.takeWatchRequests() == [.stop(token: token)])
        // It is written, and then forgotten once it is not read any more.
        try shelf.write(5_000)
        shelf.take([], at: 6_000, completeFrom: 8)
        #expect(shelf.book.count == 0)
    }

    @Test func `a death that the kernel tells ends it, and a row that comes later adds its code`()
        throws
    {
        let shelf = try Shelf()
        shelf.take([run()], at: 0)
        try shelf.write(2_000)
        let token = try shelf.watched()
        shelf.book.note(
            .watching(ProcessIdentity(pid: 500, startTimeNanoseconds: 1)), of: token,
            now: Rig.clocks(2_000))
        shelf.book.note(.died(token: token, at: Rig.at(3_000)))
        // How is told a moment later.
        try shelf.write(3_001)
        #expect(try shelf.rig.onlyRun().status == .running)
        shelf.book.note(
            .ended(
                token: token,
                ProcessEnd(exit: ProcessExit(waitStatus: 9), source: .pidfd, oomKills: nil)))
        try shelf.write(3_002)
        var run = try shelf.rig.onlyRun()
        #expect(run.exitSignal == 9 && run.exitKnownBy == .pidfd)
        #expect(run.terminatedAt == Rig.at(3_000))
        shelf.take([ended(at: 2_990)], at: 3_500)
        try shelf.write(3_500)
        run = try shelf.rig.onlyRun()
        #expect(run.exitCode == 9 && run.exitSignal == nil && run.exitKnownBy == .catalog)
        #expect(run.terminatedAt == Rig.at(3_000))
    }

    @Test func `a process that was gone at the first look, or whose row is removed, ends unseen`()
        throws
    {
        let gone = try Shelf()
        gone.take([run()], at: 0)
        try gone.write(2_000)
        gone.book.note(.gone, of: try gone.watched(), now: Rig.clocks(2_000))
        try gone.write(2_100)
        let first = try gone.rig.onlyRun()
        #expect(first.exitKnownBy == .inferred && first.terminatedAt == Rig.at(0))
        #expect(first.exitCode == nil && gone.asked.all.isEmpty)

        let removed = try Shelf()
        removed.take([run()], at: 0)
        try removed.write(2_000)
        removed.take([], at: 4_000)
        try removed.write(4_000)
        let second = try removed.rig.onlyRun()
        #expect(second.exitKnownBy == .unknown && second.terminatedAt == Rig.at(4_000))
        #expect(removed.asked.all == ["box"])
    }

    @Test func `what is not among the rows that were read is not removed`() throws {
        let shelf = try Shelf()
        shelf.take([run()], at: 0)
        try shelf.write(2_000)
        shelf.take([run(100, startedAt: 3_000)], at: 3_000, completeFrom: 50)
        try shelf.write(6_000)
        #expect(try shelf.rig.runs().map(\.status) == [.running, .running])
    }

    @Test func `an id that comes again is another run, and so is one of a catalog made anew`()
        throws
    {
        let shelf = try Shelf()
        shelf.take([ended(at: 1_000)], at: 1_500)
        try shelf.write(3_500)
        shelf.take([ended(startedAt: 40_000, at: 41_000)], at: 41_500)
        try shelf.write(43_500)
        shelf.book.takeNothing(now: Rig.clocks(50_000))
        try shelf.write(50_000)
        shelf.take([ended(startedAt: 80_000, at: 81_000)], at: 81_500)
        try shelf.write(83_500)
        let starts = try shelf.rig.runs().map(\.startedAt).sorted()
        #expect(starts == [0, 40_000, 80_000].map(Rig.at))
        #expect(try shelf.rig.runs().allSatisfy { $0.exitCode == 9 })
    }

    @Test func `at an orderly end what was removed is not waited for`() throws {
        let shelf = try Shelf()
        shelf.take([run(), run(8, startedAt: 10)], at: 0)
        shelf.take([run(8, startedAt: 10)], at: 100)
        try shelf.write(200, isLast: true)
        // The other may still be found in a slot, by whoever records next.
        #expect(try shelf.rig.onlyRun().externalID == 7)
        #expect(try shelf.rig.onlyRun().status == .terminated)
    }

    // MARK: Logs

    @Test func `a sandbox's logs are read once, however many of its runs have ended`() throws {
        let shelf = try Shelf()
        // Each began when the one before had just ended.
        let runs = (1...90).map { id in
            ended(Int64(id), startedAt: Int64(id) * 100, at: Int64(id) * 100 + 50)
        }
        shelf.asked.lastWrittenAt = Rig.at(4_230)
        shelf.take(runs.reversed(), at: 9_200)
        #expect(shelf.asked.all == ["box"])
        try shelf.write(19_200)
        let withLogs = try shelf.rig.runs().filter { try shelf.logCount(of: $0) > 0 }
        #expect(withLogs.map(\.externalID) == [42])
    }

    @Test func `at the next poll they are read anew`() throws {
        let shelf = try Shelf()
        shelf.take([run(), run(8, startedAt: 1)], at: 100)
        try shelf.write(2_100)
        shelf.take([ended(at: 3_000), run(8, startedAt: 1)], at: 3_010)
        try shelf.write(3_010)
        shelf.take([ended(at: 3_000), ended(8, startedAt: 1, at: 4_000)], at: 4_010)
        #expect(shelf.asked.all == ["box", "box"])
    }

    @Test(arguments: [
        // Of a run from 10 s to 20 s: when the log was last written, and whether it is the run's.
        (9_000, false), (10_000, true), (15_000, true), (20_000, true), (21_900, true),
        (22_100, false),
    ])
    func `a log is the run's that it was last written in`(at: Int64, isKept: Bool) throws {
        let shelf = try Shelf()
        shelf.asked.lastWrittenAt = Rig.at(at)
        shelf.take([run(startedAt: 10_000)], at: 10_000)
        try shelf.write(12_000)
        shelf.take([ended(startedAt: 10_000, at: 20_000)], at: 23_000)
        try shelf.write(23_000)
        #expect(try shelf.logCount(of: shelf.rig.onlyRun()) == (isKept ? 1 : 0))
    }

    @Test func `what was written since the next run began is the next run's`() throws {
        let shelf = try Shelf()
        shelf.take([run()], at: 0)
        try shelf.write(2_000)
        // The next began half a second after the end, and has written already.
        shelf.asked.lastWrittenAt = Rig.at(20_600)
        shelf.take([run(8, startedAt: 20_500), ended(at: 20_000)], at: 20_700)
        try shelf.write(22_700)
        #expect(try shelf.logCount(of: #require(shelf.rig.runs().first)) == 0)
        shelf.take([ended(8, startedAt: 20_500, at: 23_000), ended(at: 20_000)], at: 23_010)
        try shelf.write(23_010)
        let counts = try shelf.rig.runs().map { try shelf.logCount(of: $0) }
        #expect(counts == [0, 1])
    }

    @Test func `after a death that the kernel told nothing that is written is the run's`() throws {
        for (at, count) in [(2_990, 1), (3_900, 0)] as [(Int64, Int)] {
            let shelf = try Shelf()
            shelf.asked.lastWrittenAt = Rig.at(at)
            shelf.take([run()], at: 0)
            try shelf.write(2_000)
            let token = try shelf.watched()
            shelf.book.note(
                .watching(ProcessIdentity(pid: 500, startTimeNanoseconds: 1)), of: token,
                now: Rig.clocks(2_000))
            shelf.book.note(.died(token: token, at: Rig.at(3_000)))
            shelf.book.note(
                .ended(
                    token: token,
                    ProcessEnd(exit: ProcessExit(waitStatus: 9), source: .pidfd, oomKills: nil)))
            try shelf.write(4_000)
            #expect(try shelf.logCount(of: shelf.rig.onlyRun()) == count)
        }
    }

    @Test func `logs of what ended long ago are not read`() throws {
        let shelf = try Shelf()
        shelf.take((1...10_000).map { ended(Int64($0), at: 1_000) }, at: 60_000)
        #expect(shelf.asked.all.isEmpty)
    }
}
