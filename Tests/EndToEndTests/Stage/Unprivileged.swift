import Foundation

/// Programs that may do what their user's files allow and no more, also where the tests run as root.
enum Unprivileged {
    /// What a command begins with.
    static let entrance: [String] =
        geteuid() == 0
        ? [
            "setpriv", "--bounding-set=-dac_override,-dac_read_search,-sys_ptrace",
            "--inh-caps=-all", "--",
        ] : []

    /// Whether there can be such programs; elsewhere their tests are skipped, by name.
    static let isPossible = succeeds(entrance + ["true"])
}

extension Stage {
    /// Starts varve without the rights of root.
    func startUnprivileged(_ arguments: String...) throws -> Program {
        let words = Unprivileged.entrance + [Built.varve] + arguments
        return try start(words[0], Array(words.dropFirst()))
    }
}
