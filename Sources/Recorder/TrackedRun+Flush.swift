internal import HistoryModel
internal import HistoryStore
internal import ProcessWatch

extension TrackedRun {
    /// Adds what the catalog lacks to `batch`.
    ///
    /// - Parameter isClosing: Whether no more samples come.
    func fill(
        _ batch: inout FlushBatch, isClosing: Bool, in catalog: borrowing Catalog,
        now: ClockReading
    ) {
        // A run that an earlier recorder has closed is complete, whatever its slot still shows.
        guard let adopted, !adopted.isClosed else { return }
        batch.rows += unwrittenRows(of: adopted.id)
        batch.events += ownEvents(adopted, catalog).map { (adopted.id, $0) }
        batch.gaps += gaps.map { (adopted.id, $0) }
        if !isClosing, let gap = silence.gap(until: now.wall) {
            batch.gaps.append((adopted.id, gap))
        }
        let isClosed = isClosing || batch.closed.contains(adopted.id)
        if isClosed, ring.count > 0 { batch.finalMoments.append((adopted.id, ring.samples)) }
        guard isClosing else { return }
        // A supervisor that lives writes all of this itself, also one that came to write its run later.
        if !adopted.isTerminated, !catalog.hasSupervisor(of: adopted.id) {
            batch.endings.append(end(adopted, now: now))
            let kills = [oomKills.rest, fate.lastOOMKill].compactMap(\.self)
            batch.events += kills.map { (adopted.id, $0) }
        }
        if !batch.closed.contains(adopted.id) { batch.closed.append(adopted.id) }
    }

    /// Without what a supervisor that lives writes itself.
    private func ownEvents(
        _ adopted: AdoptedRun, _ catalog: borrowing Catalog
    ) -> [LifecycleEvent] {
        guard adopted.isSupervised, events.contains(where: { $0.kind == .oomKill }),
            catalog.hasSupervisor(of: adopted.id)
        else { return events }
        return events.filter { $0.kind != .oomKill }
    }

    /// Says how a run ended that nobody supervises, as far as its process and its slot tell.
    private func end(_ adopted: AdoptedRun, now: ClockReading) -> RunEnding {
        let at = endedAt ?? now.wall
        guard let exit = fate.end?.exit else { return unseenEnd(adopted, at: at) }
        var end = RunEnding(adopted.id, at: at, knownBy: .pidfd)
        end.exitCode = exit.code
        end.exitSignal = exit.signal
        end.coreDumped = exit.coreDumped
        end.reason = exit.code == 0 ? .completed : .failed
        var details: [String] = []
        if adopted.isSupervised { details.append("varve run had ended before it") }
        if let sentence = fate.oomSentence(at: at) { details.append(sentence) }
        if isWithoutSamples(adopted) { details.append("it was never sampled") }
        end.detail = details.isEmpty ? nil : details.joined(separator: "; ")
        if let signal = exit.signal {
            let dump = exit.coreDumped == true ? ", core dumped" : ""
            end.event = LifecycleEvent(
                .killed, at: at, detail: SignalName.name(of: signal) + dump, seenBy: .recorder)
        } else {
            end.event = LifecycleEvent(
                .exited, at: at, detail: exit.code.map { "code \($0)" }, seenBy: .recorder)
        }
        return end
    }

    private func unseenEnd(_ adopted: AdoptedRun, at: Timestamp) -> RunEnding {
        let detail =
            switch ending {
            case _ where fate.diedAt != nil:
                "the process ended at this time; how it ended was not told"
            case .processGone?: "the process was gone; how it ended was not seen"
            case .released?: "the slot was released; how the run ended was not seen"
            case .reclaimed?: "the slot was taken back; how the run ended was not seen"
            case nil: "how the run ended was not seen"
            }
        var kind = LifecycleEvent.Kind.gone
        if case .reclaimed? = ending { kind = .slotReclaimed }
        var end = RunEnding(adopted.id, at: at, knownBy: .unknown)
        end.detail = isWithoutSamples(adopted) ? detail + "; it was never sampled" : detail
        end.event = LifecycleEvent(kind, at: at, detail: detail, seenBy: .recorder)
        return end
    }

    /// An earlier recorder may have seen some.
    private func isWithoutSamples(_ adopted: AdoptedRun) -> Bool {
        newestSampleAt == nil && adopted.lastSampleAt == nil
    }
}
