internal import Microsandbox
internal import SlotRegistry

/// What is shown live.
enum LiveSubject {
    /// One registry.
    case registry(RegistryName)
    /// All registries that microsandbox of any release makes for some homes.
    case microsandbox([MicrosandboxHome])

    /// What names it, not escaped.
    var title: String {
        switch self {
        case .registry(let name): name.value
        case .microsandbox(let homes): homes.map(\.path).joined(separator: ", ")
        }
    }

    /// Whether the same names and ids may come again in it.
    var isOfSeveralHomes: Bool {
        if case .microsandbox(let homes) = self { homes.count > 1 } else { false }
    }

    /// The columns of its table on a terminal.
    var columns: TopColumns {
        switch self {
        case .registry: .ofRegistry
        case .microsandbox: isOfSeveralHomes ? .ofSeveralHomes : .ofMicrosandbox
        }
    }
}
