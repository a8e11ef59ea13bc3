public import HistoryModel
internal import SQLite

/// A sandbox as a report tells it from every other: one of the same name on another machine, or in another
/// registry, is another one. One that was removed and made anew is the same.
public struct SandboxIdentity: Hashable, Sendable {
    /// Its name, as it came: not safe to print as it is.
    public var name: String
    /// What kind of runtime it belongs to.
    public var kind: Source.Kind
    /// The directory of its runtime, whose registries come and go with its releases; without one the
    /// registry's name.
    public var registry: String
    /// Its machine.
    public var host: String

    /// The sandbox `name` of `registry` on `host`.
    public init(_ name: String, kind: Source.Kind, registry: String, host: String) {
        self.name = name
        self.kind = kind
        self.registry = registry
        self.host = host
    }

    /// Hashes the name: few share one.
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

extension SandboxIdentity: Comparable {
    /// By name, then by machine and registry.
    public static func < (self: Self, other: Self) -> Bool {
        (self.name, self.host, self.registry, self.kind.rawValue)
            < (other.name, other.host, other.registry, other.kind.rawValue)
    }
}

extension Connection {
    /// The sandbox with the catalog's `id`.
    func sandboxIdentity(of id: Int64) throws -> SandboxIdentity {
        try withStatement(
            """
            SELECT s.name, c.kind, iif(c.kind = 'microsandbox', coalesce(c.home, c.name), c.name), c.host
            FROM sandbox AS s JOIN source AS c ON c.id = s.source_id WHERE s.id = ?1
            """
        ) { statement in
            try statement.bind(id, at: 1)
            guard try statement.step() else {
                return SandboxIdentity("", kind: .varve, registry: "", host: "")
            }
            return SandboxIdentity(
                statement.text(at: 0) ?? "",
                kind: statement.text(at: 1).flatMap(Source.Kind.init(rawValue:)) ?? .varve,
                registry: statement.text(at: 2) ?? "", host: statement.text(at: 3) ?? "")
        }
    }
}
