import HistoryModel
import Testing

@testable import HistoryStore

struct ClaimedEndTests {
    private let at = Timestamp(unixMilliseconds: 1_795_435_200_000)

    private func claim(code: Int32?, _ reason: TerminationReason?, endedAfter: Int64) -> RunClaim {
        var claim = RunClaim(seenAt: at.advanced(byMilliseconds: 60_000))
        claim.status = "Terminated"
        claim.exitCode = code
        claim.terminationReason = reason
        claim.terminatedAt = at.advanced(byMilliseconds: endedAfter)
        return claim
    }

    @Test
    func `the code that the runtime wrote goes before that of its process, the time does not`() {
        var end = ClaimedEnd(exitCode: 0, knownBy: .pidfd, reason: .completed, at: at)
        end.take(claim(code: 9, .failed, endedAfter: 500))
        #expect(end.exitCode == 9 && end.reason == .failed && end.knownBy == .catalog)
        #expect(end.at == at && end.detail == "its runtime's process ended with code 0")
        // Taken in again it changes nothing.
        let once = end
        end.take(claim(code: 9, .failed, endedAfter: 500))
        #expect(end == once)
    }

    @Test func `a sweep is believed in nothing but that the process was gone`() {
        var seen = ClaimedEnd(exitSignal: 9, knownBy: .pidfd, reason: .failed, at: at)
        let before = seen
        seen.take(claim(code: nil, .internalError, endedAfter: 30_000))
        #expect(seen == before)
        var unseen = ClaimedEnd(knownBy: .unknown, at: at)
        unseen.take(claim(code: nil, .internalError, endedAfter: 30_000))
        #expect(unseen.reason == .internalError && unseen.knownBy == .unknown && unseen.at == at)
    }

    @Test func `where nobody saw the end, the row tells it, and never later than it was read`() {
        var end = ClaimedEnd(knownBy: .unknown, at: at)
        end.take(claim(code: 3, .failed, endedAfter: 1_000))
        #expect(end.exitCode == 3 && end.knownBy == .catalog)
        #expect(end.at == at.advanced(byMilliseconds: 1_000))
        var future = ClaimedEnd(knownBy: .unknown, at: at)
        future.take(claim(code: 3, .failed, endedAfter: 9_000_000))
        #expect(future.at == at.advanced(byMilliseconds: 60_000))
    }

    @Test func `a reason of microsandbox's own goes before ours`() {
        var end = ClaimedEnd(exitCode: 0, knownBy: .pidfd, reason: .completed, at: at)
        end.take(claim(code: 0, .idleTimeout, endedAfter: 0))
        #expect(end.reason == .idleTimeout && end.knownBy == .pidfd && end.exitCode == 0)
    }

    @Test func `a row of a run that goes on changes nothing`() {
        var end = ClaimedEnd(knownBy: .unknown, at: at)
        end.take(RunClaim(seenAt: at))
        #expect(end == ClaimedEnd(knownBy: .unknown, at: at))
    }
}
