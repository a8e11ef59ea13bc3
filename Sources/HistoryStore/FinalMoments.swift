public import HistoryModel
internal import SQLite

extension CatalogReader {
    /// The last samples of `run` at full resolution, oldest first; `nil` if none were kept.
    ///
    /// - Throws: ``StoreError`` with ``StoreError/Code/malformed`` if they cannot be read any more.
    public func finalMoments(of run: RunID) throws(StoreError) -> [Sample]? {
        try read { connection in
            let bytes = try connection.withStatement(
                "SELECT detail FROM final_moments WHERE run_id = ?1"
            ) { statement in
                try statement.bind(run.rawValue, at: 1)
                return try statement.step() ? statement.blob(at: 0) : nil
            }
            guard let bytes else { return nil }
            do throws(BlockError) {
                return try MomentsDetail.decode(bytes)
            } catch {
                throw StoreError(
                    .malformed, path: path,
                    "the final moments of run \(run) in \(path) cannot be read: \(error)")
            }
        }
    }
}

extension Connection {
    /// Keeps the final moments of a run, unless it has some.
    func insert(_ moments: [Sample], of run: RunID) throws {
        guard let first = moments.lazy.map(\.at).min(), let last = moments.lazy.map(\.at).max()
        else { return }
        try withStatement(
            """
            INSERT INTO final_moments (run_id, first_at_ms, last_at_ms, sample_count, detail)
            VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (run_id) DO NOTHING
            """
        ) { statement in
            try statement.bind(run.rawValue, at: 1)
            try statement.bind(first.unixMilliseconds, at: 2)
            try statement.bind(last.unixMilliseconds, at: 3)
            try statement.bind(moments.count, at: 4)
            try statement.bind(MomentsDetail.encode(moments), at: 5)
            _ = try statement.step()
        }
    }
}
