internal import HistoryModel
internal import HistoryStore

/// What sandboxes are called on a page: by their names alone where these tell them apart, else with their
/// machine, and with their registry where that is the same, too.
struct SandboxNames {
    /// Those that share their name with another.
    private var places: [SandboxIdentity: String] = [:]

    init(of sandboxes: [SandboxIdentity]) {
        let named = Dictionary(grouping: Set(sandboxes), by: \.name)
        for namesakes in named.values where namesakes.count > 1 {
            let onHost = Dictionary(grouping: namesakes, by: \.host)
            let hasHosts = onHost.count > 1
            for sandbox in namesakes {
                let onSame = onHost[sandbox.host] ?? []
                var words = hasHosts ? [" on \(sandbox.host)"] : []
                if onSame.count > 1 {
                    // A runtime may have the registry's name for its directory.
                    let isTold = onSame.count { $0.registry == sandbox.registry } == 1
                    words.append(
                        isTold
                            ? " in \(sandbox.registry)"
                            : " in \(sandbox.registry) of \(sandbox.kind.rawValue)")
                }
                places[sandbox] = words.joined()
            }
        }
    }

    /// What `sandbox` is called, not escaped yet.
    subscript(sandbox: SandboxIdentity) -> String {
        places[sandbox].map { sandbox.name + $0 } ?? sandbox.name
    }
}
