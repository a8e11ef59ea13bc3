import Foundation
import HistoryModel
import SlotRegistry
import Testing

/// A directory, a catalog and a registry that one test has for itself; all go with it.
final class Stage: Sendable {
    let directory: String
    let registry: String
    /// The catalog's path; nothing is there at first.
    var catalog: String { path(catalogName) }
    private let catalogName: String
    /// What holds the file systems that only programs of this stage see.
    let mounts: OwnMounts?
    private let crashes = Crashes()
    /// How many of its programs have crashed so far.
    var crashCount: Int { crashes.count }

    convenience init(catalog: String = "history.db") throws {
        try self.init(catalog: catalog, mounts: nil)
    }

    private init(catalog: String, mounts: OwnMounts?, names: (String, String)? = nil) throws {
        let (directory, registry) = names ?? Self.uniqueNames
        self.directory = directory
        self.registry = registry
        self.mounts = mounts
        catalogName = catalog
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
    }

    /// A stage whose programs see file systems of their own, which the shell's `script` mounts in the
    /// stage's directory.
    convenience init(catalog: String, mounting script: String) async throws {
        let names = Self.uniqueNames
        try FileManager.default.createDirectory(
            atPath: names.directory, withIntermediateDirectories: true)
        let mounts = try await OwnMounts(in: names.directory, script)
        try self.init(catalog: catalog, mounts: mounts, names: names)
    }

    private static var uniqueNames: (directory: String, registry: String) {
        let name = String(UUID().uuidString.prefix(13)).lowercased()
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("varve-e2e-" + name).resolvingSymlinksInPath().path
        return (directory, "/varve-e2e-" + name)
    }

    deinit {
        if let name = try? RegistryName(registry) { try? Registry.unlink(name) }
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// What programs of this stage are started with.
    var environment: [String: String] {
        var environment = ProcessInfo.processInfo.environment.filter {
            ["PATH", "ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "LD_LIBRARY_PATH"].contains(
                $0.key)
        }
        environment["HOME"] = directory
        environment["TZ"] = "UTC"
        environment["VARVE_DB"] = catalog
        environment["VARVE_REGISTRY"] = registry
        return environment
    }

    func path(_ name: String) -> String { directory + "/" + name }

    func contents(_ name: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path(name)) ?? Data(), as: UTF8.self)
    }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

    /// Makes a file that may be executed.
    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path(name)))
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o700], ofItemAtPath: path(name))
    }

    /// What lies in the directory, without the files that catch output.
    var files: Set<String> {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return Set(names.filter { !$0.hasPrefix(".out-") && !$0.hasPrefix(".err-") })
    }

    // MARK: Programs

    func start(
        _ path: String, _ arguments: [String], hasInput: Bool = false,
        environment changes: [String: String?] = [:]
    ) throws -> Program {
        let words = (mounts?.entrance(to: directory) ?? []) + [path] + arguments
        return try Program(
            words.map { Array($0.utf8) }, in: directory,
            environment: environment(changes), hasInput: hasInput, crashes: crashes)
    }

    func environment(_ changes: [String: String?]) -> [String: String] {
        var environment = environment
        for (key, value) in changes { environment[key] = value }
        return environment
    }

    func startVarve(
        _ arguments: String..., environment: [String: String?] = [:]
    ) throws -> Program {
        try start(Built.varve, arguments, environment: environment)
    }

    @discardableResult
    func varve(
        _ arguments: String..., environment: [String: String?] = [:],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Program.End {
        try await start(Built.varve, arguments, environment: environment)
            .finish(sourceLocation: sourceLocation)
    }

    /// Runs `script` by the shell; `$VARVE` is the command.
    @discardableResult
    func shell(
        _ script: String, environment: [String: String?] = [:],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Program.End {
        try await startShell(script, environment: environment)
            .finish(sourceLocation: sourceLocation)
    }

    func startShell(_ script: String, environment: [String: String?] = [:]) throws -> Program {
        try start(
            "/bin/sh", ["-c", script],
            environment: environment.merging(["VARVE": Built.varve]) { own, _ in own })
    }

    /// Starts `varve record` and waits until it is at work.
    func startRecord(_ arguments: String...) async throws -> Program {
        let record = try start(Built.varve, ["record"] + arguments)
        try await eventually("a recorder is at work; it said: \(record.errors)") {
            record.errors.contains("recording \(registry) into")
        }
        return record
    }

    // MARK: Answers

    /// What `varve query` answers to `arguments`, the list alone.
    func query(
        _ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> [JSON] {
        let end = try await start(Built.varve, ["query"] + arguments + ["--format", "json"])
            .finish(sourceLocation: sourceLocation)
        try #require(end.code == 0, "\(end.errors)", sourceLocation: sourceLocation)
        guard case .object(let members) = try JSON(end.output), let list = members.values.first
        else { return [] }
        return list.list
    }

    /// All runs, the oldest first.
    func runs(sourceLocation: SourceLocation = #_sourceLocation) async throws -> [JSON] {
        try await query("runs", sourceLocation: sourceLocation)
            .sorted { ($0["run_id"].integer ?? 0) < ($1["run_id"].integer ?? 0) }
    }

    /// The one run that there must be.
    func onlyRun(sourceLocation: SourceLocation = #_sourceLocation) async throws -> JSON {
        let runs = try await runs(sourceLocation: sourceLocation)
        try #require(runs.count == 1, sourceLocation: sourceLocation)
        return runs[0]
    }

    /// The kinds of what happened to `run`, in order.
    func events(
        of run: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> [String] {
        try await query("lifecycle", run, sourceLocation: sourceLocation)
            .compactMap { $0["kind"].string }
    }

    /// The kinds of what happened to the latest run of `sandbox`, without what a busy machine does to it.
    func eventsOfItsOwn(of sandbox: String) async throws -> [String] {
        try await events(of: sandbox).filter { !["stalled", "resumed"].contains($0) }
    }
}

/// Whether no process `pid` runs any more; a zombie does not run.
func isDead(_ pid: Int32) -> Bool {
    #if canImport(Darwin)
        return kill(pid, 0) != 0 && errno == ESRCH
    #else
        guard let stat = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else {
            return true
        }
        let text = String(decoding: stat, as: UTF8.self)
        guard let state = text.split(separator: ")").last?.split(separator: " ").first else {
            return true
        }
        return state == "Z" || state == "X"
    #endif
}
