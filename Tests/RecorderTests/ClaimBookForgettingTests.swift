import HistoryModel
import HistoryStore
import Recorder
import SlotRegistry
import Testing

@Suite("What is forgotten of a source's own catalog")
struct ClaimBookForgettingTests {
    @Test("a run whose source told its end before its slot did is not kept in mind for ever")
    func forgotten() throws {
        let rig = try Rig()
        let writer = try rig.run(1)
        try writer.write(200)
        try rig.tick(1_000)
        try rig.flush(1_100)
        var book = ClaimBook(of: rig.source, grace: .zero)
        var claim = RunClaim(seenAt: Rig.at(1_200))
        claim.status = RunStatus.terminated.rawValue
        claim.exitCode = 0
        claim.startedAt = Rig.at(0)
        let run = ClaimedRun(externalID: 1, sandboxExternalID: 1, sandbox: "box-1", claim: claim)
        book.take([run], completeFrom: 0, now: Rig.clocks(1_200))
        try book.write(
            to: rig.catalog, bootedAt: nil, probe: rig.probe, now: Rig.clocks(1_200))
        #expect(try rig.onlyRun().status == .running)

        try writer.release(to: .stale)
        rig.probe.set(1001, startedAt: nil)
        try rig.tick(2_000)
        #expect(try rig.onlyRun().status == .terminated)
        // So many came after it that its source is not asked for it any more.
        for second in 3...4 {
            let now = Rig.clocks(Int64(second) * 1_000)
            book.take([], completeFrom: 300, now: now)
            try book.write(to: rig.catalog, bootedAt: nil, probe: rig.probe, now: now)
        }
        #expect(book.count == 0)
    }
}
