internal import ArgumentParser
internal import HistoryModel
internal import HistoryStore
internal import Logging

/// Which catalog is meant.
struct CatalogOptions: ParsableArguments {
    @Option(
        name: .customLong("db"),
        help: ArgumentHelp(
            "The catalog's file. Default: $VARVE_DB, else history.db in varve's data directory.",
            valueName: "file"),
        completion: .file())
    var path: String?

    /// The path that is meant.
    func resolvedPath() throws -> String {
        if let path {
            guard !path.isEmpty else { throw ValidationError("--db needs the name of a file") }
            return path
        }
        guard let path = CatalogLocation.standard(environment: Environment.current) else {
            throw ValidationError(
                "no home directory is known (HOME is not set): name the catalog with --db or VARVE_DB"
            )
        }
        return path
    }

    /// Opens the catalog for reading, after closing what killed programs left open in it.
    func openReader() throws -> CatalogReader {
        let path = try resolvedPath()
        if let reader = try Self.soundReader(path) { return reader }
        Self.takeCare(of: path)
        return try CatalogReader(path: path)
    }

    /// - Returns: `nil` if the catalog's schema is an older one, or if there are runs that nobody watches
    ///   over.
    private static func soundReader(_ path: String) throws -> CatalogReader? {
        do {
            let reader = try CatalogReader(path: path)
            if try reader.mayHaveAbandonedRuns(on: Host.current()) { return nil }
            return reader
        } catch {
            guard error.code == .olderSchema else { throw error }
            return nil
        }
    }

    /// Closes what killed programs left open in the catalog that `reader` reads.
    func careFor(_ reader: borrowing CatalogReader) throws {
        if try reader.mayHaveAbandonedRuns(on: Host.current()) { Self.takeCare(of: reader.path) }
    }

    /// Where the catalog cannot be written now, it is shown as it stands.
    private static func takeCare(of path: String) {
        do {
            let catalog = try Catalog(path: path, now: .now(), patience: .seconds(1))
            try catalog.reconcile(on: Host.current(), now: .now(), evidence: SystemEvidence())
        } catch {
            Console.logger().debug("\(error)")
        }
    }
}
