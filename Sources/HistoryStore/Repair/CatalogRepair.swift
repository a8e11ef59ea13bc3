public import HistoryModel
internal import SQLite

/// Brings what can be read of a damaged catalog into a new one.
///
/// ```swift
/// let report = try CatalogRepair(of: "history.db").write(to: "history-repaired.db", now: .now())
/// for finding in report.findings { print(finding) }
/// ```
///
/// The damaged file, and the write-ahead log beside it, are only read, and not by SQLite: each page is
/// looked at by itself, so that what is damaged takes nothing with it but its own rows. A page that was
/// overwritten with something that reads like rows cannot be told from a good one.
public struct CatalogRepair {
    /// The damaged catalog's path.
    public let path: String

    /// The repair of the catalog at `path`.
    public init(of path: String) {
        self.path = path
    }

    /// Makes the new catalog: one file with mode 0600, which appears under its name when it is whole.
    ///
    /// - Parameters:
    ///   - isReplacing: Whether a regular file at `destination` may be replaced.
    ///   - now: The time that the new schema's ledger gets.
    ///   - progress: Is called now and then with a table's name and the rows brought over so far;
    ///     throwing gives up.
    /// - Throws: What `progress` throws; ``StoreError`` if the damaged file cannot be read, has nothing of
    ///   a catalog, is a newer varve's, or is in use, or if the new one cannot be written. Then there is
    ///   none.
    public func write(
        to destination: String, replacing isReplacing: Bool = false, now: Timestamp,
        progress: (_ table: String, _ rowCount: Int64) throws -> Void = { _, _ in }
    ) throws -> RepairReport {
        guard !CatalogLocks(ofCatalog: path, create: false).isAnyHeldElsewhere else {
            throw StoreError(
                .inUse, path: path,
                "\(path) is in use by a varve that records: stop it first, or repair a copy")
        }
        let pages = try DatabasePages(path: path)
        do {
            let census = PageCensus(of: pages, shapes: try TableShape.all())
            try refuseOthers(census, pages)
            return try Connection.writeNewFile(
                at: destination, replacing: isReplacing, toGrow: true
            ) {
                target in
                try Migrator(path: destination).make(on: target, now: now)
                var salvage = Salvage(census: census, pages: pages, path: path, now: now)
                return try salvage.run(into: target, progress)
            }
        } catch let error as SQLiteError where error.message == PendingFile.takenMessage {
            throw StoreError(
                .destinationExists, path: destination,
                "cannot write \(destination): \(error.message)", cause: error)
        } catch let error as SQLiteError {
            throw StoreError(error, path: destination)
        }
    }

    private func refuseOthers(_ census: PageCensus, _ pages: DatabasePages) throws(StoreError) {
        let own = census.shapes.indices.filter { census.shapes[$0].isOwn }
        guard own.contains(where: census.isThere) else {
            throw StoreError(
                .foreignDatabase, path: path,
                "\(path) has no table of a catalog that could be read: nothing can be brought over")
        }
        let newest = Migrator(path: path).migrations.count
        guard let ledger = own.first(where: { census.shapes[$0].name == "schema_migration" }) else {
            return
        }
        var highest: Int64 = 0
        census.forEachRow(of: ledger, in: pages) { row in
            if case .integer(let version)? = row?.first { highest = max(highest, version) }
        }
        guard highest <= newest || highest > 1_000_000 else {
            throw StoreError(
                .newerSchema, path: path,
                "\(path) was made by a newer varve (schema \(highest), this one knows \(newest)); use "
                    + "that varve to repair it")
        }
    }
}

extension TableShape {
    /// Whether it is a table of varve's, not of SQLite's.
    var isOwn: Bool { !name.hasPrefix("sqlite_") }
}

extension PageCensus {
    /// Calls `body` with each row of `table`, its row id in its place; with `nil` for one that is
    /// announced and cannot be read.
    func forEachRow(
        of table: Int, in database: DatabasePages, _ body: ([SQLValue]?) throws -> Void
    ) rethrows {
        let shape = shapes[table]
        try forEachPage(of: table, in: database) { tree, page in
            for cell in tree.cells {
                var row = database.payload(of: cell, on: page).flatMap(StoredRecord.values)
                if let values = row, !shape.fits(values) { row = nil }
                if let column = shape.rowIDColumn { row?[column] = .integer(cell.rowID) }
                try body(row)
            }
        }
    }
}
