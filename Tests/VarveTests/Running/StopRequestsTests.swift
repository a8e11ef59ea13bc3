import Foundation
import HistoryModel
import Supervisor
import Testing

@testable import varve

@Suite("Signals that ask a run to end")
struct StopRequestsTests {
    private func request(_ number: Int32 = SIGTERM) throws -> StopRequest {
        try #require(
            StopRequest(ReceivedSignal(number: number, sender: nil, reachedGroup: false)))
    }

    @Test("of very many so many are written down, and how many more there were")
    func bounded() throws {
        var requests = StopRequests()
        let start = Timestamp(unixMilliseconds: 1_795_435_200_000)
        var noted = 0
        for step in 0..<5_000 as Range<Int64> {
            let event = requests.take(
                try request(step == 4_999 ? SIGHUP : SIGTERM),
                at: start.advanced(byMilliseconds: step))
            noted += event == nil ? 0 : 1
        }
        #expect(noted == 1_000)
        let rest = try #require(requests.rest)
        #expect(rest.kind == .signalled && rest.at == start.advanced(byMilliseconds: 4_999))
        #expect(
            rest.detail == "SIGHUP; 3999 signals before it were not written down one by one")
    }

    @Test("few are all written down, and one too many needs no count")
    func few() throws {
        var requests = StopRequests()
        let now = Timestamp.now()
        for _ in 0..<StopRequests.limit { #expect(requests.take(try request(), at: now) != nil) }
        #expect(requests.rest == nil)
        #expect(requests.take(try request(), at: now) == nil)
        #expect(requests.rest?.detail == "SIGTERM")
    }
}
