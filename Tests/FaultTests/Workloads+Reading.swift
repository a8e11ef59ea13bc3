import FaultyDisk
import Foundation
import HistoryModel
import HistoryStore
import SQLite

extension Workload {
    /// A catalog that has something of everything.
    @Sendable static func fill(_ path: String) throws {
        let catalog = try Catalog(path: path, now: .noon)
        for index in 0..<4 as Range<Int64> {
            let at = Timestamp.noon(plus: index * 1_800)
            let run = try catalog.begin(.named("web-\(index % 2)", at: at), of: .own).id
            var batch = FlushBatch()
            batch.rows = SampleRow.rows(of: run, 0..<60, every: 60, from: at)
            batch.gaps = [(run, Series.Gap(from: at, to: at, reason: .stalled))]
            if index < 3 {
                batch.endings = [.killed(run, at: at.advanced(byMilliseconds: 3_600_000))]
                batch.finalMoments = [(run, [Sample(at: at)])]
                batch.closed = [run]
            }
            try catalog.flush(batch)
            if index < 2 { _ = try catalog.seal(run) }
        }
    }

    private static func open(
        _ path: String, _ settings: ConnectionSettings, _ shared: Shared
    ) -> Step {
        Step("open the catalog") {
            shared.reader = try CatalogReader(path: path, patience: .zero, settings: settings)
        }
    }

    /// Files that are made of a catalog.
    static let export = Workload(
        "export", prepare: fill,
        inspect: { path in
            let folder = CatalogLocation.directory(of: path)
            return try ["copy.db", "bundle.db"].map { name in
                let file = "\(folder)/\(name)"
                let attributes = try FileManager.default.attributesOfItem(atPath: file)
                let state = try CatalogState(path: file)
                return "\(name) \(attributes[.posixPermissions] ?? "-") "
                    + state.tables.sorted { $0.key < $1.key }.description
            }
        },
        begin: { path, settings in
            let shared = Shared()
            let folder = CatalogLocation.directory(of: path)
            return [
                open(path, settings, shared),
                Step("write a plain copy") {
                    try shared.read {
                        _ = try $0.writePlainCopy(to: "\(folder)/copy.db", now: .noon(plus: 9_000))
                    }
                },
                Step("write a bundle") {
                    try shared.read {
                        _ = try $0.writeBundle(
                            of: RunReference("2"), to: "\(folder)/bundle.db",
                            now: .noon(plus: 9_000))
                    }
                },
            ]
        })

    /// An answer that is not the one that a disk without faults gives.
    struct WrongAnswer: Error {
        var question: String
    }

    /// Every kind of question.
    static let query = Workload(
        "query", prepare: fill,
        begin: { path, settings in
            let shared = Shared()
            let right = try CatalogReader(path: path)
            return try [open(path, settings, shared)]
                + questions.map { name, ask in
                    let answer = try ask(right)
                    return Step(name) {
                        try shared.read { reader in
                            guard try ask(reader) == answer else {
                                throw WrongAnswer(question: name)
                            }
                        }
                    }
                }
        })

    private typealias Question = @Sendable (borrowing CatalogReader) throws -> AnyHashable

    private static let questions: [(String, Question)] = [
        ("list the runs", { AnyHashable(try $0.runs()) }),
        ("list events", { AnyHashable(try $0.lifecycle(of: RunID(rawValue: 1))) }),
        (
            "draw a series",
            {
                let series = try $0.series(
                    of: RunReference("1"), metrics: [.memory, .cpu], now: .noon(plus: 9_000))
                return AnyHashable(series.gaps.map { "\($0)" } + series.points.map { "\($0)" })
            }
        ),
        (
            "find the top",
            {
                let top = TopQuery(by: .memory, .peak)
                return AnyHashable(try $0.top(top, now: .noon(plus: 9_000)))
            }
        ),
        (
            "add up",
            { AnyHashable(try $0.usage(by: [.sandbox], zone: .utc, now: .noon(plus: 9_000))) }
        ),
        (
            "look at a moment",
            {
                let found = try $0.moment(
                    at: .noon(plus: 2_000), around: .seconds(60), now: .noon(plus: 9_000))
                return AnyHashable(found)
            }
        ),
        (
            "run a statement",
            {
                var rows: [[SQLValue]] = []
                _ = try $0.query(
                    "SELECT sandbox, count(*), max(memory_max_bytes) FROM interval GROUP BY 1",
                    begin: { _ in }, row: { rows.append($0) })
                return AnyHashable(rows)
            }
        ),
        ("count everything", { AnyHashable(try $0.summary()) }),
        (
            "look for damage",
            {
                // A page of a list of pages that could not be read is a finding of SQLite's.
                let problems = try $0.problems()
                return AnyHashable(problems.allSatisfy { $0.contains("ailed to ") })
            }
        ),
    ]
}
