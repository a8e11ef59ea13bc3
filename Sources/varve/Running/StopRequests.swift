internal import HistoryModel
internal import Supervisor

/// The signals that asked a run to end, within bounds: a command may send them to its supervisor in a loop.
struct StopRequests {
    /// So many are written down when they come.
    static let limit = 1_000

    /// Beyond the limit the last of each kind.
    private var all: [StopRequest] = []
    private var notedCount = 0
    private var lastUnnoted: (request: StopRequest, at: Timestamp)?
    private var unnotedCount = 0

    /// Takes one that came `at` an instant.
    ///
    /// - Returns: What is to be written down of it now, if anything is.
    mutating func take(_ request: StopRequest, at: Timestamp) -> LifecycleEvent? {
        guard notedCount >= Self.limit else {
            notedCount += 1
            all.append(request)
            return LifecycleEvent(
                .signalled, at: at, detail: request.description, seenBy: .supervisor)
        }
        // Whether one of a kind explains an end does not depend on which it is.
        if let index = all.lastIndex(where: { $0.isOfKind(of: request) }) { all.remove(at: index) }
        all.append(request)
        lastUnnoted = (request, at)
        unnotedCount += 1
        return nil
    }

    /// The last that explains `end`; `nil` if none does.
    func last(explaining end: EndedProcess) -> StopRequest? { all.last { $0.explains(end) } }

    /// What is to be written down at the end of those that were too many: the last, and how many there
    /// were before it; `nil` if there were none.
    var rest: LifecycleEvent? {
        guard let (request, at) = lastUnnoted else { return nil }
        let others = unnotedCount - 1
        let rest =
            others > 0 ? "; \(others) signals before it were not written down one by one" : ""
        return LifecycleEvent(
            .signalled, at: at, detail: request.description + rest, seenBy: .supervisor)
    }
}
