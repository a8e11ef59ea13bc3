/// A registry whose runs are recorded.
public struct Source: Hashable, Sendable {
    /// Who writes the registry.
    public enum Kind: String, Hashable, Sendable {
        /// `varve run`, or a runtime that embeds varve's writer.
        case varve
        /// microsandbox.
        case microsandbox
    }

    /// Who writes the registry.
    public var kind: Kind
    /// The shared-memory object's name, as `/msb-met-36811d6a2cbe4840-v3`.
    public var name: String
    /// The directory that the name was derived from; `nil` if only the name is known.
    public var home: String?
    /// The machine, and its boot.
    public var host: Host

    /// The registry `name` of `kind` on `host`.
    public init(kind: Kind, name: String, home: String?, host: Host) {
        self.kind = kind
        self.name = name
        self.home = home
        self.host = host
    }
}
