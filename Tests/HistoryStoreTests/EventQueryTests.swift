import HistoryModel
import HistoryStore
import Testing

struct EventQueryTests {
    let scratch = try! Scratch()

    private func write(
        _ kind: LifecycleEvent.Kind, at milliseconds: Int64, of run: RunID,
        to catalog: borrowing Catalog
    ) throws {
        var batch = FlushBatch()
        batch.events = [
            (run, LifecycleEvent(kind, at: .noon(plus: milliseconds), seenBy: .recorder))
        ]
        try catalog.flush(batch)
    }

    private func kinds(_ events: [RunEvent]) -> [String] {
        events.map { "\($0.sandbox) \($0.event.kind.rawValue)" }
    }

    @Test func `events of many runs come in order of time, and an end last`() throws {
        let catalog = try scratch.makeCatalog()
        let web = try catalog.begin(.web(labels: ["tier": "a"]), of: .own).id
        let box = try catalog.begin(
            NewRun(sandbox: "box", command: [], startedAt: .noon(plus: 10)), of: .own
        ).id
        try write(.killed, at: 20, of: web, to: catalog)
        try write(.oomKill, at: 20, of: web, to: catalog)
        try write(.stalled, at: 15, of: box, to: catalog)
        let reader = try CatalogReader(path: scratch.catalog)
        let all = try reader.events(matching: EventQuery()).events
        #expect(
            kinds(all) == [
                "web reserved", "box reserved", "box stalled", "web oom_kill", "web killed",
            ])
        #expect(all.map(\.run) == [web, box, box, web, web])
        #expect(all[1].runStartedAt == .noon(plus: 10))
        func chosen(_ query: EventQuery) throws -> [String] {
            try kinds(reader.events(matching: query).events)
        }
        #expect(try chosen(EventQuery(run: box)) == ["box reserved", "box stalled"])
        #expect(try chosen(EventQuery(sandbox: "b*")) == ["box reserved", "box stalled"])
        #expect(try chosen(EventQuery(labels: ["tier": "a"], kinds: [.killed])) == ["web killed"])
        #expect(
            try chosen(EventQuery(kinds: [.killed, .stalled])) == ["box stalled", "web killed"])
        #expect(
            try chosen(
                EventQuery(range: TimeRange(from: .noon(plus: 10), until: .noon(plus: 20))))
                == ["box reserved", "box stalled"])
        #expect(try chosen(EventQuery(run: RunID(rawValue: 99))) == [])
        #expect(try reader.lifecycle(of: box) == all.filter { $0.run == box }.map(\.event))
    }

    @Test func `what is written later is found by its place, whenever it happened`() throws {
        let catalog = try scratch.makeCatalog()
        let web = try catalog.begin(.web(), of: .own).id
        let reader = try CatalogReader(path: scratch.catalog)
        let query = EventQuery(kinds: [.stalled, .resumed])
        var (events, position) = try reader.events(matching: query)
        #expect(events.isEmpty)
        let version = try reader.dataVersion()
        #expect(try reader.dataVersion() == version)
        #expect(try !reader.hasEnded(web))
        try write(.resumed, at: 50, of: web, to: catalog)
        try write(.stalled, at: -7_000, of: web, to: catalog)
        #expect(try reader.dataVersion() != version)
        (events, position) = try reader.events(matching: query, after: position)
        #expect(kinds(events) == ["web stalled", "web resumed"])
        (events, position) = try reader.events(matching: query, after: position)
        #expect(events.isEmpty)
        // One that is not asked for moves the place on, too.
        try write(.started, at: 60, of: web, to: catalog)
        try write(.resumed, at: 1, of: web, to: catalog)
        (events, position) = try reader.events(matching: query, after: position)
        #expect(kinds(events) == ["web resumed"])
        try catalog.end(web, at: .noon(plus: 70))
        #expect(try reader.hasEnded(web))
    }
}
