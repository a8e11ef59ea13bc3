internal import HistoryModel
internal import HistoryStore

extension FuzzTarget {
    /// A file that is imported: CSV, or a database of an old microsandbox.
    static let csv = FuzzTarget("import", byteLimit: 32_768, shortRunCount: 1_000) { bytes in
        try file.replace(by: bytes)
        do {
            let runs = try ImportFile(path: file.path).collect()
            for warning in runs.warnings { try Harmless.check(text: warning, of: "a warning") }
            return runs.rowCount > 0 ? .understood : .refused
        } catch let error as ImportError {
            try Harmless.check(text: "\(error)", of: "an error about a file")
            return .refused
        }
    }

    private static let file = ScratchFile("day.csv")
}
