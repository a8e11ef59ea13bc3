public import HistoryModel

/// The history that a file holds, packed into hours and ready to be put into a catalog.
public struct CollectedRuns: Sendable {
    /// What tells this file's runs from those of others: `import:` and its name.
    public let source: String
    /// Whose samples these are.
    public let kind: Source.Kind
    /// How many lines or rows became samples.
    public internal(set) var rowCount = 0
    /// How many values were refused: not a number, negative, infinite, above 2^63-1.
    public internal(set) var implausibleCount = 0
    /// What could not be taken over, a sentence each.
    public internal(set) var warnings: [String] = []
    /// How many runs there are.
    public var runCount: Int { runs.count }
    var runs: [CollectedRun] = []
    private var places: [Key: Int] = [:]

    private struct Key: Hashable {
        var sandbox: ArraySlice<UInt8>
        var runID: Int64?
        var sandboxID: Int64?
    }

    init(source: String, kind: Source.Kind) {
        self.source = source
        self.kind = kind
    }

    /// The place of the run of the sandbox that is called `name`; made if there is none yet.
    mutating func place(
        ofSandbox name: ArraySlice<UInt8>, runID: Int64?, sandboxID: Int64? = nil
    ) -> Int {
        var key = Key(sandbox: name, runID: runID, sandboxID: sandboxID)
        if let place = places[key] { return place }
        // A copy: the slice would keep the whole buffer.
        key.sandbox = ArraySlice(Array(name))
        places[key] = runs.count
        runs.append(
            CollectedRun(
                sandbox: String(decoding: name, as: UTF8.self), sandboxExternalID: sandboxID,
                externalID: runID))
        return runs.count - 1
    }

    mutating func append(_ row: SampleRow, to place: Int) {
        rowCount += 1
        implausibleCount += Int(clamping: row.implausibleCount)
        runs[place].append(row)
    }

    mutating func finish() {
        for index in runs.indices { runs[index].finish() }
        places = [:]
    }
}
