/// A directory in which microsandbox keeps what it has.
///
/// ```swift
/// MicrosandboxHome(named: nil, environment: ["HOME": "/home/alice"])?.path  // "/home/alice/.microsandbox"
/// ```
public struct MicrosandboxHome: Hashable, Sendable {
    /// Its path, byte for byte as microsandbox resolves it: the names of its registries hang on it.
    public let path: String

    /// The home at `path`.
    public init(path: String) {
        self.path = path
    }

    /// The home that is meant: `name`, else `$MSB_HOME` as it stands, else `~/.microsandbox`.
    ///
    /// - Returns: `nil` if nothing names one.
    public init?(named name: String?, environment: [String: String]) {
        if let name, !name.isEmpty {
            path = name
        } else if let home = environment["MSB_HOME"], !home.isEmpty {
            path = home
        } else if let user = environment["HOME"], !user.isEmpty {
            path = user + "/.microsandbox"
        } else {
            return nil
        }
    }

    /// Its database of sandboxes and runs.
    public var catalogPath: String { path + "/db/msb.db" }

    /// Where the logs of the sandbox `name` lie; `nil` for a name that is no name of a directory.
    public func logDirectory(ofSandbox name: String) -> String? {
        guard !name.isEmpty, name != ".", name != "..",
            !name.utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 == 0 })
        else { return nil }
        return path + "/sandboxes/" + name + "/logs"
    }

    /// The logs that microsandbox leaves in ``logDirectory(ofSandbox:)``.
    public static let logNames = ["runtime.log", "kernel.log", "exec.log", "boot-error.json"]
}
