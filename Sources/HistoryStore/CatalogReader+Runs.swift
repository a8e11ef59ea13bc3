public import HistoryModel
internal import SQLite

extension CatalogReader {
    /// The runs that `query` asks for, in its order: without one by their start, the latest last.
    ///
    /// What a run that is not closed yet has used is added up from its rows.
    public func runs(matching query: RunQuery = RunQuery()) throws(StoreError) -> [Run] {
        try read { connection in
            guard let order = query.order else {
                var selection = RunSelection(query)
                selection.limit = query.limit
                return try connection.runs(selection, by: .latestFirst).reversed()
            }
            return try connection.runs(matching: query, by: order)
        }
    }

    /// The run that `reference` means.
    ///
    /// - Throws: ``StoreError`` with ``StoreError/Code/noSuchRun`` if there is none.
    public func run(_ reference: RunReference) throws(StoreError) -> Run {
        try read { connection in try run(reference, on: connection) }
    }

    /// The run that `reference` means, in a transaction that is open already.
    func run(_ reference: RunReference, on connection: borrowing Connection) throws -> Run {
        if let externalID = reference.microsandboxID {
            var selection = RunSelection(microsandboxID: externalID)
            selection.limit = 1
            let found = try connection.runs(selection, by: .latestFirst)
            if let run = found.first { return run }
        }
        if let id = reference.id {
            let found = try connection.runs(RunSelection(id: id), by: .latestFirst)
            if let run = found.first { return run }
        }
        var latest = RunSelection(sandbox: reference.sandbox)
        latest.limit = 1
        latest.offset = reference.stepsBack
        if let run = try connection.runs(latest, by: .latestFirst).first { return run }
        throw try noSuchRun(reference, on: connection)
    }
}

extension RunOrder {
    fileprivate static let latestFirst = RunOrder(.started)
}

extension Connection {
    /// The first runs of an order, their labels and their usage filled in.
    fileprivate func runs(matching query: RunQuery, by order: RunOrder) throws -> [Run] {
        var selection = RunSelection(query)
        selection.limit = query.limit
        guard order.key.needsUsage else { return try runs(selection, by: order) }
        // What an open run has used SQL cannot order by; there are few of those.
        selection.closed = true
        var found = try rows(of: selection, by: order)
        selection.closed = false
        selection.limit = nil
        var open = try rows(of: selection, by: order)
        try fillUsage(of: &open)
        if !open.isEmpty {
            found += open
            found.sort(by: order.precedes)
            if let limit = query.limit { found = Array(found.prefix(max(0, limit))) }
        }
        try fillLabels(of: &found)
        try fillClaims(of: &found)
        return found
    }

    /// The runs of `selection`, their labels and, if it is wanted, their usage filled in.
    func runs(
        _ selection: RunSelection, by order: RunOrder, addingUpUsage: Bool = true
    ) throws -> [Run] {
        var runs = try rows(of: selection, by: order)
        if addingUpUsage { try fillUsage(of: &runs) }
        try fillLabels(of: &runs)
        try fillClaims(of: &runs)
        return runs
    }

    private func rows(of selection: RunSelection, by order: RunOrder) throws -> [Run] {
        try withStatement(selection.sql(order: order)) { statement in
            try selection.bind(to: &statement)
            var runs: [Run] = []
            // Most runs are of one source.
            var sources: [Int64: Source] = [:]
            while try statement.step() {
                runs.append(Run(reading: statement, sources: &sources))
            }
            return runs
        }
    }

    /// Adds up what the runs that are not closed have used so far.
    private func fillUsage(of runs: inout [Run]) throws {
        let open = runs.indices.filter { runs[$0].usage.sampleCount == nil }
        guard !open.isEmpty else { return }
        let usages = try sampledUsages(of: open.map { runs[$0].id })
        for index in open {
            if let usage = usages[runs[index].id] { runs[index].usage.fill(from: usage) }
        }
    }

    /// Only microsandbox has a catalog of its own.
    private func fillClaims(of runs: inout [Run]) throws {
        let foreign = runs.indices.filter { runs[$0].source.kind == .microsandbox }
        guard !foreign.isEmpty else { return }
        let claims = try claims(of: foreign.lazy.map { [runs] in runs[$0].id })
        for index in foreign { runs[index].claim = claims[runs[index].id] }
    }

    private func fillLabels(of runs: inout [Run]) throws {
        guard !runs.isEmpty else { return }
        let places = Dictionary(uniqueKeysWithValues: zip(runs.map(\.id), runs.indices))
        try withStatement(
            """
            SELECT l.run_id, l.key, l.value
            FROM json_each(?1) AS wanted JOIN run_label AS l ON l.run_id = wanted.value
            """
        ) { statement in
            try statement.bind(RunID.list(runs.lazy.map(\.id)), at: 1)
            while try statement.step() {
                guard let id = statement.integer(at: 0), let key = statement.text(at: 1),
                    let place = places[RunID(rawValue: id)]
                else { continue }
                runs[place].labels[key] = statement.text(at: 2) ?? ""
            }
        }
    }
}

extension RunID {
    /// `ids` as the JSON list that `json_each` takes apart.
    static func list(_ ids: some Sequence<RunID>) -> String {
        "[" + ids.map { String($0.rawValue) }.joined(separator: ",") + "]"
    }
}

extension RunUsage {
    /// Takes what is not known from `sampled`.
    fileprivate mutating func fill(from sampled: RunUsage) {
        cpuTimeNanoseconds = cpuTimeNanoseconds ?? sampled.cpuTimeNanoseconds
        cpuMaxCentipercent = cpuMaxCentipercent ?? sampled.cpuMaxCentipercent
        memoryPeakBytes = memoryPeakBytes ?? sampled.memoryPeakBytes
        memoryMaxBytes = memoryMaxBytes ?? sampled.memoryMaxBytes
        diskReadBytes = diskReadBytes ?? sampled.diskReadBytes
        diskWriteBytes = diskWriteBytes ?? sampled.diskWriteBytes
        netRxBytes = netRxBytes ?? sampled.netRxBytes
        netTxBytes = netTxBytes ?? sampled.netTxBytes
        sampleCount = sampled.sampleCount
    }
}
