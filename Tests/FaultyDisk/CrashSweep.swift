import Foundation
import HistoryModel
import HistoryStore
internal import SQLite

/// Runs a workload once, and looks at what a crash after each change of its files would have left.
///
/// After the death of the process there must be all that a step had acknowledged; after a power cut all
/// that was synced, and of the rest the first commits, never a later one without an earlier.
public struct CrashSweep {
    /// What it has done.
    public struct Report: Sendable {
        /// Crashes that were tried.
        public var tried = 0
        /// Changes that the workload makes.
        public var changeCount = 0
        /// Rows that were promised to be there.
        public var acknowledged = 0
        /// Those of them that were not.
        public var lost = 0
        /// The most commits that a power cut took back, of those that were not promised to outlive it.
        public var mostTakenBack = 0
        /// Steps after which all was on the disk, as they promise.
        public var syncedSteps = 0
        /// What was not as it should be; empty if all was well.
        public var problems: [String] = []
    }

    private let workload: Workload
    private let seed: UInt64
    private let base: [String: [UInt8]]
    private let changes: [DiskChange]
    /// After how many changes each step was acknowledged, the state before them first.
    private var marks = [0]
    /// What the steps are called.
    private var steps: [String] = []
    /// The state then.
    private var states: [CatalogState]
    /// States after a death of the process, from the number of changes at which they begin.
    private var timeline: [(from: Int, state: CatalogState)] = []
    private var report = Report()

    /// Sweeps over what `workload` writes; the same `seed` gives the same images.
    public init(_ workload: Workload, seed: UInt64) throws {
        self.workload = workload
        self.seed = seed
        let origin = try Folder()
        try workload.prepare(origin.catalog)
        base = try origin.files()
        let folder = try Folder(holding: base)
        states = [try folder.state()]
        let disk = FaultyDisk()
        disk.startJournal()
        do {
            for step in try workload.begin(folder.catalog, disk.settings) {
                try step.run()
                steps.append(step.name)
                marks.append(disk.changeCount)
                states.append(try folder.state())
            }
        }
        // What closing has done, too.
        changes = disk.changes.filter { $0.file.hasPrefix("history.db") }
        guard changes.count == disk.changeCount else {
            throw StrangeFile(name: disk.changes.map(\.file).first { !$0.hasPrefix("history.db") })
        }
        timeline = try findTimeline()
    }

    private struct StrangeFile: Error { var name: String? }

    /// The state after a death of the process after each number of changes, told apart by halving.
    private func findTimeline() throws -> [(from: Int, state: CatalogState)] {
        var found: [Int: CatalogState] = [:]
        func state(at count: Int) throws -> CatalogState {
            if let known = found[count] { return known }
            var random = SeededRandom(seed: 0)
            let image = shadow(after: count).image(after: .nothing, using: &random)
            let state = try Folder(holding: image).state(repairing: true)
            found[count] = state
            return state
        }
        func fill(_ low: Int, _ high: Int) throws {
            guard high - low > 1, try state(at: low) != state(at: high) else { return }
            let middle = (low + high) / 2
            _ = try state(at: middle)
            try fill(low, middle)
            try fill(middle, high)
        }
        for (low, high) in zip(marks, marks.dropFirst() + [changes.count]) {
            _ = try state(at: low)
            _ = try state(at: high)
            try fill(low, high)
        }
        var line: [(from: Int, state: CatalogState)] = []
        for count in found.keys.sorted() {
            guard let state = found[count], line.last?.state != state else { continue }
            line.append((count, state))
        }
        return line
    }

    private func shadow(after count: Int) -> ShadowDisk {
        changes.prefix(count).reduce(into: ShadowDisk(base)) { $0.apply($1) }
    }

    /// Sweeps over all kinds of loss.
    ///
    /// - Parameter limit: After at most so many changes, spread over all of them and drawn by the seed;
    ///   `nil` for every one.
    public mutating func run(limit: Int?) throws -> Report {
        report.changeCount = changes.count
        var random = SeededRandom(seed: seed)
        var places = Set(0...changes.count)
        if let limit, limit < places.count {
            places = Set(
                (0..<limit).map { part in
                    Int.random(
                        in: (part * changes.count / limit)...((part + 1) * changes.count / limit),
                        using: &random)
                })
        }
        // At each acknowledgement, whatever is drawn.
        places.formUnion(marks)
        for (mark, step) in zip(marks.dropFirst(), steps) where step == Workload.syncingStep {
            if promised(after: mark) != stateOfDeath(after: mark).index {
                note("\(workload.name): what a cut log held is not on the disk")
            }
            report.syncedSteps += 1
        }
        for mark in zip(marks, states) where stateOfDeath(after: mark.0).state != mark.1 {
            note("\(workload.name), after change \(mark.0): what was acknowledged is not there")
        }
        var disk = ShadowDisk(base)
        for count in 0...changes.count {
            if count > 0 { disk.apply(changes[count - 1]) }
            guard places.contains(count) else { continue }
            try crash(after: count, disk, &random)
        }
        // Who closes a catalog that nobody else has open leaves all of it on the disk.
        let closed = try Folder(holding: disk.image(after: .everything, using: &random))
        if try closed.state(repairing: true) != timeline.last?.state {
            note("\(workload.name): a power cut after the end takes something back")
        }
        return report
    }

    private static let losses: [ShadowDisk.Loss] = [
        .nothing, .everything, .some(sector: 512, spoils: false),
        .some(sector: 4_096, spoils: false), .some(sector: 512, spoils: true),
    ]

    private mutating func crash(
        after count: Int, _ disk: ShadowDisk, _ random: inout SeededRandom
    ) throws {
        for loss in Self.losses {
            guard loss == .nothing || disk.isPending else { continue }
            let image = disk.image(after: loss, using: &random)
            let place =
                "\(workload.name), crash after change \(count) of \(changes.count), "
                + "loss of \(loss), seed \(seed)"
            report.tried += 1
            do {
                try look(at: Folder(holding: image), after: count, loss, place)
            } catch {
                note("\(place): what is left cannot be used: \(error)")
            }
        }
    }

    private func stateOfDeath(after count: Int) -> (index: Int, state: CatalogState) {
        let index = timeline.lastIndex { $0.from <= count } ?? 0
        return (index, timeline[index].state)
    }

    /// The commit that outlives any loss: what was there when the log was synced last.
    private func promised(after count: Int) -> Int {
        let synced = changes.prefix(count).lastIndex { $0.isSync && $0.file.hasSuffix("-wal") }
        // Before there is a log, the one commit is that of the file's first page.
        return synced.map { stateOfDeath(after: $0).index } ?? 0
    }

    private mutating func look(
        at folder: Folder, after count: Int, _ loss: ShadowDisk.Loss, _ place: String
    ) throws {
        let latest = stateOfDeath(after: count).index
        let earliest = loss == .nothing ? latest : promised(after: count)
        let expected = timeline[earliest].state
        report.acknowledged += expected.rowCount
        let found = try folder.state(repairing: true)
        if let index = (earliest...latest).last(where: { timeline[$0].state == found }) {
            report.mostTakenBack = max(report.mostTakenBack, latest - index)
        } else {
            report.lost += found.missing(of: expected).count
            note(
                "\(place): it is in no state in which it was: missing "
                    + "\(found.missing(of: expected).prefix(3)), added "
                    + "\(expected.missing(of: found).prefix(3))")
        }
        // The next varve goes on with it.
        let catalog = try Catalog(
            path: folder.catalog, now: Timestamp(unixMilliseconds: 0), patience: .zero,
            settings: FaultyDisk.sound.settings)
        let run = NewRun(
            sandbox: "after", command: ["true"], startedAt: Timestamp(unixMilliseconds: 0))
        let id = try catalog.begin(
            run,
            of: Source(
                kind: .varve, name: "/after", home: nil, host: Host(name: "after", bootID: "b"))
        ).id
        _ = try catalog.seal(id)
        let problems = try CatalogReader(
            path: folder.catalog, settings: FaultyDisk.sound.settings
        ).problems()
        if !problems.isEmpty { note("\(place): the catalog is damaged: \(problems)") }
    }

    private mutating func note(_ problem: String) {
        if report.problems.count < 20 { report.problems.append(problem) }
    }
}
