internal import ArgumentParser
internal import HistoryModel
internal import Microsandbox
internal import SlotRegistry

/// Whether microsandbox is meant, and which.
struct MicrosandboxOptions: ParsableArguments {
    @Flag(
        name: .customLong("microsandbox"),
        help: "microsandbox's sandboxes: the registries of all its releases, and msb.db.")
    var isMeant = false

    @Option(
        name: .customLong("msb-home"),
        help: ArgumentHelp(
            "A home of microsandbox; may be given several times. Default: $MSB_HOME, else "
                + "~/.microsandbox.", valueName: "directory"),
        completion: .directory)
    var paths: [String] = []

    mutating func validate() throws {
        if paths.contains("") { throw ValidationError("--msb-home needs a directory") }
    }

    /// The homes that are meant, each once; none if microsandbox is not.
    func homes() throws -> [MicrosandboxHome] {
        guard isMeant || !paths.isEmpty else { return [] }
        guard paths.isEmpty else {
            var seen: Set<String> = []
            return paths.filter { seen.insert($0).inserted }.map(MicrosandboxHome.init(path:))
        }
        guard let home = MicrosandboxHome(named: nil, environment: Environment.current) else {
            throw ValidationError(
                "no home of microsandbox is known (neither MSB_HOME nor HOME is set): name it with "
                    + "--msb-home")
        }
        return [home]
    }
}

extension MicrosandboxHome {
    /// The registries that microsandbox of any release makes for this home, the newest ABI first.
    var registries: [RegistryName] {
        RegistryABI.allCases.reversed().map { .microsandbox(home: path, abi: $0) }
    }

    /// The registry `name` of this home, as a source.
    func source(_ name: RegistryName, on host: Host) -> Source {
        Source(kind: .microsandbox, name: name.value, home: path, host: host)
    }
}
