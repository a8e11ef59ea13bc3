public import HistoryModel
internal import SQLite

extension Catalog {
    /// How long this catalog keeps what: what was set, else the usual.
    public var retention: Retention {
        get throws(StoreError) {
            do {
                return try connection.retention()
            } catch {
                throw StoreError(error, path: path)
            }
        }
    }

    /// Makes `retention` what this catalog goes by, whoever prunes it.
    public func setRetention(_ retention: Retention) throws(StoreError) {
        try write { connection in
            for (name, value) in retention.settings {
                try connection.withStatement(
                    """
                    INSERT INTO setting (name, value) VALUES (?1, ?2)
                    ON CONFLICT (name) DO UPDATE SET value = excluded.value
                    """
                ) { statement in
                    try statement.bind(name, at: 1)
                    try statement.bind(value, at: 2)
                    _ = try statement.step()
                }
            }
        }
    }
}

extension CatalogReader {
    /// How long this catalog keeps what: what was set, else the usual.
    public func retention() throws(StoreError) -> Retention {
        try read { connection in try connection.retention() }
    }
}

extension Connection {
    func retention() throws -> Retention {
        try withStatement("SELECT name, value FROM setting") { statement in
            var retention = Retention()
            while try statement.step() {
                retention.take(statement.text(at: 0) ?? "", statement.integer(at: 1) ?? -1)
            }
            return retention
        }
    }
}

extension Retention {
    /// What the table `setting` says for *without limit*.
    private static let unlimited: Int64 = -1

    fileprivate var settings: [(name: String, value: Int64)] {
        [
            ("keep_detail_ms", keepDetail?.milliseconds ?? Self.unlimited),
            ("keep_summaries_ms", keepSummaries?.milliseconds ?? Self.unlimited),
            ("max_size_bytes", maxSizeBytes ?? Self.unlimited),
        ]
    }

    fileprivate mutating func take(_ name: String, _ value: Int64) {
        let duration = value < 0 ? nil : Duration.milliseconds(value)
        switch name {
        case "keep_detail_ms": keepDetail = duration
        case "keep_summaries_ms": keepSummaries = duration
        case "max_size_bytes": maxSizeBytes = value < 0 ? nil : value
        // A later varve's.
        default: break
        }
    }

    /// The instant up to which detail is too old; `nil` if it never is. Detail never outlives its
    /// summary.
    func detailCutoff(at now: Timestamp) -> Timestamp? {
        [keepDetail, keepSummaries].compactMap(\.self).min().map { now.earlier(by: $0) }
    }

    /// The instant up to which summaries, and all that explains them, are too old.
    func summaryCutoff(at now: Timestamp) -> Timestamp? {
        keepSummaries.map { now.earlier(by: $0) }
    }
}

extension Timestamp {
    fileprivate func earlier(by duration: Duration) -> Timestamp {
        advanced(byMilliseconds: -max(0, duration.milliseconds))
    }
}
