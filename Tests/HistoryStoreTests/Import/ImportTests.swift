import Foundation
import HistoryModel
import SQLite
import Testing

@testable import HistoryStore

extension Scratch {
    /// Imports `text` as a file called `name`.
    @discardableResult
    func importText(
        _ text: String, name: String = "day.csv", as alias: String? = nil
    ) throws -> (report: ImportReport, runs: CollectedRuns) {
        try write(Data(text.utf8), to: name)
        let runs = try ImportFile(path: path(name), name: alias).collect()
        return (try makeCatalog().add(runs, on: .here), runs)
    }

    func failure(_ text: String) throws -> String? {
        let error = #expect(throws: ImportError.self) { try importText(text) }
        return error?.description.replacingOccurrences(of: directory + "/", with: "")
    }

    var runs: [Run] { get throws { try CatalogReader(path: catalog).runs() } }

    /// All sealed rows of `run`, in order of time.
    func sealedRows(of run: RunID) throws -> [SampleRow] {
        let connection = try Connection(path: catalog, mode: .readOnly)
        return try connection.withStatement(
            """
            SELECT d.detail FROM sample_block AS b JOIN sample_detail AS d ON d.block_id = b.id
            WHERE b.run_id = ?1 ORDER BY b.at_ms
            """
        ) { statement in
            try statement.bind(run.rawValue, at: 1)
            var rows: [SampleRow] = []
            while try statement.step() {
                rows += try SampleDetail.decode(statement.blob(at: 0) ?? [], of: run)
            }
            return rows
        }
    }

    func integer(_ sql: String) throws -> Int64? {
        let connection = try Connection(path: catalog, mode: .readOnly)
        return try connection.withStatement(sql) { statement in
            try statement.step() ? statement.integer(at: 0) : nil
        }
    }

    /// The catalog's problems and how many rows are hot: nothing of an import may be.
    func expectSound(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let problems = try CatalogReader(path: catalog).problems()
        #expect(problems == [], sourceLocation: sourceLocation)
        #expect(try integer("SELECT count(*) FROM sample") == 0, sourceLocation: sourceLocation)
    }
}

private let header = "ts,sandbox,cpu_percent,memory_bytes,disk_read_bytes\n"

struct ImportTests {
    let scratch = try! Scratch()

    /// `count` samples of `sandbox`, ten seconds apart, from 2026-11-23T12:00:00Z on.
    private func lines(_ sandbox: String, _ range: Range<Int>, shift: Int = 0) -> String {
        range.map { index in
            "\(1_795_435_200 + index * 10),\(sandbox),\(index % 100).25,"
                + "\(4096 * (index % 50 + shift)),\(index * 512)\n"
        }.joined()
    }

    @Test func `each sandbox becomes one run that has ended, with the values of the file`() throws {
        let (report, _) = try scratch.importText(
            header + lines("web", 0..<400) + lines("db", 10..<20))
        #expect(report.addedCount == 2)
        #expect(report.rowCount == 410)
        #expect(report.blockCount == 3)
        let runs = try scratch.runs
        #expect(runs.map(\.sandbox) == ["web", "db"])
        let web = runs[0]
        #expect(web.status == .terminated)
        #expect(web.exitKnownBy == .unknown)
        #expect(web.exitCode == nil)
        #expect(web.source.kind == .varve)
        #expect(web.source.name == "import:day.csv")
        #expect(web.source.host.name == "here")
        #expect(web.startedAt == .noon)
        #expect(web.terminatedAt == .noon(plus: 3_990_000))
        #expect(web.usage.sampleCount == 400)
        #expect(web.usage.cpuMaxCentipercent == 9925)
        #expect(web.usage.memoryPeakBytes == 200_704)
        #expect(web.usage.diskReadBytes == 204_288)
        #expect(web.usage.netRxBytes == nil)
        let rows = try scratch.sealedRows(of: web.id)
        #expect(rows.count == 400)
        for (index, row) in rows.enumerated() {
            let step = Int64(index)
            #expect(row.at == .noon(plus: step * 10_000))
            #expect(row.intervalMilliseconds == 10_000)
            #expect(row.sequence == step + 1)
            #expect(row.sampleCount == 1)
            let cpu = (step % 100) * 100 + 25
            #expect(row[gauge: .cpu] == .init(count: 1, average: cpu, maximum: cpu))
            #expect(row[counter: .diskRead] == .init(first: step * 512, last: step * 512))
            #expect(row[gauge: .upperFree] == nil)
        }
        let series = try CatalogReader(path: scratch.catalog).series(
            of: RunReference("db"), metrics: [.cpu], now: .now())
        let values: [Double?] = series.points.map { $0.values[0] }
        let expected: [Double?] = (10..<20).map { Double($0 * 100 + 25) }
        #expect(values == expected)
        #expect(series.gaps == [])
        try scratch.expectSound()
    }

    @Test func `the same file again changes nothing`() throws {
        let text = header + lines("web", 0..<800) + lines("db", 0..<5)
        try scratch.importText(text)
        let before = try scratch.integer("SELECT max(id) FROM sample_block")
        let report = try scratch.importText(text).report
        #expect(report.unchangedCount == 2)
        #expect(report.rowCount == 0 && report.addedCount == 0 && report.grownCount == 0)
        #expect(try scratch.integer("SELECT max(id) FROM sample_block") == before)
        #expect(try scratch.runs.count == 2)
    }

    @Test(arguments: [3, 360, 361, 500, 720])
    func `a longer version of a file adds what is new, and runs keep their ids`(count: Int) throws {
        try scratch.importText(header + lines("web", 0..<count))
        let first = try #require(try scratch.runs.first)
        let longer = header + lines("web", 0..<900) + lines("new", 0..<3)
        let report = try scratch.importText(longer).report
        #expect(report.grownCount == 1 && report.addedCount == 1)
        let runs = try scratch.runs
        #expect(runs.map(\.id).contains(first.id))
        let web = try #require(runs.first { $0.id == first.id })
        #expect(web.usage.sampleCount == 900)
        #expect(web.usage.diskReadBytes == 460_288)
        #expect(web.terminatedAt == .noon(plus: 8_990_000))
        let rows = try scratch.sealedRows(of: first.id)
        #expect(rows.map(\.sequence) == Array(1...900))
        // The shorter version is known as such.
        let shorter = try scratch.importText(header + lines("web", 0..<count)).report
        #expect(shorter.unchangedCount == 1)
        #expect(try scratch.sealedRows(of: first.id).count == 900)
        try scratch.expectSound()
    }

    @Test func `other data under the same name are refused, and nothing changes`() throws {
        try scratch.importText(header + lines("web", 0..<400))
        let error = #expect(throws: StoreError.self) {
            try scratch.importText(
                header + lines("aa", 0..<10) + lines("web", 0..<400, shift: 1))
        }
        #expect(error?.code == .otherImport)
        #expect(
            error?.description
                == "run 1 of 'web' in \(scratch.catalog) was imported from a file of "
                + "that name with other data; give this one a name of its own with --name; nothing "
                + "was imported")
        #expect(try scratch.runs.count == 1)
        let report = try scratch.importText(
            header + lines("web", 0..<400, shift: 1), as: "other"
        ).report
        #expect(report.addedCount == 1)
        #expect(try scratch.runs.map(\.source.name) == ["import:day.csv", "import:other"])
    }

    @Test func `a file that goes on where another of its name ended is another run`() throws {
        try scratch.importText(header + lines("web", 0..<100))
        #expect(try scratch.importText(header + lines("web", 100..<200)).report.addedCount == 1)
        #expect(try scratch.runs.map(\.startedAt) == [.noon, .noon(plus: 1_000_000)])
    }

    @Test func `rows in any order come out in order of time, none lost`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededRandom(seed: seed)
        let ordered = header + lines("web", 0..<1500)
        let shuffled =
            header
            + lines("web", 0..<1500).split(separator: "\n").shuffled(using: &random)
            .joined(separator: "\n")
        try scratch.importText(ordered, name: "a.csv")
        try scratch.importText(shuffled, name: "b.csv")
        let runs = try scratch.runs
        try #require(runs.count == 2)
        let expected = try scratch.sealedRows(of: runs[0].id)
        var found = try scratch.sealedRows(of: runs[1].id)
        #expect(found.map(\.sequence) == Array(1...1500), "seed \(seed)")
        for index in found.indices { found[index].run = runs[0].id }
        #expect(found == expected, "seed \(seed)")
        #expect(runs[0].usage == runs[1].usage, "seed \(seed)")
        try scratch.expectSound()
    }

    @Test func `a time that falls back is sorted in, and a line that is there twice counts once`()
        throws
    {
        let text =
            header + lines("web", 0..<5) + lines("web", 2..<4)
            + "1795435210,web,99,1,2\n" + lines("web", 400..<402) + lines("web", 5..<6)
        let report = try scratch.importText(text).report
        #expect(report.rowCount == 9)
        let rows = try scratch.sealedRows(of: try #require(try scratch.runs.first).id)
        #expect(
            rows.map { $0.at.milliseconds(since: .noon) } == [
                0, 10_000, 10_001, 20_000, 30_000, 40_000, 50_000, 4_000_000, 4_010_000,
            ])
        try scratch.expectSound()
    }

    @Test func `an hour with more rows than a block holds is several blocks`() throws {
        var text = "at,cpu_percent\n"
        for index in 0..<45_000 {
            text += Timestamp.noon(plus: Int64(index) * 50).rfc3339 + ",1\n"
        }
        #expect(try scratch.importText(text).report.blockCount == 3)
        let run = try #require(try scratch.runs.first)
        #expect(run.sandbox == "day")
        #expect(try scratch.sealedRows(of: run.id).map(\.sequence) == Array(1...45_000))
        #expect(try scratch.importText(text).report.unchangedCount == 1)
        try scratch.expectSound()
    }

    @Test func `numbers that cannot be are absent and counted`() throws {
        let (_, collected) = try scratch.importText(
            "ts,cpu_percent,memory_bytes,net_rx_bytes\n"
                + "1795435200,NaN,-5,18446744073709551615\n1795435210,1e400,4096,1e3\n1795435220,,,\n"
        )
        #expect(collected.implausibleCount == 4)
        let rows = try scratch.sealedRows(of: try #require(try scratch.runs.first).id)
        #expect(rows.map(\.implausibleCount) == [3, 1, 0])
        #expect(rows.map { $0[gauge: .cpu] } == [nil, nil, nil])
        #expect(rows.map { $0[gauge: .memory]?.average } == [nil, 4096, nil])
        #expect(rows.map { $0[counter: .netRx]?.last } == [nil, 1000, nil])
    }

    @Test func `names are taken as they are, quotes and all`() throws {
        let names = ["a,\"b\"", "two\nlines", "\u{1b}[31m", "é", "=1+1"]
        var text = "sandbox,ts,cpu_percent\r\n"
        for name in names {
            let quoted =
                (name.hasPrefix("=") ? "'" : "")
                + name.replacingOccurrences(
                    of: "\"", with: "\"\"")
            text += "\"\(quoted)\",1795435200.25,\"1.5\"\r\n"
        }
        try scratch.importText(text)
        let runs = try scratch.runs
        #expect(runs.map(\.sandbox).sorted() == names.sorted())
        #expect(runs.allSatisfy { $0.startedAt == .noon(plus: 250) })
        #expect(runs.allSatisfy { $0.usage.cpuMaxCentipercent == 150 })
    }

    @Test func `runs of one sandbox are told apart by their ids, and sums keep their counts`()
        throws
    {
        try scratch.importText(
            "run_id,sandbox,at,sample_count,cpu_percent,cpu_percent_max,memory_max_bytes\n"
                + "7,web,2026-11-23T12:00:00.000Z,10,1.5,9,100\n"
                + "8,web,2026-11-23T13:00:10+01:00,5,2,1,\n")
        let runs = try scratch.runs
        #expect(runs.map(\.externalID) == [7, 8])
        #expect(runs.map(\.sandbox) == ["web", "web"])
        #expect(runs.map(\.usage.sampleCount) == [10, 5])
        let rows = try runs.map { try scratch.sealedRows(of: $0.id)[0] }
        #expect(rows[0][gauge: .cpu] == .init(count: 10, average: 150, maximum: 900))
        #expect(rows[0][gauge: .memory] == .init(count: 10, average: 100, maximum: 100))
        #expect(rows[1][gauge: .cpu] == .init(count: 5, average: 200, maximum: 200))
        #expect(rows[1].at == .noon(plus: 10_000))
    }

    @Test func `unknown columns are named and left out`() throws {
        let one = try scratch.importText("ts,cpu_percent,load\n1795435200,1,2\n").runs
        #expect(one.warnings == ["column 'load' is of no known metric, and left out"])
        let two = try scratch.importText(
            "ts,a\u{1b},cpu_percent,b\n1795435200,x,1,y\n", name: "two.csv"
        ).runs
        #expect(two.warnings == ["columns 'a\\u{1b}', 'b' are of no known metric, and left out"])
    }

    @Test(arguments: [
        ("", "day.csv: it is empty; nothing was imported"),
        (
            "sandbox,cpu_percent\n",
            "day.csv:1:1: its first line names no column 'ts' (Unix seconds) or 'at' (RFC 3339), so "
                + "that no sample has a time; nothing was imported"
        ),
        (
            "ts,sandbox\n",
            "day.csv:1:1: its first line names no metric; known are cpu_percent, memory_bytes, "
                + "memory_available_bytes, memory_host_resident_bytes, upper_used_bytes, "
                + "upper_free_bytes, upper_host_allocated_bytes, cpu_time_ns, disk_read_bytes, "
                + "disk_write_bytes, net_rx_bytes, net_tx_bytes; nothing was imported"
        ),
        (
            "ts,disk_read_bytes_per_second\n",
            "day.csv:1:4: column 'disk_read_bytes_per_second' is a rate, from which no total can be "
                + "made; leave it out (query series --metric …), or give the totals; nothing was "
                + "imported"
        ),
        (
            "ts,cpu_percent,ts\n",
            "day.csv:1:16: column 'ts' is there twice; nothing was imported"
        ),
        (
            "ts,cpu_percent\n1795435200,1\n1795435210\n",
            "day.csv:3:1: this line has 1 fields, and the first line names 2 columns; nothing was "
                + "imported"
        ),
        (
            "ts,cpu_percent\n1795435200,1\n1795435210,x\u{7}1\n",
            "day.csv:3:12: 'x\\u{7}1' is no number; nothing was imported"
        ),
        (
            "ts,cpu_percent\n12,1\n",
            "day.csv:2:1: '12' is no time in Unix seconds between the years 2000 and 9999; nothing "
                + "was imported"
        ),
        (
            "cpu_percent,at\n1,noon\n",
            "day.csv:2:3: 'noon' is no time between the years 2000 and 9999, such as "
                + "2026-11-23T03:12:00Z; nothing was imported"
        ),
        ("ts,cpu_percent\n,1\n", "day.csv:2:1: this line has no time; nothing was imported"),
        (
            "ts,run_id,cpu_percent\n1795435200,-1,1\n",
            "day.csv:2:12: '-1' is no whole number from 1 on; nothing was imported"
        ),
    ]) func `a malformed file is an error at its place, and nothing of it is there`(
        text: String, sentence: String
    ) throws {
        #expect(try scratch.failure(text) == sentence)
        #expect(try !scratch.names.contains("history.db"))
    }

    @Test func `a file that is not there is an error in words`() {
        let path = scratch.path("no.csv")
        let error = #expect(throws: ImportError.self) { try ImportFile(path: path).collect() }
        #expect(
            error?.description
                == "\(path): it cannot be read: No such file or directory; nothing was imported")
        let directory = #expect(throws: ImportError.self) {
            try ImportFile(path: scratch.directory).collect()
        }
        #expect(directory?.description.contains("it cannot be read: Is a directory") == true)
    }

    @Test func `arbitrary bytes never bring it down`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededRandom(seed: seed)
        var outcomes = [0, 0]
        let words = [
            "1795435200", "1795435210.5", ",", ",", ",", "\n", "\n", "\"", "web", "NaN", "9e99",
            "-",
            "\r\n", "9223372036854775807", "\u{0}", "é", "",
        ]
        for _ in 0..<400 {
            let count = Int.random(in: 0..<30, using: &random)
            let text =
                "ts,sandbox,memory_bytes\n"
                + (0..<count).map { _ in words.randomElement(using: &random)! }.joined()
            try scratch.write(Data(text.utf8), to: "x.csv")
            let runs = try? ImportFile(path: scratch.path("x.csv")).collect()
            outcomes[runs == nil ? 0 : 1] += 1
        }
        #expect(outcomes.allSatisfy { $0 > 5 }, "seed \(seed): \(outcomes)")
    }
}
