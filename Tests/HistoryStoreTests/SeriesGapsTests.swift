import HistoryModel
import HistoryStore
import Testing

struct SeriesGapsTests {
    let scratch = try! Scratch()

    /// What a run's rows and its recorder's life leave without data, in seconds after noon.
    struct Example: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// Starts of rows of ten seconds.
        var rows: [Int64]
        /// Lives of recorders; an end of `nil` is one that was killed, with its last heartbeat.
        var sessions: [(start: Int64, heartbeat: Int64, end: Int64?)]
        /// When the run ended, if it did.
        var end: Int64?
        var window: (Int64, Int64)?
        var gaps: [(Int64, Int64, Series.Gap.Reason)]
    }

    static let examples: [Example] = [
        Example(
            testDescription: "rows that follow each other leave none",
            rows: [0, 10, 20, 30], sessions: [(0, 40, nil)], end: 40, gaps: []),
        Example(
            testDescription: "a late sample is none",
            rows: [0, 20], sessions: [(0, 40, nil)], end: 30, gaps: []),
        Example(
            testDescription: "no recorder was at work between two",
            rows: [0, 100], sessions: [(0, 10, 10), (95, 120, nil)], end: 110,
            gaps: [(9, 100, .recorderDown)]),
        Example(
            testDescription: "a killed recorder lived up to its next heartbeat at most",
            rows: [0, 100], sessions: [(0, 10, nil), (95, 120, nil)], end: 110,
            gaps: [(9, 100, .recorderDown)]),
        Example(
            testDescription: "what a killed recorder lost is a gap however short it is",
            rows: [0, 12], sessions: [(0, 10, nil), (11, 22, 22)], end: 22,
            gaps: [(9, 12, .recorderDown)]),
        Example(
            testDescription: "a recorder that lost nothing when it was killed leaves none",
            rows: [0, 10], sessions: [(0, 10, nil), (10, 20, 20)], end: 20, gaps: []),
        Example(
            testDescription: "a recorder was at work, and nothing was sampled",
            rows: [0, 100], sessions: [(0, 200, nil)], end: 110, gaps: [(9, 100, .notSampled)]),
        Example(
            testDescription: "recorders that overlap are not counted twice",
            rows: [0, 100], sessions: [(0, 30, 30), (10, 40, 40), (20, 45, 45)], end: 110,
            gaps: [(9, 45, .notSampled), (45, 100, .recorderDown)]),
        Example(
            testDescription: "a recorder began late",
            rows: [60], sessions: [(60, 70, 70)], end: 70, gaps: [(0, 60, .recorderDown)]),
        Example(
            testDescription: "a run began after the last that its killed recorder wrote",
            rows: [5], sessions: [(-30, -5, nil), (4, 20, 20)], end: 15,
            gaps: [(0, 5, .recorderDown)]),
        Example(
            testDescription: "a run that was sampled late may have had nothing to lose",
            rows: [5], sessions: [(-30, -5, nil), (1, 20, 20)], end: 15, gaps: []),
        Example(
            testDescription: "a recorder ended early",
            rows: [0], sessions: [(0, 10, 10)], end: 100, gaps: [(9, 100, .recorderDown)]),
        Example(
            testDescription: "nothing was ever recorded", rows: [], sessions: [], end: 100,
            gaps: [(0, 100, .recorderDown)]),
        Example(
            testDescription: "a run that goes on should have data up to now",
            rows: [0], sessions: [(0, 10, nil)], end: nil, gaps: [(9, 120, .recorderDown)]),
        Example(
            testDescription: "a window cuts what reaches out of it",
            rows: [0, 100], sessions: [], end: 110, window: (30, 80),
            gaps: [(30, 80, .recorderDown)]),
        Example(
            testDescription: "a window beyond the run has none",
            rows: [0], sessions: [], end: 10, window: (500, 900), gaps: []),
        Example(
            testDescription: "a window before the run has none",
            rows: [0], sessions: [], end: 10, window: (-900, -500), gaps: []),
    ]

    @Test(arguments: examples)
    func `what lacks data is a gap, with its reason`(example: Example) throws {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(.web(), of: .own).id
        for life in example.sessions {
            let session = try catalog.beginSession(
                of: .own, run: nil, pid: 1, poll: .seconds(1), interval: .seconds(10),
                at: .noon(plus: life.start * 1000))
            var batch = FlushBatch()
            batch.heartbeat = .init(
                session: session, at: .noon(plus: (life.end ?? life.heartbeat) * 1000),
                isLast: life.end != nil)
            try catalog.flush(batch)
        }
        try catalog.write(
            example.rows.map { .tenSeconds(of: run, at: .noon(plus: $0 * 1000)) })
        if let end = example.end { try catalog.end(run, at: .noon(plus: end * 1000)) }
        let range =
            example.window.map {
                TimeRange(from: .noon(plus: $0.0 * 1000), until: .noon(plus: $0.1 * 1000))
            } ?? .unbounded
        let series = try CatalogReader(path: scratch.catalog).series(
            of: RunReference("web"), metrics: [.cpu], range: range, now: .noon(plus: 120_000))
        #expect(
            series.gaps
                == example.gaps.map {
                    Series.Gap(
                        from: .noon(plus: $0.0 * 1000), to: .noon(plus: $0.1 * 1000), reason: $0.2)
                })
    }

    @Test func `short lives in a long silence do not change what most of it was`() throws {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(.web(), of: .own).id
        // Each is killed right after its first poll, before anything was written.
        for (start, heartbeat) in [
            (0, 9_000), (14_000, 14_100), (20_000, 20_100), (31_900, 60_000),
        ] as [(Int64, Int64)] {
            let session = try catalog.beginSession(
                of: .own, run: nil, pid: 1, poll: .seconds(1), interval: .seconds(10),
                at: .noon(plus: start))
            var batch = FlushBatch()
            batch.heartbeat = .init(session: session, at: .noon(plus: heartbeat), isLast: false)
            try catalog.flush(batch)
        }
        try catalog.write([0, 32_000].map { .tenSeconds(of: run, at: .noon(plus: $0)) })
        try catalog.end(run, at: .noon(plus: 42_000))
        let gaps = try CatalogReader(path: scratch.catalog).series(
            of: RunReference("web"), metrics: [.cpu], now: .noon(plus: 50_000)
        ).gaps
        #expect(
            gaps == [
                .init(from: .noon(plus: 9_000), to: .noon(plus: 32_000), reason: .recorderDown)
            ])
    }

    @Test(arguments: [(16, []), (36, [(10, 40)])] as [(Int64, [(Int64, Int64)])])
    func `a recorder loses nothing between two samples that follow each other`(
        restart: Int64, gaps: [(Int64, Int64)]
    ) throws {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(.web(), of: .own).id
        for (start, heartbeat) in [(0, 15), (restart, 70)] as [(Int64, Int64)] {
            let session = try catalog.beginSession(
                of: .own, run: nil, pid: 1, poll: .seconds(1), interval: .seconds(10),
                at: .noon(plus: start * 1000))
            var batch = FlushBatch()
            batch.heartbeat = .init(session: session, at: .noon(plus: heartbeat * 1000))
            try catalog.flush(batch)
        }
        // One sample in each row.
        try catalog.write(
            ([0, 10, 20, 30, 40, 50, 60] as [Int64]).filter { $0 <= 15 || $0 > restart }.map {
                let at = Timestamp.noon(plus: $0 * 1000)
                return SampleRow(
                    run: run, at: at, intervalMilliseconds: 10_000, firstAt: at, lastAt: at,
                    sampleCount: 1, implausibleCount: 0)
            })
        try catalog.end(run, at: .noon(plus: 60_000))
        let series = try CatalogReader(path: scratch.catalog).series(
            of: RunReference("web"), metrics: [.cpu], now: .noon(plus: 120_000))
        #expect(
            series.gaps
                == gaps.map {
                    Series.Gap(
                        from: .noon(plus: $0.0 * 1000), to: .noon(plus: $0.1 * 1000),
                        reason: .recorderDown)
                })
    }

    @Test func `the recorder of another registry or run explains nothing`() throws {
        let catalog = try scratch.makeCatalog()
        let other = try catalog.begin(NewRun(sandbox: "x", command: [], startedAt: .noon), of: .own)
        _ = try catalog.begin(.web(), of: .own)
        for (source, run) in [(Source.foreign, nil), (.own, other.id), (.own.on(.elsewhere), nil)] {
            let session = try catalog.beginSession(
                of: source, run: run, pid: 1, poll: .seconds(1), interval: .seconds(10), at: .noon)
            var batch = FlushBatch()
            batch.heartbeat = .init(session: session, at: .noon(plus: 100_000))
            try catalog.flush(batch)
        }
        let series = try CatalogReader(path: scratch.catalog).series(
            of: RunReference("web"), metrics: [.cpu], now: .noon(plus: 100_000))
        #expect(series.gaps.map(\.reason) == [.recorderDown])
    }
}
