internal import HistoryModel
internal import HistoryStore

extension TrackedRun {
    /// Adds what the catalog lacks to `batch`.
    ///
    /// - Parameter isClosing: Whether no more samples come.
    func fill(_ batch: inout FlushBatch, isClosing: Bool) {
        // A run that an earlier recorder has closed is complete, whatever its slot still shows.
        guard let adopted, !adopted.isClosed else { return }
        batch.rows += unwrittenRows(of: adopted.id)
        batch.events += events.map { (adopted.id, $0) }
        guard isClosing else { return }
        if !adopted.isSupervised, !adopted.isTerminated { end(adopted, in: &batch) }
        batch.closed.append(adopted.id)
    }

    /// Says how a run ended that nobody supervises, as far as its slot tells.
    private func end(_ adopted: AdoptedRun, in batch: inout FlushBatch) {
        let (at, kind, detail): (Timestamp, LifecycleEvent.Kind, String) =
            switch ending {
            case .processGone(let at)?:
                (at, .gone, "the process was gone; how it ended was not seen")
            case .released(let at)?:
                (at, .gone, "the slot was released; how the run ended was not seen")
            case .reclaimed(let at)?:
                (at, .slotReclaimed, "the slot was taken back; how the run ended was not seen")
            case nil:
                (observed.seenAt, .gone, "how the run ended was not seen")
            }
        // An earlier recorder may have seen some.
        let isWithoutSamples = newestSampleAt == nil && adopted.lastSampleAt == nil
        var end = RunEnding(adopted.id, at: at, knownBy: .unknown)
        end.detail = isWithoutSamples ? detail + "; it was never sampled" : detail
        batch.endings.append(end)
        batch.events.append(
            (adopted.id, LifecycleEvent(kind, at: at, detail: detail, seenBy: .recorder)))
    }
}
