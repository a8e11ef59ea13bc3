import Foundation
import HistoryModel
import HistoryStore
import SQLite
import Testing

struct BeginAndAdoptTests {
    let scratch = try! Scratch()

    @Test func `a run that begins has its rows: source, sandbox, run, labels, event`() throws {
        let catalog = try scratch.makeCatalog()
        var new = NewRun.web(labels: ["team": "red", "": "empty key"], process: .some)
        new.memoryLimitBytes = 1 << 20
        let begun = try catalog.begin(new, of: .own)
        let reader = try CatalogReader(path: scratch.catalog)
        let run = try reader.run(RunReference("web"))
        #expect(run.id == begun.id)
        #expect(run.labels == ["team": "red", "": "empty key"])
        #expect(run.command == ["serve", "--port", "80"])
        #expect(run.pid == 4711)
        #expect(run.status == .running)
        #expect(run.startedAt == .noon)
        #expect(run.memoryLimitBytes == 1 << 20)
        #expect(run.source == .own)
        #expect(run.externalID == nil)
        #expect(run.terminatedAt == nil)
        #expect(run.duration == nil)
        #expect(run.usage == RunUsage())
        #expect(
            try reader.lifecycle(of: run.id)
                == [LifecycleEvent(.reserved, at: .noon, seenBy: .supervisor)])
    }

    @Test(arguments: [
        [], [""], ["sh", "-c", "echo \"é\" '😀' \\ \u{1}\n"], ["a", "", "b"],
    ])
    func `a command is kept as it was`(command: [String]) throws {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(
            NewRun(sandbox: "x", command: command, startedAt: .noon), of: .own)
        let reader = try CatalogReader(path: scratch.catalog)
        #expect(try reader.run(RunReference("\(run.id)")).command == command)
    }

    @Test func `runs of one name share their sandbox, and sources keep theirs apart`() throws {
        let catalog = try scratch.makeCatalog()
        let first = try catalog.begin(.web(), of: .own)
        let second = try catalog.begin(.web(at: .noon(plus: 1)), of: .own)
        let remote = try catalog.begin(.web(), of: .own.on(.elsewhere))
        #expect(first.sandbox == second.sandbox)
        #expect(first.sandbox != remote.sandbox)
        #expect(Set([first.id, second.id, remote.id]).count == 3)
    }

    @Test func `a source is one row whatever its boot, and remembers its home`() throws {
        let catalog = try scratch.makeCatalog()
        _ = try catalog.adopt([.box()], of: .foreign)
        var later = Source.foreign.on(Host(name: "here", bootID: "boot-3"))
        later.home = nil
        _ = try catalog.adopt([.box(8, at: .noon(plus: 90_000))], of: later)
        let connection = try Connection(path: scratch.catalog, mode: .readOnly)
        #expect(
            try connection.rows(
                "SELECT kind, name, home, boot_id, last_seen_at_ms - first_seen_at_ms FROM source")
                == [["microsandbox", "/msb", "/msb-home", "boot-3", "90000"]])
        #expect(
            try connection.rows("SELECT boot_id FROM run ORDER BY id") == [["boot-2"], ["boot-3"]])
    }

    @Test(arguments: [false, true])
    func `a row that a recorder made of a slot becomes the run's when its supervisor comes`(
        isOver: Bool
    ) throws {
        let catalog = try scratch.makeCatalog()
        let seen = ObservedRun(
            externalID: -5, sandboxExternalID: 0, sandbox: "web", pid: 4711,
            processStartNanoseconds: nil, startedAt: .noon, memoryLimitBytes: nil, seenAt: .noon)
        let adopted = try #require(try catalog.adopt([seen], of: .own).first)
        try catalog.write([.tenSeconds(of: adopted.id, at: .noon)])
        if isOver { try catalog.end(adopted.id, at: .noon(plus: 20_000)) }
        var new = NewRun.web(labels: ["team": "red"], process: .some)
        new.externalID = -5
        let begun = try catalog.begin(new, of: .own)
        #expect(begun.id == adopted.id)
        let hasSupervisor = catalog.hasSupervisor(of: begun.id)
        #expect(hasSupervisor)
        let reader = try CatalogReader(path: scratch.catalog)
        let run = try reader.run(RunReference("web"))
        #expect(run.status == .running && run.terminatedAt == nil && run.exitKnownBy == nil)
        #expect(run.labels == ["team": "red"] && run.command == ["serve", "--port", "80"])
        #expect(
            try reader.lifecycle(of: run.id)
                == [LifecycleEvent(.reserved, at: .noon, seenBy: .supervisor)])
        #expect(try catalog.adopt([seen], of: .own).first?.id == begun.id)
        #expect(try catalog.adopt([seen], of: .own).first?.isSupervised == true)
        let connection = try Connection(path: scratch.catalog, mode: .readOnly)
        #expect(try connection.rows("SELECT count(*) FROM sandbox") == [["1"]])
        #expect(try connection.rows("SELECT count(*) FROM run") == [["1"]])
    }

    @Test func `a run whose slot a recorder saw first has one row, with what both wrote`() throws {
        let catalog = try scratch.makeCatalog()
        let new = NewRun.web(labels: ["team": "red"], process: .some)
        let begun = try catalog.begin(new, of: .own)
        let seen = ObservedRun(
            externalID: -5, sandboxExternalID: 0, sandbox: "web", pid: 4711,
            processStartNanoseconds: nil, startedAt: .noon, memoryLimitBytes: nil, seenAt: .noon)
        let adopted = try #require(try catalog.adopt([seen], of: .own).first)
        #expect(adopted.id != begun.id)
        try catalog.write([.tenSeconds(of: adopted.id, at: .noon)])
        let run = try catalog.noteSlot(as: -5, of: begun, begunAs: new, in: .own)
        #expect(run.id == adopted.id && run.sandbox == begun.sandbox)
        let isHeld = catalog.hasSupervisor(of: run.id)
        let isOldHeld = catalog.hasSupervisor(of: begun.id)
        #expect(isHeld && !isOldHeld)
        let reader = try CatalogReader(path: scratch.catalog)
        #expect(try reader.runs().map(\.id) == [adopted.id])
        #expect(try reader.runs().map(\.labels) == [["team": "red"]])
        #expect(
            try reader.lifecycle(of: run.id)
                == [LifecycleEvent(.reserved, at: .noon, seenBy: .supervisor)])
        // Once more it only says the same, and of what is recorded already nothing is moved.
        #expect(try catalog.noteSlot(as: -5, of: run, begunAs: new, in: .own).id == run.id)
        #expect(try reader.run(RunReference("web")).externalID == -5)
    }

    @Test func `another process's row, or one of another time, is not taken over`() throws {
        let catalog = try scratch.makeCatalog()
        var seen = ObservedRun(
            externalID: -5, sandboxExternalID: 0, sandbox: "web", pid: 4712,
            processStartNanoseconds: nil, startedAt: .noon, memoryLimitBytes: nil, seenAt: .noon)
        let other = try #require(try catalog.adopt([seen], of: .own).first)
        seen.pid = 4711
        seen.startedAt = .noon(plus: 1)
        let later = try #require(try catalog.adopt([seen], of: .own).first)
        var new = NewRun.web(process: .some)
        new.externalID = -5
        let begun = try catalog.begin(new, of: .own)
        #expect(![other.id, later.id].contains(begun.id))
    }

    @Test func `a run is found again in a copy of its catalog, and in no other`() throws {
        let lost = try scratch.makeCatalog()
        let new = NewRun.web(process: .some)
        let begun = try lost.begin(new, of: .own)
        let connection = try Connection(path: scratch.catalog, mode: .readWrite)
        try connection.prepareForWriting()
        try connection.execute("VACUUM INTO '\(scratch.path("copy.db"))'")
        let copy = try Catalog(path: scratch.path("copy.db"), now: .noon)
        #expect(try copy.resume(new, begunAs: begun, of: .own)?.id == begun.id)
        let hasSupervisor = copy.hasSupervisor(of: begun.id)
        #expect(hasSupervisor)
        var another = new
        another.startedAt = .noon(plus: 1)
        #expect(try copy.resume(another, begunAs: begun, of: .own) == nil)
        #expect(try copy.resume(new, begunAs: begun, of: .own.on(.elsewhere)) == nil)
        try copy.end(begun.id, at: .noon(plus: 20_000))
        #expect(try copy.resume(new, begunAs: begun, of: .own) == nil)
        let empty = try Catalog(path: scratch.path("empty.db"), now: .noon)
        #expect(try empty.resume(new, begunAs: begun, of: .own) == nil)
    }

    @Test func `who makes way leaves all in its own file, and nothing beside the next`() throws {
        let catalog = try scratch.makeCatalog()
        try catalog.becomeRecorder(ofRegistry: "/varve-x")
        let begun = try catalog.begin(.web(process: .some), of: .own)
        let wasInPlace = catalog.isInPlace
        try FileManager.default.moveItem(
            atPath: scratch.catalog, toPath: scratch.path("moved.db"))
        let isInPlace = catalog.isInPlace
        #expect(wasInPlace && !isInPlace)
        catalog.makeWay()
        let next = try Catalog(path: scratch.catalog, now: .noon)
        try next.becomeRecorder(ofRegistry: "/varve-x")
        let isSupervised = next.hasSupervisor(of: begun.id)
        #expect(!isSupervised)
        #expect(try CatalogReader(path: scratch.catalog).runs().isEmpty)
        #expect(try CatalogReader(path: scratch.path("moved.db")).runs().map(\.id) == [begun.id])
        // The files beside the next are its own.
        catalog.makeWay()
        _ = try next.begin(.web(process: .some), of: .own)
        #expect(try CatalogReader(path: scratch.catalog).runs().count == 1)
    }

    @Test func `adopting the same run again finds it`() throws {
        let catalog = try scratch.makeCatalog()
        let first = try #require(try catalog.adopt([.box()], of: .foreign).first)
        #expect(!first.isSupervised && !first.isClosed && !first.isTerminated)
        #expect(first.lastSampleAt == nil)
        try catalog.write([.tenSeconds(of: first.id, at: .noon)])
        let again = try #require(try catalog.adopt([.box()], of: .foreign).first)
        #expect(again.id == first.id)
        #expect(again.lastSampleAt == .noon(plus: 9_000))
        try catalog.end(first.id, at: .noon(plus: 20_000), closing: false)
        #expect(try catalog.adopt([.box()], of: .foreign).first?.isTerminated == true)
        #expect(try catalog.adopt([.box()], of: .foreign).first?.isClosed == false)
        try catalog.end(first.id, at: .noon(plus: 20_000))
        #expect(try catalog.adopt([.box()], of: .foreign).first?.isClosed == true)
        let reader = try CatalogReader(path: scratch.catalog)
        #expect(try reader.runs().count == 1)
        #expect(
            try reader.lifecycle(of: first.id)
                == [LifecycleEvent(.started, at: .noon, seenBy: .recorder)])
    }

    @Test func `many are adopted in the order they were given`() throws {
        let catalog = try scratch.makeCatalog()
        let first = try catalog.adopt((0..<50).map { .box(Int64($0)) }, of: .foreign)
        #expect(Set(first.map(\.id)).count == 50)
        let again = try catalog.adopt((0..<60).reversed().map { .box(Int64($0)) }, of: .foreign)
        #expect(again.suffix(50).map(\.id) == first.reversed().map(\.id))
        #expect(try catalog.adopt([], of: .foreign).isEmpty)
    }

    @Test(arguments: [
        ObservedRun.box(at: .noon(plus: 1)),
        .box(8),
        .box(pid: 4712),
        .box(sandboxID: 4),
    ])
    func `ids that come again with another start, process or sandbox are another run`(
        other: ObservedRun
    ) throws {
        let catalog = try scratch.makeCatalog()
        let known = try catalog.adopt([.box()], of: .foreign)
        let found = try catalog.adopt([other], of: .foreign)
        #expect(known.map(\.id) != found.map(\.id))
        #expect(
            try catalog.adopt([other, .box()], of: .foreign).map(\.id) == (found + known).map(\.id))
        let elsewhere = try catalog.adopt([.box()], of: .foreign.on(.elsewhere))
        #expect(elsewhere.map(\.id) != known.map(\.id))
    }

    @Test func `a foreign sandbox is told by its id, and by its name when that is given anew`()
        throws
    {
        let catalog = try scratch.makeCatalog()
        let runs = try catalog.adopt(
            [
                .box(1), .box(2), .box(3, sandboxID: 4), .box(4, named: "other"),
                .box(5, at: .noon(plus: 1)),
            ], of: .foreign)
        let connection = try Connection(path: scratch.catalog, mode: .readOnly)
        let sandboxes = try connection.rows("SELECT sandbox_id FROM run ORDER BY id")
        #expect(runs.count == 5)
        #expect(sandboxes == [["1"], ["1"], ["2"], ["3"], ["1"]])
    }

    @Test func `a supervised run is found by its own id`() throws {
        let catalog = try scratch.makeCatalog()
        let begun = try catalog.begin(.web(), of: .own)
        let seen = ObservedRun.box(
            begun.id.rawValue, sandboxID: begun.sandbox.rawValue, named: "web")
        let adopted = try #require(try catalog.adopt([seen], of: .own).first)
        #expect(adopted.id == begun.id)
        #expect(adopted.isSupervised)
    }

    @Test func `a supervised run is found by the id that its supervisor chose`() throws {
        let catalog = try scratch.makeCatalog()
        var early = NewRun.web()
        early.externalID = 900_001
        let chosen = try catalog.begin(early, of: .own)
        let late = try catalog.begin(.web(), of: .own)
        try catalog.setExternalID(900_002, of: late.id)
        let adopted = try catalog.adopt([.box(900_001), .box(900_002)], of: .own)
        #expect(adopted.map(\.id) == [chosen.id, late.id])
        #expect(adopted.map(\.isSupervised) == [true, true])
        #expect(try CatalogReader(path: scratch.catalog).runs().count == 2)
    }

    @Test func `a supervised run is not found by another start, or in another source`() throws {
        let catalog = try scratch.makeCatalog()
        let begun = try catalog.begin(.web(), of: .own)
        let id = begun.id.rawValue
        let late = try catalog.adopt([.box(id, at: .noon(plus: 1))], of: .own)
        let foreign = try catalog.adopt([.box(id)], of: .foreign)
        #expect(late.first?.id != begun.id)
        #expect(foreign.first?.id != begun.id)
        #expect((late + foreign).map(\.isSupervised) == [false, false])
    }

    @Test func `ids are never given out again`() throws {
        let catalog = try scratch.makeCatalog()
        _ = try catalog.begin(.web(), of: .own)
        let last = try catalog.begin(.web(), of: .own)
        try tamper(scratch.catalog, "DELETE FROM run")
        let next = try catalog.begin(.web(), of: .own)
        #expect(next.id > last.id)
    }

    @Test func `a session is a row that lives by its heartbeat`() throws {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(.web(), of: .own)
        let session = try catalog.beginSession(
            of: .own, run: run.id, pid: 12, poll: .seconds(1), interval: .milliseconds(200),
            at: .noon)
        _ = try catalog.beginSession(
            of: .own, run: nil, pid: 13, poll: .seconds(2), interval: .seconds(10), at: .noon)
        let connection = try Connection(path: scratch.catalog, mode: .readOnly)
        let columns = """
            SELECT kind, run_id, pid, boot_id, poll_ms, interval_ms,
                heartbeat_at_ms - started_at_ms, ended_at_ms - started_at_ms
            FROM recorder_session ORDER BY id
            """
        #expect(
            try connection.rows(columns) == [
                ["run", "1", "12", "boot-2", "1000", "200", "0", "-"],
                ["record", "-", "13", "boot-2", "2000", "10000", "0", "-"],
            ])
        var batch = FlushBatch()
        #expect(batch.isIdle)
        batch.heartbeat = .init(session: session, at: .noon(plus: 700))
        #expect(batch.isIdle)
        try catalog.flush(batch)
        // A clock that stepped back takes no sign of life away.
        batch.heartbeat = .init(session: session, at: .noon(plus: 300))
        try catalog.flush(batch)
        #expect(try connection.rows(columns)[0].suffix(2) == ["700", "-"])
        batch.heartbeat = .init(session: session, at: .noon(plus: 900), isLast: true)
        try catalog.flush(batch)
        #expect(try connection.rows(columns)[0].suffix(2) == ["900", "900"])
        #expect(try connection.rows(columns)[1].suffix(2) == ["0", "-"])
    }
}
