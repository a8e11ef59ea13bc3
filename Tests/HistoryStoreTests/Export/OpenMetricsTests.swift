import HistoryModel
import Testing

@testable import HistoryStore

struct OpenMetricsTests {
    let scratch = try! Scratch()

    private func text(
        of path: String? = nil, matching query: RunQuery = RunQuery()
    ) throws -> (text: String, end: CatalogReader.IntervalsEnd) {
        var text = ""
        let end = try CatalogReader(path: path ?? scratch.catalog)
            .writeOpenMetrics(matching: query) { text += $0 }
        return (text, end)
    }

    @Test func `a family has its type, unit and help, and a sample for each interval`() throws {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(.web(labels: ["team": "blue"]), of: .own).id
        try catalog.write([
            .tenSeconds(
                of: run, at: .noon,
                gauges: [.cpu: .init(count: 10, average: 5_000, maximum: 10_001)],
                counters: [.cpuTime: .init(first: 1_500_000_000, last: 2_000_000_001)])
        ])
        #expect(
            try text().text == """
                # TYPE varve_cpu_ratio gauge
                # UNIT varve_cpu_ratio ratio
                # HELP varve_cpu_ratio CPU in use, 1 is one full core, average.
                varve_cpu_ratio{sandbox="web",run_id="1",label_team="blue"} 0.5 1795435209
                # TYPE varve_cpu_max_ratio gauge
                # UNIT varve_cpu_max_ratio ratio
                # HELP varve_cpu_max_ratio CPU in use, 1 is one full core, highest sample.
                varve_cpu_max_ratio{sandbox="web",run_id="1",label_team="blue"} 1.0001 1795435209
                # TYPE varve_cpu_time_seconds counter
                # UNIT varve_cpu_time_seconds seconds
                # HELP varve_cpu_time_seconds CPU time used, since the run started.
                varve_cpu_time_seconds_total{sandbox="web",run_id="1",label_team="blue"} 1.5 1795435200
                varve_cpu_time_seconds_total{sandbox="web",run_id="1",label_team="blue"} 2.000000001 \
                1795435209
                # EOF

                """)
    }

    @Test func `an empty catalog is an empty exposition`() throws {
        _ = try scratch.makeCatalog()
        #expect(try text().text == "# EOF\n")
    }

    static let hostile = [
        "\"", "\\", "\n", "a\\\"\n\\n", "\u{1b}[2J", "}{,=\" 1 2\n# EOF", "🦜\u{301}", "",
        "\r\u{2028}",
    ]

    @Test(arguments: hostile)
    func `a label's value comes back, but that nothing in it steers a terminal`(
        value: String
    ) throws {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(
            NewRun(
                sandbox: "s" + value, labels: ["k": value], command: ["x"], process: nil,
                startedAt: .noon), of: .own
        ).id
        try catalog.write([
            .tenSeconds(
                of: run, at: .noon, gauges: [.memory: .init(count: 1, average: 1, maximum: 2)])
        ])
        let written = try text().text
        #expect(!written.unicodeScalars.contains { $0 != "\n" && $0.isUnsafeToDisplay })
        let family = try #require(try OpenMetricsParser(written)["varve_memory_bytes"])
        let shown = value.escapedForDisplay(keeping: ["\n"])
        #expect(
            family.series == [["sandbox": "s" + shown, "run_id": "1", "label_k": shown]])
    }

    @Test func `keys that are no names become names, each its own`() throws {
        let catalog = try scratch.makeCatalog()
        let labels = ["a.b": "1", "a-b": "2", "a_b": "3", "é=\"": "4", "9": "5", "run_id": "6"]
        let run = try catalog.begin(.web(labels: labels), of: .own).id
        try catalog.write([
            .tenSeconds(
                of: run, at: .noon, gauges: [.memory: .init(count: 1, average: 1, maximum: 2)])
        ])
        let family = try #require(try OpenMetricsParser(text().text)["varve_memory_bytes"])
        #expect(
            family.series == [
                [
                    "sandbox": "web", "run_id": "1", "label_a_b": "2", "label_a_b_2": "1",
                    "label_a_b_3": "3", "label____": "4", "label_9": "5", "label_run_id": "6",
                ]
            ])
    }

    @Test func `a counter that fell and rose above what it was is seen to have fallen`() throws {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(.web(), of: .own).id
        try catalog.write([
            .tenSeconds(of: run, at: .noon, counters: [.netRx: .init(first: 0, last: 100)]),
            .tenSeconds(
                of: run, at: .noon(plus: 10_000), counters: [.netRx: .init(first: 5, last: 300)]),
        ])
        let family = try #require(try OpenMetricsParser(text().text)["varve_net_rx_bytes"])
        #expect(family.type == "counter")
        #expect(family.samples.values.first?.map(\.value) == [0, 100, 5, 300])
    }

    @Test func `where the clock was set back, times still rise, and it is said`() throws {
        let catalog = try scratch.makeCatalog()
        let run = try catalog.begin(.web(), of: .own).id
        var long = SampleRow.tenSeconds(
            of: run, at: .noon, gauges: [.memory: .init(count: 1, average: 1, maximum: 2)])
        long.lastAt = .noon(plus: 60_000)
        try catalog.write([
            long,
            .tenSeconds(
                of: run, at: .noon(plus: 20_000),
                gauges: [.memory: .init(count: 1, average: 3, maximum: 4)]),
        ])
        let (text, end) = try text()
        #expect(
            try OpenMetricsParser(text)["varve_memory_bytes"]?.samples.values.first?.map(\.value)
                == [1])
        #expect(
            end.problems == [
                "2 values are left out: the clock had been set back, and times must rise"
            ])
    }

    @Test func `numbers are shifted exactly`() {
        let cases: [(Int64, Int, String)] = [
            (0, 4, "0"), (1, 4, "0.0001"), (-1, 4, "-0.0001"), (10_000, 4, "1"),
            (12_345, 4, "1.2345"),
            (.max, 9, "9223372036.854775807"), (.min, 3, "-9223372036854775.808"),
            (.max, 0, "\(Int64.max)"),
        ]
        for (value, places, text) in cases {
            #expect(OpenMetricsWriter.decimal(value, places: places) == text)
        }
    }

    @Test(arguments: (1...12).map { UInt64($0) })
    func `what is exported is what the series has, in a window or without`(seed: UInt64) throws {
        var catalog = try PolledCatalog(scratch, seed: seed, steps: false)
        let reader = try CatalogReader(path: catalog.path)
        let edges = catalog.edges(6)
        var (count, totalCount) = (0, 0)
        for range in [.unbounded, TimeRange(from: edges[1], until: edges[4])] as [TimeRange] {
            let parsed = try OpenMetricsParser(
                text(of: catalog.path, matching: RunQuery(range: range)).text)
            for (id, _) in catalog.runs {
                for column in [
                    Series.Column(.memory, .avg), .init(.memory, .max), .init(.netRx, .total),
                ] {
                    let series = try reader.series(
                        of: RunReference("\(id)"), SeriesQuery([column], in: range),
                        now: catalog.now)
                    // A series has what reaches into the window, an export what begins in it.
                    let points = series.points.filter { $0.at >= range.start ?? $0.at }
                    let samples =
                        parsed[MetricFamily(column).name]?.samples
                        .first { $0.key["run_id"] == "\(id)" }?.value ?? []
                    guard column.metric.kind == .gauge else {
                        // What Prometheus' increase() finds, from the first value on, is the total.
                        guard range == .unbounded, var last = samples.first?.value else { continue }
                        var total = last
                        for sample in samples.dropFirst() {
                            total += sample.value < last ? sample.value : sample.value - last
                            last = sample.value
                        }
                        let expected = series.points.compactMap { $0.values[0] }.last
                        #expect(total == expected, "seed \(seed), run \(id)")
                        totalCount += 1
                        continue
                    }
                    #expect(
                        samples.map(\.milliseconds)
                            == points.filter { $0.values[0] != nil }
                            .map { $0.lastAt.unixMilliseconds }, "seed \(seed), run \(id)")
                    #expect(samples.map(\.value) == points.compactMap { $0.values[0] })
                    count += samples.count
                }
            }
        }
        #expect(count > 100 && totalCount > 0)
    }

    @Test(.timeLimit(.minutes(1)))
    func `labels whose names collide by the thousand get their numbers in time`() throws {
        var text = ""
        var writer = OpenMetricsWriter { text += $0 }
        writer.begin(MetricFamily(.init(.memory, .max)))
        let keys = (0..<15_000).map { String(UnicodeScalar(0x4e00 + UInt32($0)) ?? "x") }
        writer.beginSeries(
            of: "web", RunID(rawValue: 1),
            labels: Dictionary(uniqueKeysWithValues: keys.map { ($0, $0) }))
        try writer.add(Int64(1), at: .noon)
        try writer.finish()
        #expect(text.contains(",label__=\"\(keys[0])\",label___2=\"\(keys[1])\","))
        #expect(text.contains("label___15000=\"\(keys[14_999])\""))
    }
}
