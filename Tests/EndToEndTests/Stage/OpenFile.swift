import Foundation

/// A file that a process has open, as Linux tells.
struct OpenFile: Hashable {
    var path: String
    var isWritable: Bool

    /// Those of `pid` that have a name; each is one that was open at some instant of the call.
    static func all(of pid: Int32) -> [OpenFile] {
        let folder = "/proc/\(pid)/fd"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.compactMap { name in
            guard
                let path = try? FileManager.default.destinationOfSymbolicLink(
                    atPath: folder + "/" + name),
                let text = try? String(
                    contentsOfFile: "/proc/\(pid)/fdinfo/\(name)", encoding: .utf8),
                let line = text.split(separator: "\n").first(where: { $0.hasPrefix("flags:") }),
                let flags = Int32(line.dropFirst(6).drop { !$0.isNumber }, radix: 8)
            else { return nil }
            return OpenFile(path: path, isWritable: flags & O_ACCMODE != O_RDONLY)
        }
    }
}
