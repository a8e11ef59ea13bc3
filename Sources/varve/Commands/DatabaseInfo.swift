internal import ArgumentParser
internal import HistoryModel
internal import HistoryStore

/// `varve db info`.
struct DatabaseInfo: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract: "Where the catalog lies, what it holds and keeps, and how its recorders fare.")

    @OptionGroup var catalog: CatalogOptions
    @OptionGroup var printing: PrintingOptions

    func run() throws {
        let facts = try catalog.reading { reader in
            CatalogFacts(
                summary: try reader.summary(), retention: try reader.retention(),
                sessions: try reader.recorderSessions())
        }
        guard printing.format == .table else {
            return try printing.print(
                [facts], CatalogFacts.fields, listName: "catalogs", emptyNote: "")
        }
        let sessions = facts.sessions
        try printing.printing { output, terminal throws(OutputError) in
            try printRecords(
                facts.lines, Fact.fields(heading: "CATALOG"), as: .table, listName: "facts",
                to: output, on: terminal)
            guard !sessions.isEmpty else { return }
            try output.write("\n")
            try printRecords(
                SessionLine.all(of: sessions), SessionLine.fields(of: sessions), as: .table,
                listName: "recorders", to: output, on: terminal)
        }
    }
}

/// What `varve db info` tells.
private struct CatalogFacts: Sendable {
    let summary: CatalogSummary
    let retention: Retention
    let sessions: [RecorderSession]

    /// What an interval takes on disk, everything included; `nil` without one.
    private var bytesPerRow: Double? { perUnit(summary.rowCount) }
    private var bytesPerSample: Double? { perUnit(summary.sampleCount) }

    private func perUnit(_ count: Int64) -> Double? {
        count > 0 ? Double(summary.databaseBytes) / Double(count) : nil
    }

    // MARK: For people

    var lines: [Fact] {
        let size =
            "\(ByteText.format(summary.databaseBytes)) (\(ByteText.format(summary.freeBytes)) free)"
        let blocks = "\(summary.blockCount) (\(summary.forgottenBlockCount) without detail)"
        let moments =
            "\(Fact.counted(summary.finalMomentsCount, "run")) "
            + "(\(ByteText.format(summary.finalMomentsBytes)))"
        let rows =
            "\(summary.rowCount) (\(summary.hotRowCount) not sealed), of \(summary.sampleCount) "
            + "samples"
        let keeps =
            "detail \(Self.text(retention.keepDetail)), "
            + "summaries \(Self.text(retention.keepSummaries)), "
            + (retention.maxSizeBytes.map { "at most \(ByteText.format($0))" } ?? "any size")
        return [
            Fact(name: "path", value: summary.path),
            Fact(name: "schema", value: "\(summary.schemaVersion)"),
            Fact(name: "sqlite", value: summary.sqliteVersion),
            Fact(name: "size", value: size),
            Fact(name: "per row", value: Self.text(bytesPerRow)),
            Fact(name: "per sample", value: Self.text(bytesPerSample)),
            Fact(name: "sources", value: "\(summary.sourceCount)"),
            Fact(name: "sandboxes", value: "\(summary.sandboxCount)"),
            Fact(name: "runs", value: "\(summary.runCount) (\(summary.runningCount) running)"),
            Fact(name: "events", value: "\(summary.eventCount)"),
            Fact(name: "rows", value: rows),
            Fact(name: "sealed hours", value: blocks),
            Fact(name: "detail", value: ByteText.format(summary.detailBytes)),
            Fact(name: "final moments", value: moments),
            Fact(name: "gaps", value: "\(summary.gapCount)"),
            Fact(name: "first", value: summary.firstAt?.localDescription ?? "-"),
            Fact(name: "last", value: summary.lastAt?.localDescription ?? "-"),
            Fact(name: "keeps", value: keeps),
        ]
    }

    /// Days where they are whole: nobody thinks of 14 days as of `14d 00h`.
    private static func text(_ duration: Duration?) -> String {
        guard let duration else { return "forever" }
        let (days, rest) = duration.milliseconds.quotientAndRemainder(dividingBy: 86_400_000)
        return days > 0 && rest == 0 ? "\(days)d" : duration.compactText
    }

    private static func text(_ bytes: Double?) -> String {
        guard let bytes else { return "-" }
        guard bytes < 1000 else { return ByteText.format(bytes) }
        let tenths = Int64((bytes * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) B"
    }

    // MARK: For programs

    static let fields: [Field<CatalogFacts>] = [
        Field("path") { .text($0.summary.path) },
        Field("schema_version") { FieldValue($0.summary.schemaVersion) },
        Field("sqlite_version") { .text($0.summary.sqliteVersion) },
        Field("database_bytes") { FieldValue($0.summary.databaseBytes) },
        Field("free_bytes") { FieldValue($0.summary.freeBytes) },
        Field("bytes_per_row") { FieldValue($0.bytesPerRow) },
        Field("bytes_per_sample") { FieldValue($0.bytesPerSample) },
        Field("source_count") { FieldValue($0.summary.sourceCount) },
        Field("sandbox_count") { FieldValue($0.summary.sandboxCount) },
        Field("run_count") { FieldValue($0.summary.runCount) },
        Field("running_count") { FieldValue($0.summary.runningCount) },
        Field("event_count") { FieldValue($0.summary.eventCount) },
        Field("row_count") { FieldValue($0.summary.rowCount) },
        Field("hot_row_count") { FieldValue($0.summary.hotRowCount) },
        Field("sample_count") { FieldValue($0.summary.sampleCount) },
        Field("block_count") { FieldValue($0.summary.blockCount) },
        Field("forgotten_block_count") { FieldValue($0.summary.forgottenBlockCount) },
        Field("detail_bytes") { FieldValue($0.summary.detailBytes) },
        Field("final_moments_count") { FieldValue($0.summary.finalMomentsCount) },
        Field("final_moments_bytes") { FieldValue($0.summary.finalMomentsBytes) },
        Field("gap_count") { FieldValue($0.summary.gapCount) },
        Field("first_at") { FieldValue($0.summary.firstAt) },
        Field("last_at") { FieldValue($0.summary.lastAt) },
        Field("keep_detail_ms") { FieldValue($0.retention.keepDetail?.milliseconds) },
        Field("keep_summaries_ms") { FieldValue($0.retention.keepSummaries?.milliseconds) },
        Field("max_size_bytes") { FieldValue($0.retention.maxSizeBytes) },
        Field("recorder_sessions") { .list($0.sessions.map(\.value)) },
    ]
}
