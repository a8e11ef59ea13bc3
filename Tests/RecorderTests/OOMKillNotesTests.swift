import HistoryModel
import Recorder
import Testing

struct OOMKillNotesTests {
    @Test func `where the killer strikes on and on, some are written down, and the last`() {
        var kills = OOMKillNotes()
        #expect(kills.last == nil && kills.rest == nil)
        let events = (0..<100_000).map { second in
            LifecycleEvent(
                .oomKill, at: Timestamp(unixMilliseconds: second * 1_000), seenBy: .recorder)
        }
        let written = events.compactMap { kills.take($0) }
        #expect(written == Array(events.prefix(OOMKillNotes.limit)))
        #expect(kills.rest == events.last && kills.last == events.last)
    }

    @Test func `few are all written when they come, and none again at the end`() {
        var kills = OOMKillNotes()
        let event = LifecycleEvent(.oomKill, at: Timestamp(unixMilliseconds: 1), seenBy: .recorder)
        for _ in 0..<OOMKillNotes.limit { #expect(kills.take(event) == event) }
        #expect(kills.rest == nil && kills.last == event)
    }
}
