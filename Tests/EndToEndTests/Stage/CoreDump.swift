import Foundation

/// Whether this machine writes core dumps, which is for its kernel's settings to say.
enum CoreDump {
    /// Enough for a small program.
    static let limit = 64 << 20

    /// Whether dumps go to a program instead of a file, whatever the limit.
    static let isPiped =
        (try? String(contentsOfFile: "/proc/sys/kernel/core_pattern", encoding: .utf8))?
        .hasPrefix("|") ?? false

    /// Whether a fault leaves one: a victim's own parent looks at the bit of its wait status.
    static let isPossible: Bool = {
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("varve-e2e-\(UUID().uuidString)").path
        guard
            (try? FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true)) != nil
        else { return false }
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let words = [Built.victim, "segv", "\(limit)", directory]
        let arguments: [UnsafeMutablePointer<CChar>?] =
            unsafe words.map { unsafe strdup($0) } + [nil]
        defer { unsafe arguments.forEach { unsafe free($0) } }
        var child: pid_t = 0
        // The path and the argument strings outlive the call; it gets no environment.
        guard unsafe posix_spawn(&child, Built.victim, nil, nil, arguments, [nil]) == 0 else {
            return false
        }
        var status: Int32 = 0
        while unsafe waitpid(child, &status, 0) < 0 {
            guard errno == EINTR else { return false }
        }
        return status & 0x7f == SIGSEGV && status & 0x80 != 0
    }()
}
