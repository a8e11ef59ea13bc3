internal import HistoryModel
internal import SQLite

/// One repair under way: the rows of each table are brought over, then mended until they fit together.
struct Salvage {
    let census: PageCensus
    let pages: DatabasePages
    let path: String
    let now: Timestamp
    var report = RepairReport()
    /// The highest run id that was given out; `nil` if the sequence is lost.
    private(set) var highestRun: Int64?

    /// The tables, each after those that it refers to.
    static let order = [
        "source", "sandbox", "run", "run_label", "run_claim", "lifecycle_event",
        "recorder_session", "sample", "sample_block", "sample_detail", "final_moments", "gap",
        "run_log", "setting",
    ]

    /// An id beyond this is damage, and would use up those that can still be given out.
    static let highestID = Int64(1) << 53

    init(census: PageCensus, pages: DatabasePages, path: String, now: Timestamp) {
        self.census = census
        self.pages = pages
        self.path = path
        self.now = now
        report.tables = Self.order.map { RepairReport.Table(name: $0) }
        report.pageCount = Int64(pages.pageCount)
        report.strayPageCount = Int64(census.strayPageCount)
    }

    mutating func run(
        into target: borrowing Connection, _ progress: (String, Int64) throws -> Void
    ) throws -> RepairReport {
        noteFile()
        readSequence()
        for index in Self.order.indices { try bringOver(index, into: target, progress) }
        try progress("what fits together", 0)
        try mend(target)
        try noteDamages(target)
        try setSequence(target)
        for index in Self.order.indices {
            report.tables[index].rowCount = try target.count(of: Self.order[index])
        }
        report.problems = try target.allProblems()
        return report
    }

    /// The table's place in the report.
    func place(of name: String) -> Int { Self.order.firstIndex(of: name) ?? 0 }

    /// Adds a sentence, unless there are many already.
    mutating func find(_ sentence: String) {
        if report.findings.count == RepairReport.findingLimit {
            report.findings.append("there is more; the table of rows counts all")
        }
        if report.findings.count < RepairReport.findingLimit { report.findings.append(sentence) }
    }

    private mutating func noteFile() {
        if !pages.hasHeader {
            find(
                "the header of \(path) is damaged; pages of \(pages.header.pageSize) bytes were assumed"
            )
        }
        if !census.isSchemaWhole {
            find("the list of tables of \(path) is damaged; rows were known by their shape")
        }
        if let problem = pages.logProblem { find(problem) }
        if let journal = try? ReadOnlyFile(path: path + "-journal"), journal.byteCount > 0 {
            find("\(path)-journal lies beside it and was not taken into account")
        }
    }

    private mutating func readSequence() {
        guard let table = census.shapes.firstIndex(where: { $0.name == "sqlite_sequence" }) else {
            return
        }
        var found: Int64?
        census.forEachRow(of: table, in: pages) { row in
            guard case .text("run")? = row?.first, case .integer(let highest)? = row?.last,
                (0...Self.highestID).contains(highest)
            else { return }
            found = max(found ?? 0, highest)
        }
        // Runs are never removed, so there cannot be more of them than ids were given out.
        var runCount: Int64 = 0
        if let runs = census.shapes.firstIndex(where: { $0.name == "run" }) {
            census.forEachPage(of: runs, in: pages) { tree, _ in runCount += Int64(tree.cells.count)
            }
        }
        if let found, found >= runCount { highestRun = found }
    }

    /// No run id is given out again, whatever was lost.
    private func setSequence(_ target: borrowing Connection) throws {
        try target.execute(
            """
            DELETE FROM sqlite_sequence WHERE name = 'run';
            INSERT INTO sqlite_sequence (name, seq)
            SELECT 'run', max(\(highestRun ?? 0), coalesce((SELECT max(id) FROM run), 0));
            """)
    }

    // MARK: Rows

    private mutating func bringOver(
        _ place: Int, into target: borrowing Connection, _ progress: (String, Int64) throws -> Void
    ) throws {
        let name = Self.order[place]
        guard let table = census.shapes.firstIndex(where: { $0.name == name }) else { return }
        let shape = census.shapes[table]
        var count: Int64 = 0
        var lost: Int64 = 0
        var insertion = RowInsertion(shape)
        let checks = shape.columns.map { ColumnCheck($0.name, of: shape) }
        try census.forEachRow(of: table, in: pages) { row in
            if let row, isPlausible(row, checks), try insertion.insert(row, into: target) {
                count += 1
                if count % 1_000 == 0 { try progress(name, count) }
            } else {
                lost += 1
            }
        }
        report.tables[place].lostRowCount += lost
        if lost > 0 {
            find(
                "\(name): \(lost) \(lost == 1 ? "row" : "rows") could not be read, or cannot be rows of "
                    + "it")
        }
    }

    /// Whether ids and times are such as varve gives and takes.
    private func isPlausible(_ row: [SQLValue], _ checks: [ColumnCheck]) -> Bool {
        for (value, check) in zip(row, checks) {
            guard case .integer(let number) = value else { continue }
            switch check {
            case .none: continue
            case .run where number > highestRun ?? .max: return false
            case .id, .run: guard (1...Self.highestID).contains(number) else { return false }
            case .time:
                guard (0...Timestamp.latestPlausible.unixMilliseconds).contains(number) else {
                    return false
                }
            }
        }
        return true
    }
}

/// What an integer of a column has to be.
private enum ColumnCheck {
    case none, id, run, time

    init(_ name: String, of shape: TableShape) {
        let isRowID = shape.rowIDColumn.map { shape.columns[$0].name } == name
        self =
            if name == "run_id" || (name == "id" && shape.name == "run") {
                .run
            } else if isRowID || (name.hasSuffix("_id") && name != "external_id") {
                .id
            } else if name == "at_ms" || name.hasSuffix("_at_ms") {
                .time
            } else {
                .none
            }
    }
}

/// The statement that writes rows of a table, made anew only for rows of another length.
private struct RowInsertion {
    let shape: TableShape
    private var columnCount = -1
    private var sql = ""

    init(_ shape: TableShape) {
        self.shape = shape
    }

    /// - Returns: `false` if the schema does not allow the row.
    mutating func insert(_ row: [SQLValue], into target: borrowing Connection) throws -> Bool {
        if row.count != columnCount {
            columnCount = row.count
            let names = shape.columns.prefix(row.count).map(\.name).joined(separator: ", ")
            let places = row.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
            sql = "INSERT INTO \(shape.name) (\(names)) VALUES (\(places))"
        }
        return try target.withStatement(sql) { statement in
            for (index, value) in row.enumerated() {
                try statement.bind(value, at: Int32(index) + 1)
            }
            do throws(SQLiteError) {
                _ = try statement.step()
                return true
            } catch {
                guard error.isConstraintViolation else { throw error }
                return false
            }
        }
    }
}

extension Connection {
    func count(of table: String) throws -> Int64 {
        try withStatement("SELECT count(*) FROM \(table)") { try $0.onlyInteger() }
    }

    /// What `varve db check` would say.
    fileprivate func allProblems() throws -> [String] {
        try integrityCheck() + foreignKeyViolations().map(\.sentence) + detailProblems()
    }
}
