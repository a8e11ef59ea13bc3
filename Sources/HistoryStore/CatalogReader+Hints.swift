internal import HistoryModel
internal import SQLite

extension CatalogReader {
    /// Why nothing fits `query`, if it names a sandbox or a label that is not in the catalog: a sentence
    /// with the names that may have been meant.
    ///
    /// - Returns: `nil` if all that it names is there, though perhaps never together.
    /// - Complexity: looks at up to 100,000 names.
    public func hint(for query: RunQuery) throws(StoreError) -> String? {
        try read { connection in
            if let sandbox = query.sandbox, try !connection.hasSandbox(fitting: sandbox) {
                let isPattern = SandboxPattern.isPattern(sandbox)
                return try sentence(
                    isPattern ? "no sandbox fits" : "no sandbox", "'\(sandbox)'",
                    connection.sandboxNames(near: sandbox).question)
            }
            for (key, value) in query.labels.sorted(by: { $0.key < $1.key }) {
                if try !connection.hasLabel(key, value: nil) {
                    return try sentence(
                        "no run has a label", "'\(key)'",
                        connection.labelKeys(near: key).question)
                }
                if try !connection.hasLabel(key, value: value) {
                    return try sentence(
                        "no run has the label", "'\(key)=\(value)'",
                        connection.labelValues(of: key, near: value).question)
                }
            }
            return nil
        }
    }

    private func sentence(_ what: String, _ name: String, _ question: String?) -> String {
        "\(what) \(name.escapedForDisplay) in \(path); "
            + (question ?? "`varve query runs` lists the runs")
    }

    /// What is said of a reference to nothing.
    func noSuchRun(
        _ reference: RunReference, on connection: borrowing Connection
    ) throws -> StoreError {
        let name = reference.sandbox.escapedForDisplay
        let runs = try connection.runCount(ofSandbox: reference.sandbox)
        guard runs == 0 else {
            return StoreError(
                .noSuchRun, path: path,
                "sandbox '\(name)' has only \(runs) \(runs == 1 ? "run" : "runs") in \(path); "
                    + "`varve query runs --sandbox` lists them")
        }
        let question = try connection.sandboxNames(near: reference.sandbox).question
        let what: String
        if let id = reference.microsandboxID {
            what = "no run to which microsandbox gave the id \(id), and no sandbox '\(name)',"
        } else if reference.id != nil {
            what = "no run \(name), and no sandbox of that name,"
        } else {
            what = "no sandbox '\(name)'"
        }
        return StoreError(
            .noSuchRun, path: path,
            "\(what) in \(path); " + (question ?? "`varve query runs` lists the runs"))
    }
}

extension Connection {
    /// How many names are looked at for those that are near.
    private static let nameLimit = 100_000

    fileprivate func runCount(ofSandbox name: String) throws -> Int64 {
        try withStatement(
            """
            SELECT count(*) FROM run AS r JOIN sandbox AS s ON s.id = r.sandbox_id
            WHERE s.name = ?1
            """
        ) { statement in
            try statement.bind(name, at: 1)
            return try statement.onlyInteger()
        }
    }

    fileprivate func hasSandbox(fitting pattern: String) throws -> Bool {
        try withStatement("SELECT 1 FROM sandbox WHERE name = ?1 OR name GLOB ?1 LIMIT 1") {
            statement in
            try statement.bind(pattern, at: 1)
            return try statement.step()
        }
    }

    fileprivate func hasLabel(_ key: String, value: String?) throws -> Bool {
        try withStatement(
            "SELECT 1 FROM run_label WHERE key = ?1 AND (?2 IS NULL OR value = ?2) LIMIT 1"
        ) { statement in
            try statement.bind(key, at: 1)
            try statement.bind(value, at: 2)
            return try statement.step()
        }
    }

    /// The names that `text` is near to. Of a pattern its text up to the first wildcard counts, and of
    /// each name as much of its beginning.
    fileprivate func sandboxNames(near text: String) throws -> NearMatches {
        let beginning = text.prefix { !"*?[".contains($0) }
        let isWhole = beginning.count == text.count
        return try near(
            String(beginning), of: "SELECT DISTINCT name FROM sandbox LIMIT ?1", parameters: [],
            cutTo: isWhole ? nil : beginning.count)
    }

    fileprivate func labelKeys(near key: String) throws -> NearMatches {
        // From each key to the next one by the index, however many runs have it.
        try near(
            key,
            of: """
                WITH RECURSIVE known (text) AS (
                    SELECT min(key) FROM run_label
                    UNION ALL
                    SELECT (SELECT min(key) FROM run_label WHERE key > text)
                    FROM known WHERE text IS NOT NULL)
                SELECT text FROM known WHERE text IS NOT NULL LIMIT ?1
                """, parameters: [])
    }

    fileprivate func labelValues(of key: String, near value: String) throws -> NearMatches {
        try near(
            value,
            of: """
                WITH RECURSIVE known (text) AS (
                    SELECT min(value) FROM run_label WHERE key = ?2
                    UNION ALL
                    SELECT (SELECT min(value) FROM run_label WHERE key = ?2 AND value > text)
                    FROM known WHERE text IS NOT NULL)
                SELECT text FROM known WHERE text IS NOT NULL LIMIT ?1
                """, parameters: [key])
    }

    private func near(
        _ text: String, of query: String, parameters: [String], cutTo length: Int? = nil
    ) throws -> NearMatches {
        var matches = NearMatches(to: text)
        try withStatement(query) { statement in
            try statement.bind(Self.nameLimit, at: 1)
            for (index, parameter) in parameters.enumerated() {
                try statement.bind(parameter, at: Int32(index) + 2)
            }
            while try statement.step() {
                guard let name = statement.text(at: 0) else { continue }
                matches.consider(name, as: length.map { String(name.prefix($0)) })
            }
        }
        return matches
    }
}
