import Foundation
import HistoryStore
internal import SQLite

/// Runs a workload once for every call of its disk that can fail, in every way in which it can.
///
/// After each failure the catalog must be as it was before the step that failed, whole, and in the end as
/// if nothing had failed.
public struct FaultSweep {
    /// What it has done.
    public struct Report: Sendable {
        /// Faults that were met.
        public var tried = 0
        /// Of those, faults that no step told of, because SQLite could do without.
        public var absorbed = 0
        /// Rows that successful steps had written before the faults.
        public var acknowledged = 0
        /// Those of them that were not there afterwards.
        public var lost = 0
        /// Sentences that were given, with the paths and numbers in them left out, and how often.
        public var sentences: [String: Int] = [:]
        /// What was not as it should be; empty if all was well.
        public var problems: [String] = []
    }

    private let workload: Workload
    private let clean: CleanRun
    private var report = Report()

    /// Sweeps over the calls that `workload` makes, which is run once without faults here.
    public init(_ workload: Workload) throws {
        self.workload = workload
        clean = try CleanRun(of: workload)
    }

    /// Sweeps over `faults`.
    ///
    /// - Parameter limit: At most so many calls of each kind, spread over all of them and drawn by
    ///   `seed`; `nil` for every one.
    public mutating func run(
        _ faults: [Fault] = Fault.all, limit: Int?, seed: UInt64
    ) throws -> Report {
        var random = SeededRandom(seed: seed)
        let counts = try countCalls()
        for fault in faults {
            let count = counts[fault.call] ?? 0
            guard count > 0 else { continue }
            guard let limit, limit < count else {
                // Further than was counted: until no fault is met.
                var nth = 1
                while try attempt(fault, at: nth) { nth += 1 }
                continue
            }
            for part in 0..<limit {
                let range = (part * count / limit)..<((part + 1) * count / limit)
                _ = try attempt(fault, at: Int.random(in: range, using: &random) + 1)
            }
        }
        return report
    }

    private func countCalls() throws -> [Fault.Call: Int] {
        let folder = try Folder(holding: clean.files)
        let disk = FaultyDisk()
        for step in try workload.begin(folder.catalog, disk.settings) { try step.run() }
        return Dictionary(
            uniqueKeysWithValues: Fault.Call.allCases.map { ($0, disk.count(of: $0)) })
    }

    /// - Returns: Whether the fault was met.
    private mutating func attempt(_ fault: Fault, at nth: Int) throws -> Bool {
        let folder = try Folder(holding: clean.files)
        let disk = FaultyDisk()
        let place = "\(workload.name), call \(nth) of \(fault)"
        var failureCount = 0
        do {
            let steps = try workload.begin(folder.catalog, disk.settings)
            disk.fail(fault, at: nth)
            var failed: [Int] = []
            for (index, step) in steps.enumerated() {
                do {
                    try step.run()
                } catch {
                    failed.append(index)
                    judge(error, folder, "\(place), \(step.name)")
                    guard !workload.goesOn else {
                        if failed.count == 1 {
                            lookAfterFailure(of: index, folder, "\(place), \(step.name)")
                        }
                        continue
                    }
                    failureCount += disk.failureCount
                    disk.heal()
                    lookAfterFailure(of: index, folder, "\(place), \(step.name)")
                    again(step, "\(place), \(step.name)")
                }
            }
            failureCount += disk.failureCount
            disk.heal()
            if workload.goesOn, let last = steps.last, failed.last == steps.count - 1 {
                again(last, "\(place), \(last.name)")
            }
            if failureCount > 0 {
                report.tried += 1
                if failed.isEmpty { report.absorbed += 1 }
            }
        }
        guard failureCount > 0 else { return false }
        try lookAtEnd(folder, place)
        return true
    }

    private mutating func state(of folder: Folder, _ place: String) -> CatalogState? {
        do {
            do {
                return try folder.state()
            } catch let error as SQLiteError where error.isReadOnly {
                // A journal that could not be removed: whoever writes next plays it back.
                return try folder.state(repairing: true)
            }
        } catch {
            note("\(place): the catalog cannot be read: \(error)")
            return nil
        }
    }

    private mutating func again(_ step: Workload.Step, _ place: String) {
        do {
            try step.run()
        } catch {
            note("\(place): it does not recover: \(error)")
        }
    }

    private mutating func note(_ problem: String) {
        if report.problems.count < 20 { report.problems.append(problem) }
    }

    /// An error must be one clear sentence: what failed, on what, why, what to do.
    private mutating func judge(_ error: any Error, _ folder: Folder, _ place: String) {
        guard let error = error as? StoreError else {
            return note("\(place): the error is of another kind: \(error)")
        }
        var sentence = error.description.replacing(folder.path, with: "DIR")
        sentence.replace(#/\(SQLite result code \d+\)/#, with: "(SQLite result code N)")
        report.sentences[sentence, default: 0] += 1
        if !ClearSentence.isClear(sentence) { note("\(place): not a clear sentence: \(error)") }
    }

    /// What a step that threw has left.
    private mutating func lookAfterFailure(
        of index: Int, _ folder: Folder, _ place: String
    ) {
        let expected = clean.states[index]
        guard let found = state(of: folder, place) else { return }
        report.acknowledged += expected.rowCount
        let names = try? folder.otherNames
        if names != clean.names[index] {
            note("\(place): it failed and has left \(names ?? []), not \(clean.names[index])")
        }
        guard found != expected, !clean.between.contains(found) else { return }
        let missing = found.missing(of: expected)
        report.lost += missing.count
        // A step of several commits may have done some of them.
        if workload.goesOn, missing.isEmpty { return }
        let added = expected.missing(of: found)
        note(
            "\(place): it failed and has changed something: missing \(missing.prefix(3)), "
                + "added \(added.prefix(3))")
    }

    /// What is there when all is done.
    private mutating func lookAtEnd(_ folder: Folder, _ place: String) throws {
        guard let expected = clean.states.last, let found = state(of: folder, place) else { return }
        report.acknowledged += expected.rowCount
        if found != expected {
            let missing = found.missing(of: expected)
            report.lost += missing.count
            note(
                "\(place): in the end something is otherwise: missing \(missing.prefix(3)), "
                    + "added \(expected.missing(of: found).prefix(3))")
        }
        do {
            let reader = try CatalogReader(
                path: folder.catalog, settings: FaultyDisk.sound.settings)
            let problems = try reader.problems()
            if !problems.isEmpty { note("\(place): the catalog is damaged: \(problems)") }
        } catch {
            note("\(place): the catalog cannot be read again: \(error)")
        }
        let inspected = try workload.inspect(folder.catalog)
        if inspected != clean.inspected {
            note("\(place): in the end \(inspected) and not \(clean.inspected)")
        }
    }
}
