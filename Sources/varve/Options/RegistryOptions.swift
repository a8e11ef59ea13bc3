internal import ArgumentParser
internal import HistoryModel
internal import HistoryStore
internal import SlotRegistry

/// Which registry is meant.
struct RegistryOptions: ParsableArguments {
    @Option(
        name: .customLong("registry"),
        help: ArgumentHelp(
            "The shared-memory registry. Default: $VARVE_REGISTRY, else varve's own of this user.",
            valueName: "name"))
    var name: String?

    /// The registry that is meant, as a source.
    func resolved() throws -> (name: RegistryName, source: Source, isOwn: Bool) {
        let environment = Environment.current
        let host = Host.current()
        if let name = name ?? environment["VARVE_REGISTRY"].flatMap({ $0.isEmpty ? nil : $0 }) {
            let registry = try RegistryName(name.hasPrefix("/") ? name : "/" + name)
            let isMicrosandbox = registry.value.hasPrefix("/msb-met-")
            let source = Source(
                kind: isMicrosandbox ? .microsandbox : .varve, name: registry.value, home: nil,
                host: host)
            return (registry, source, false)
        }
        guard let home = CatalogLocation.standardDirectory(environment: environment) else {
            throw ValidationError(
                "no home directory is known (HOME is not set): name the registry with --registry")
        }
        let registry = RegistryName.varve(home: home)
        return (
            registry, Source(kind: .varve, name: registry.value, home: home, host: host), true
        )
    }
}
