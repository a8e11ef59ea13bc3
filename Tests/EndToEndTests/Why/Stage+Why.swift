import Foundation
import Testing

extension Stage {
    /// What `varve why` says of `run` as data.
    func why(
        _ run: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Answer {
        let end = try await varve(
            "why", run, "--format", "json", sourceLocation: sourceLocation)
        try #require(end.code == 0, "\(end.errors)", sourceLocation: sourceLocation)
        let list = try JSON(end.output)["why"].list
        try #require(list.count == 1, sourceLocation: sourceLocation)
        return Answer(json: list[0])
    }

    /// Runs a command of `script` under `varve run` to its end, and asks why it ended.
    func death(
        _ name: String, options: String = "", _ script: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Answer {
        try write("victim.sh", script)
        try await shell(
            "\"$VARVE\" run -q --name \(name) --interval 100ms --row-interval 1s "
                + "\(options) -- /bin/sh victim.sh", sourceLocation: sourceLocation)
        return try await why(name, sourceLocation: sourceLocation)
    }

    /// What `varve why` answered.
    struct Answer {
        let json: JSON

        var cause: String? { json["verdict"]["cause"].string }
        var certainty: String? { json["verdict"]["certainty"].string }
        var sentence: String { json["verdict"]["sentence"].string ?? "" }
        var kinds: Set<String> { Set(json["findings"].list.compactMap { $0["kind"].string }) }

        func finding(_ kind: String) -> JSON {
            json["findings"].list.first { $0["kind"].string == kind } ?? .null
        }
    }

    /// A group of the kernel's controller, with what a victim joins it by; `nil` where none can be made.
    static func cgroup(_ controller: String, settings: [String: String]) -> ControlGroup? {
        ControlGroup(controller, settings: settings)
    }
}

/// A cgroup that a test has for itself; it goes with it.
final class ControlGroup: Sendable {
    let path: String

    /// - Returns: `nil` where this process may make none: no root, or no such controller.
    fileprivate init?(_ controller: String, settings: [String: String]) {
        let files = FileManager.default
        let name = "varve-e2e-\(UUID().uuidString.prefix(13).lowercased())"
        let roots = ["/sys/fs/cgroup/\(controller)", "/sys/fs/cgroup"]
        let root = roots.first { root in
            guard files.fileExists(atPath: root + "/cgroup.procs") else { return false }
            let controllers = try? String(
                contentsOfFile: root + "/cgroup.controllers", encoding: .utf8)
            return controllers?.split(whereSeparator: \.isWhitespace).contains(
                Substring(controller)) ?? true
        }
        guard let root else { return nil }
        path = root + "/" + name
        // mkdir itself: a cgroup takes no other attributes than its parent gives.
        // The path ends with a zero for the length of the call, as all below.
        guard unsafe mkdir(path, 0o755) == 0 else { return nil }
        for (file, value) in settings
        where !Self.write(value, to: path + "/" + file) {
            _ = unsafe rmdir(path)
            return nil
        }
    }

    deinit {
        // It is empty once its last process is reaped, which may take the kernel a moment.
        for _ in 0..<200 where unsafe rmdir(path) != 0 && errno == EBUSY { usleep(10_000) }
    }

    /// What a shell does to be in it, and its children with it.
    var joining: String { "echo $$ > \(path)/cgroup.procs || exit 99" }

    private static func write(_ text: String, to path: String) -> Bool {
        // The path ends with a zero for the length of the call.
        let file = unsafe open(path, O_WRONLY)
        guard file >= 0 else { return false }
        defer { close(file) }
        var bytes = Array(text.utf8)
        // The buffer is valid for the length of the call.
        return unsafe bytes.withUnsafeMutableBytes { buffer in
            unsafe Foundation.write(file, buffer.baseAddress, buffer.count) == buffer.count
        }
    }

    /// Whether one of `controller` can be made here.
    static func isPossible(_ controller: String) -> Bool {
        ControlGroup(controller, settings: [:]) != nil
    }
}
