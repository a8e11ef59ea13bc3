import FaultyDisk
import HistoryModel
import HistoryStore
import SQLite

extension Workload {
    /// Those that write.
    static let writing: [Workload] = [.runs, .flush, .seal, .prune, .reconcile]

    private static func open(
        _ path: String, _ settings: ConnectionSettings, _ shared: Shared
    ) -> Step {
        Step("open the catalog") {
            shared.catalog = try Catalog(
                path: path, now: .noon, patience: .zero, settings: settings)
        }
    }

    /// What `varve run` writes: runs that begin, what happens to them, and how they end.
    static let runs = Workload("the writer of runs") { path in
        _ = try Catalog(path: path, now: .noon)
    } begin: { path, settings in
        let shared = Shared()
        var steps = [open(path, settings, shared)]
        for index in 0..<3 {
            steps.append(
                Step("begin a run") {
                    try shared.use { catalog in
                        let run = try catalog.begin(
                            .named("web-\(index)", at: .noon(plus: Int64(index))), of: .own)
                        shared.runs.append(run.id)
                    }
                })
            steps.append(
                Step("name its slot") {
                    try shared.use {
                        try $0.setExternalID(70 + Int64(index), of: shared.runs[index])
                    }
                })
            steps.append(
                Step("write its end") {
                    try shared.use { catalog in
                        let run = shared.runs[index]
                        var batch = FlushBatch()
                        batch.rows = SampleRow.rows(of: run, 0..<5)
                        batch.events = [
                            (
                                run,
                                LifecycleEvent(.started, at: .noon(plus: 1), seenBy: .supervisor)
                            )
                        ]
                        batch.endings = [.killed(run, at: .noon(plus: 60))]
                        batch.closed = [run]
                        batch.finalMoments = [(run, [Sample(at: .noon(plus: 59))])]
                        try catalog.flush(batch)
                    }
                })
        }
        return steps
    }

    /// What a recorder writes each interval.
    static let flush = Workload("flush") { path in
        let catalog = try Catalog(path: path, now: .noon)
        for index in 1...4 { _ = try catalog.adopt([.box(Int64(index))], of: .foreign) }
    } begin: { path, settings in
        let shared = Shared()
        var steps = [open(path, settings, shared)]
        steps.append(
            Step("adopt the runs") {
                try shared.use { catalog in
                    shared.runs = try catalog.adopt((1...5).map { .box($0) }, of: .foreign).map(
                        \.id)
                }
            })
        steps.append(
            Step("begin the recorder's life") {
                try shared.use { catalog in
                    shared.session = try catalog.beginSession(
                        of: .foreign, run: nil, pid: 7, poll: .seconds(1), interval: .seconds(10),
                        at: .noon)
                }
            })
        for interval in 0..<4 as Range<Int64> {
            steps.append(
                Step("flush an interval") {
                    try shared.use { catalog in
                        var batch = FlushBatch()
                        for run in shared.runs {
                            batch.rows += SampleRow.rows(
                                of: run, max(0, interval * 20 - 1)..<(interval + 1) * 20)
                        }
                        batch.gaps = [
                            (
                                shared.runs[0],
                                Series.Gap(
                                    from: .noon(plus: interval * 10),
                                    to: .noon(plus: interval * 10 + 5), reason: .stalled)
                            )
                        ]
                        if let session = shared.session {
                            batch.heartbeat = .init(
                                session: session, at: .noon(plus: interval * 10),
                                isLast: interval == 3)
                        }
                        try catalog.flush(batch)
                    }
                })
        }
        steps.append(Step(Workload.syncingStep) { try shared.use { try $0.trimJournal() } })
        return steps
    }

    /// Hot rows become blocks.
    static let seal = Workload("seal") { path in
        let catalog = try Catalog(path: path, now: .noon)
        for index in 1...3 {
            let run = try catalog.begin(.named("web-\(index)"), of: .own).id
            var batch = FlushBatch()
            batch.rows = SampleRow.rows(of: run, 0..<60, every: 120)
            try catalog.flush(batch)
        }
    } begin: { path, settings in
        let shared = Shared()
        return [
            open(path, settings, shared),
            Step("seal what is over") {
                try shared.use { _ = try $0.seal(before: .noon(plus: 3_600), limit: 2) }
            },
            Step("seal the rest of what is over") {
                try shared.use { _ = try $0.seal(before: .noon(plus: 3_600), limit: 16) }
            },
            Step("seal a run") { try shared.use { _ = try $0.seal(RunID(rawValue: 2)) } },
            Step(Workload.syncingStep) { try shared.use { try $0.trimJournal() } },
        ]
    }

    /// What is old is forgotten, and its pages returned.
    static let prune = Workload("prune") { path in
        let catalog = try Catalog(path: path, now: .noon)
        try catalog.setRetention(.hours)
        for hour in 0..<8 as Range<Int64> {
            let at = Timestamp.noon(plus: hour * 3_600)
            let run = try catalog.begin(.named("web-\(hour % 2)", at: at), of: .own).id
            var batch = FlushBatch()
            batch.rows = SampleRow.rows(of: run, 0..<120, every: 30, from: at)
            batch.endings = [.killed(run, at: at.advanced(byMilliseconds: 3_599_000))]
            batch.finalMoments = [(run, [Sample(at: at)])]
            batch.closed = [run]
            try catalog.flush(batch)
            _ = try catalog.seal(run)
        }
    } begin: { path, settings in
        let shared = Shared()
        var steps = [open(path, settings, shared)]
        for _ in 0..<4 {
            steps.append(
                Step("forget a little") {
                    try shared.use { catalog in
                        shared.pruned = try catalog.prune(
                            now: .noon(plus: 8 * 3_600), limit: 5, continuing: shared.pruned)
                    }
                })
        }
        steps.append(
            Step("return pages") { try shared.use { _ = try $0.returnFreePages(limit: 100) } })
        steps.append(Step(Workload.syncingStep) { try shared.use { try $0.trimJournal() } })
        return steps
    }

    /// What killed programs left open is closed.
    static let reconcile = Workload("reconcile") { path in
        let catalog = try Catalog(path: path, now: .noon)
        for index in 1...3 {
            let source = index == 1 ? Source.ownBefore : .own
            let run = try catalog.begin(.named("web-\(index)"), of: source).id
            var batch = FlushBatch()
            batch.rows = SampleRow.rows(of: run, 0..<8)
            try catalog.flush(batch)
        }
        _ = try catalog.adopt([.box(7), .box(8)], of: .foreign)
    } begin: { path, settings in
        let shared = Shared()
        return [
            open(path, settings, shared),
            Step("close what is abandoned") {
                try shared.use {
                    _ = try $0.reconcile(
                        on: .here, now: .noon(plus: 9_000), evidence: NoEvidence())
                }
            },
            Step("begin anew") {
                try shared.use { _ = try $0.begin(.named("web-9"), of: .own) }
            },
        ]
    }
}
