import ArgumentParser
import FaultyDisk
import Foundation
import HistoryModel
import HistoryStore
import Recorder
import SlotRegistry
import TestFigures
import Testing

@testable import varve

/// The lives of `varve run` and `varve record`, whole, on a disk that fails once.
@Suite("A program whose disk fails once")
struct LifeFaultTests {
    /// Runs `life` with every call of each kind failing once, until no fault is met.
    private func sweep(
        _ name: String, expecting events: [LifecycleEvent.Kind], _ status: RunStatus,
        _ life: (Folder, FaultyDisk, Said) throws -> Void
    ) throws {
        var tried = 0
        var lost = 0
        for fault in Fault.all where !fault.isLasting {
            var nth = 1
            while true {
                let folder = try Folder()
                _ = try Catalog(path: folder.catalog, now: .now())
                let disk = FaultyDisk()
                let said = Said()
                disk.fail(fault, at: nth)
                let place = "\(name), call \(nth) of \(fault)"
                do {
                    try life(folder, disk, said)
                } catch {
                    #expect(ClearSentence.isClear("\(error)", of: folder), "\(place): \(error)")
                }
                guard disk.failureCount > 0 else { break }
                tried += 1
                // One in a few where not all are tried; which differs from kind to kind.
                nth += Extent.isWhole ? 1 : 5 + tried % 3
                for warning in said.warnings {
                    #expect(!warning.contains("is lost"), "\(place): \(warning)")
                    #expect(!warning.contains("was not recorded"), "\(place): \(warning)")
                    #expect(ClearSentence.isClear(warning, of: folder), "\(place): \(warning)")
                }
                let reader = try CatalogReader(path: folder.catalog)
                let problems = try reader.problems()
                #expect(problems == [], "\(place)")
                let runs = try reader.runs()
                // By name: what happens within a millisecond has no order.
                let found = try runs.first.map {
                    try reader.lifecycle(of: $0.id).map(\.kind).sorted { $0.rawValue < $1.rawValue }
                }
                if runs.count != 1 || found != events || runs.first?.status != status
                    || runs.first?.usage.sampleCount != 1
                {
                    lost += 1
                    Issue.record("\(place): \(runs), \(found ?? []), \(said.warnings)")
                }
            }
        }
        #expect(tried > 30)
        try Figures.record(
            "fault sweep", of: name, tried: tried, crashes: 0, acknowledged: tried, lost: lost)
        Extent.tell("\(name): \(tried) faults")
    }

    @Test func `what a varve run saw is all written at its end`() throws {
        try sweep(
            "varve run", expecting: [.exited, .firstSample, .reserved, .started], .terminated
        ) {
            folder, disk, said in
            let journal = try #require(
                RunJournal(
                    path: folder.catalog, source: .own, settings: RecorderSettings(),
                    logger: said.logger, opening: disk.settings))
            let run = NewRun(sandbox: "web", command: ["true"], startedAt: .now())
            let begun = journal.begin(run, waitingFor: .seconds(60))
            let number = begun.flatMap { Int32(exactly: $0.id.rawValue) } ?? 900_001
            let slot = try OccupiedSlot(run: number)
            try slot.sample()
            journal.record(
                slot: slot.index, of: slot.name,
                externalID: begun == nil ? Int64(number) : nil)
            journal.note(LifecycleEvent(.started, at: .now(), seenBy: .supervisor))
            let id = journal.end(LifecycleEvent(.exited, at: .now(), seenBy: .supervisor)) { run in
                RunEnding(run, at: .now(), knownBy: .waited)
            }
            #expect(id != nil)
        }
    }

    @Test func `what a varve run could not hand over to a varve record it writes later`() throws {
        let folder = try Folder()
        let other = try Catalog(path: folder.catalog, now: .now())
        let disk = FaultyDisk()
        let said = Said()
        let journal = try #require(
            RunJournal(
                path: folder.catalog, source: .own,
                settings: RecorderSettings(poll: .milliseconds(5), interval: .seconds(3_600)),
                logger: said.logger, opening: disk.settings))
        let begun = try #require(
            journal.begin(
                NewRun(sandbox: "web", command: ["true"], startedAt: .now()),
                waitingFor: .seconds(60)))
        let slot = try OccupiedSlot(run: Int32(begun.id.rawValue))
        journal.record(slot: slot.index, of: slot.name, externalID: nil)
        let full = try #require(
            Fault.all.first { $0.call == .write && $0.kind == "disk full" && $0.isLasting })
        disk.fail(full, at: 1)
        try slot.sample()
        // Written with the next poll, which sees the sample first.
        journal.note(LifecycleEvent(.started, at: .now(), seenBy: .supervisor))
        #expect(said.waitForWarning())
        try other.becomeRecorder(ofRegistry: Source.own.name)
        // More than one poll finds the other recorder, and fails to hand over.
        let before = disk.failureCount
        let deadline = ContinuousClock.now + .seconds(60)
        while disk.failureCount < before + 8, ContinuousClock.now < deadline { sched_yield() }
        #expect(disk.failureCount >= before + 8)
        disk.heal()
        let id = journal.end(LifecycleEvent(.exited, at: .now(), seenBy: .supervisor)) { run in
            RunEnding(run, at: .now(), knownBy: .waited)
        }
        #expect(id == begun.id)
        let run = try CatalogReader(path: folder.catalog).run(RunReference("web"))
        #expect(run.usage.sampleCount == 1)
        #expect(
            said.warnings.map { $0.replacing(folder.path, with: "DIR") } == [
                """
                the run goes on, but is not recorded for now: cannot commit to DIR/history.db: \
                database or disk is full (SQLite result code 13); free some space on its file system
                """
            ])
    }

    @Test func `what a varve record saw is all written at its end`() throws {
        let retention = try RetentionOptions.parse([])
        try sweep("varve record", expecting: [.firstSample, .started], .running) {
            folder, disk, said in
            let slot = try OccupiedSlot(run: 7)
            try slot.sample()
            let plan = RecordPlan(
                settings: RecorderSettings(), retention: retention,
                catalogPath: folder.catalog, logger: said.logger, opening: disk.settings)
            let source = Source(
                kind: .microsandbox, name: slot.name.value, home: nil, host: .current())
            let stop = RecordingStop()
            var recording: Recording
            do {
                recording = try Recording(
                    of: RecordService(
                        name: slot.name, source: source, plan: plan, makesRegistry: false),
                    until: stop)
            } catch {
                // It did not begin, and says so; who starts it again meets no fault.
                #expect(ClearSentence.isClear("\(error)", of: folder), "\(error)")
                recording = try Recording(
                    of: RecordService(
                        name: slot.name, source: source, plan: plan, makesRegistry: false),
                    until: stop)
            }
            // It polls once, and ends.
            stop.request()
            recording.run()
        }
    }
}

extension ClearSentence {
    /// Whether `text` is or ends in a clear sentence about something in `folder`.
    static func isClear(_ text: String, of folder: Folder) -> Bool {
        let text = text.replacing(folder.path, with: "DIR")
        guard let start = text.ranges(of: "cannot ").last else { return false }
        return isClear(String(text[start.lowerBound...]))
    }
}
