internal import HistoryModel

/// A file with history of elsewhere: CSV, or a database of microsandbox 0.4 and before.
///
/// ```swift
/// let runs = try ImportFile(path: "day.csv").collect()
/// let report = try catalog.add(runs, on: .current())
/// print(report.addedCount)
/// ```
public struct ImportFile: Sendable {
    /// How far reading has got.
    public struct Progress: Hashable, Sendable {
        /// Bytes of a text, rows of a database.
        public var done: Int64
        /// All of them; `nil` if nobody can tell.
        public var total: Int64?
        /// Samples found so far.
        public var rowCount: Int
    }

    /// The file as it was named; `-` is standard input.
    public let path: String
    /// What it is called in the catalog: files of one name are versions of one file.
    public let name: String

    /// The file at `path`, called `name` or by its own name.
    public init(path: String, name: String? = nil) {
        self.path = path
        self.name = name ?? Self.name(of: path)
    }

    private static func name(of path: String) -> String {
        guard path != "-" else { return "stdin" }
        return path.split(separator: "/").last.map(String.init) ?? path
    }

    /// Reads all of it. What it is shows its content.
    ///
    /// - Parameter progress: called now and then.
    /// - Throws: ``ImportError`` if it cannot be read to its end, or a line is malformed.
    /// - Complexity: a second for some five million values; memory for the packed hours, a few bytes
    ///   for each line, and for one open hour of each run.
    public func collect(
        progress: (Progress) -> Void = { _ in }
    ) throws(ImportError) -> CollectedRuns {
        let reader = try CSVReader(InputFile(path: path))
        guard reader.isDatabase else {
            var text = CSVImport(reader, defaultSandbox: defaultSandbox)
            return try text.collect(CollectedRuns(source: source, kind: .varve), progress)
        }
        guard path != "-" else {
            throw ImportError(
                .unreadable, file: path,
                "a database cannot be read from standard input: name its file")
        }
        return try MetricTable(path: path)
            .collect(CollectedRuns(source: source, kind: .microsandbox), progress)
    }

    private var source: String { "import:" + name }

    /// What a sandbox is called that the file does not name.
    private var defaultSandbox: String {
        name.count > 4 && name.lowercased().hasSuffix(".csv") ? String(name.dropLast(4)) : name
    }
}
