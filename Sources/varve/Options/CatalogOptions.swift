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
            valueName: "file"))
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
        if try Self.needsCare(path) { Self.takeCare(of: path) }
        return try CatalogReader(path: path)
    }

    /// Whether the catalog's schema is an older one, or there are runs that nobody watches over.
    private static func needsCare(_ path: String) throws -> Bool {
        do {
            return try CatalogReader(path: path).mayHaveAbandonedRuns(on: Host.current())
        } catch {
            guard error.code == .olderSchema else { throw error }
            return true
        }
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
