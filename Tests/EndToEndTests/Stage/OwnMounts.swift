import Foundation
import Testing

/// File systems that only the programs of one stage see, in a mount namespace of their own: a small one
/// that is full, `/dev/shm` without room, no `/proc`. They go with the last program that sees them.
final class OwnMounts: Sendable {
    /// Whether this user may make them, on Linux mostly root. Elsewhere their tests are skipped, by name.
    static let arePermitted: Bool = {
        #if os(Linux)
            succeeds([
                "unshare", "--mount", "--propagation", "private", "mount", "-t", "tmpfs", "tmpfs",
                "/mnt",
            ])
                && succeeds(["sh", "-c", "command -v nsenter"])
        #else
            false
        #endif
    }()

    private let holder: Program

    /// - Parameter script: What the shell mounts, in `directory`.
    init(in directory: String, _ script: String) async throws {
        let whole = "\(script) && echo mounted && exec sleep 3600"
        let words = ["unshare", "--mount", "--propagation", "private", "sh", "-c", whole]
        let holder = try Program(
            words.map { Array($0.utf8) }, in: directory,
            environment: ProcessInfo.processInfo.environment.filter { $0.key == "PATH" })
        try await eventually("the file systems are mounted; it said: \(holder.errors)") {
            holder.output == Array("mounted\n".utf8)
        }
        self.holder = holder
    }

    /// What a command begins with that is to see them, `directory` being where it works.
    func entrance(to directory: String) -> [String] {
        [
            "nsenter", "--mount=/proc/\(holder.pid)/ns/mnt", "sh", "-c",
            "cd \"$0\" && exec \"$@\"", directory,
        ]
    }
}

/// Runs a program to its end, and says whether it ended with 0.
func succeeds(_ words: [String], environment: [String: String] = [:]) -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = words
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
}
