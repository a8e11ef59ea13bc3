internal import HistoryModel

/// What the threads that record one home of microsandbox tell each other.
final class HomeState: Sendable {
    private struct State {
        /// Runs that are closed by who reads microsandbox's catalog.
        var claimedRuns: Set<RunID> = []
        /// For each registry whether it is there; those that were not looked for yet are missing.
        var registries: [String: Bool] = [:]
    }

    private let state = Locked(State())

    /// Runs that no slot holds and that the reader of microsandbox's catalog closes.
    var claimedRuns: Set<RunID> {
        get { state.withLock { $0.claimedRuns } }
        set { state.withLock { $0.claimedRuns = newValue } }
    }

    /// Notes whether the registry `name` is there.
    func note(_ name: String, isThere: Bool) {
        state.withLock { $0.registries[name] = isThere }
    }

    /// Whether any registry is there; `nil` until all `count` were looked for.
    func hasRegistry(of count: Int) -> Bool? {
        state.withLock { state in
            if state.registries.values.contains(true) { return true }
            return state.registries.count == count ? false : nil
        }
    }
}
