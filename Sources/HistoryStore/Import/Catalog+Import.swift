public import HistoryModel
internal import SQLite

extension Catalog {
    /// Puts the runs of a file into the catalog: each whole or not at all, a transaction each.
    ///
    /// A run is known again by the file's name, its sandbox, its own id if the file gives one, and its
    /// first sample's time. One that has grown since gets what is new and keeps its id. If the data of
    /// any run are others than those that were imported from a file of that name before, nothing is
    /// changed.
    ///
    /// - Parameters:
    ///   - host: where it is imported.
    ///   - progress: called after each run.
    /// - Throws: ``StoreError`` with ``StoreError/Code/otherImport`` for other data.
    public func add(
        _ runs: CollectedRuns, on host: Host, progress: (ImportReport) -> Void = { _ in }
    ) throws(StoreError) -> ImportReport {
        let source = Source(
            kind: runs.kind, name: runs.source, home: nil, host: Host(name: host.name, bootID: nil))
        do {
            try connection.transaction(.deferred, retryingFor: patience) {
                for run in runs.runs { _ = try connection.standing(of: run, in: source, path) }
            }
        } catch {
            throw StoreError(error, path: path)
        }
        var report = ImportReport()
        for run in runs.runs where !run.pieces.isEmpty {
            report = try write { connection in
                var report = report
                try connection.add(run, of: source, path, in: packing, &report)
                return report
            }
            progress(report)
        }
        return report
    }
}

/// What the catalog has of a run that is to be imported.
private enum Standing {
    case new
    case unchanged
    /// The blocks that are to go, and those pieces of the run that are to come.
    case grown(RunID, outdated: [SampleBlock], new: [CollectedRun.Piece])
}

extension Connection {
    fileprivate func standing(
        of run: CollectedRun, in source: Source, _ path: String
    ) throws -> Standing {
        guard let id = try id(of: run, in: source) else { return .new }
        var stored: [Timestamp: SampleBlock] = [:]
        for block in try blocks(of: id) { stored[block.at] = block }
        var new: [CollectedRun.Piece] = []
        var outdated: [SampleBlock] = []
        var isShorter = false
        for piece in run.pieces {
            let known = stored.removeValue(forKey: piece.block.at)
            guard known?.comparable != piece.block.comparable else { continue }
            if let known, known.rowCount > piece.block.rowCount {
                isShorter = true
            } else if known == nil || known?.rowCount != piece.block.rowCount {
                new.append(piece)
                if let known { outdated.append(known) }
            } else {
                throw otherImport(run, id, path)
            }
        }
        // What is stored and was not in the file: a later hour of a longer version, or other data.
        if let last = run.pieces.last?.block.at, !stored.isEmpty {
            isShorter = true
            if stored.keys.contains(where: { $0 < last }) { throw otherImport(run, id, path) }
        }
        if isShorter, !new.isEmpty { throw otherImport(run, id, path) }
        return new.isEmpty ? .unchanged : .grown(id, outdated: outdated, new: new)
    }

    private func otherImport(_ run: CollectedRun, _ id: RunID, _ path: String) -> StoreError {
        StoreError(
            .otherImport, path: path,
            "run \(id) of '\(run.sandbox.escapedForDisplay)' in \(path) was imported from a file of "
                + "that name with other data; give this one a name of its own with --name; nothing "
                + "was imported")
    }

    fileprivate func add(
        _ run: CollectedRun, of source: Source, _ path: String, in packing: PagePacking,
        _ report: inout ImportReport
    ) throws {
        // Looked at again: meanwhile another program may have written.
        switch try standing(of: run, in: source, path) {
        case .unchanged:
            report.unchangedCount += 1
        case .new:
            let id = try insert(run, of: source)
            try insert(run.pieces, of: id, in: packing, &report)
            try close(id, at: run.endedAt)
            report.addedCount += 1
        case .grown(let id, let outdated, let new):
            for block in outdated {
                // Its detail goes with it.
                try withStatement("DELETE FROM sample_block WHERE id = ?1") { statement in
                    try statement.bind(block.id, at: 1)
                    _ = try statement.step()
                }
            }
            try insert(new, of: id, in: packing, &report)
            try close(id, at: run.endedAt)
            report.grownCount += 1
        }
    }

    private func id(of run: CollectedRun, in source: Source) throws -> RunID? {
        try withStatement(
            """
            SELECT r.id FROM source AS c
            JOIN sandbox AS s ON s.source_id = c.id AND s.name = ?4 AND s.external_id IS ?5
            JOIN run AS r ON r.sandbox_id = s.id AND r.started_at_ms = ?6 AND r.external_id IS ?7
            WHERE c.kind = ?1 AND c.name = ?2 AND c.host = ?3
            """
        ) { statement in
            try statement.bind(source.kind.rawValue, at: 1)
            try statement.bind(source.name, at: 2)
            try statement.bind(source.host.name, at: 3)
            try statement.bind(run.sandbox, at: 4)
            try statement.bind(run.sandboxExternalID, at: 5)
            try statement.bind(run.startedAt.unixMilliseconds, at: 6)
            try statement.bind(run.externalID, at: 7)
            return try statement.step() ? statement.integer(at: 0).map(RunID.init) : nil
        }
    }

    private func blocks(of run: RunID) throws -> [SampleBlock] {
        try withStatement(
            "SELECT \(SampleBlock.selectList) FROM sample_block AS b WHERE b.run_id = ?1"
        ) { statement in
            try statement.bind(run.rawValue, at: 1)
            var blocks: [SampleBlock] = []
            while try statement.step() { blocks.append(SampleBlock(reading: statement)) }
            return blocks
        }
    }

    private func insert(_ run: CollectedRun, of source: Source) throws -> RunID {
        let sourceID = try sourceID(of: source, seenAt: run.startedAt)
        let sandbox = try sandboxID(
            named: run.sandbox, externalID: run.sandboxExternalID, source: sourceID,
            seenAt: run.startedAt)
        return try withStatement(
            """
            INSERT INTO run (sandbox_id, external_id, status, exit_known_by, started_at_ms)
            VALUES (?1, ?2, 'Terminated', 'unknown', ?3)
            """
        ) { statement in
            try statement.bind(sandbox.rawValue, at: 1)
            try statement.bind(run.externalID, at: 2)
            try statement.bind(run.startedAt.unixMilliseconds, at: 3)
            _ = try statement.step()
            return RunID(rawValue: lastInsertRowID)
        }
    }

    private func insert(
        _ pieces: [CollectedRun.Piece], of run: RunID, in packing: PagePacking,
        _ report: inout ImportReport
    ) throws {
        let order = packing.order(
            pieces.map(\.detail.count), pageSize: Int(clamping: try pageSize))
        for place in order {
            var block = pieces[place].block
            block.run = run
            try insert(block, pieces[place].detail)
            report.blockCount += 1
            report.rowCount += Int(clamping: block.rowCount)
        }
    }

    /// Its last sample is all that is known of its end.
    private func close(_ run: RunID, at end: Timestamp) throws {
        try withStatement(
            """
            UPDATE run SET terminated_at_ms = ?2, cpu_time_ns = NULL, memory_peak_bytes = NULL,
                disk_read_bytes = NULL, disk_write_bytes = NULL, net_rx_bytes = NULL,
                net_tx_bytes = NULL
            WHERE id = ?1
            """
        ) { statement in
            try statement.bind(run.rawValue, at: 1)
            try statement.bind(end.unixMilliseconds, at: 2)
            _ = try statement.step()
        }
        try summarise(run)
    }
}

extension SampleBlock {
    /// What two blocks of the same samples agree in, whatever became of their detail since.
    fileprivate var comparable: SampleBlock {
        var block = self
        block.id = 0
        block.run = RunID(rawValue: 0)
        block.hasDetail = true
        block.firstSequence = 0
        block.lastSequence = 0
        return block
    }
}
