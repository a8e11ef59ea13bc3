internal import HistoryModel

/// Finds the stretches of a run that should hold data and do not, and says why.
struct SeriesGaps {
    /// The life of a recorder.
    struct Session {
        var start: Timestamp
        var end: Timestamp
        var pollMilliseconds: Int64
    }

    /// Rows in order of time; the first may lie before the range.
    var rows: [SampleRow]
    var range: TimeRange
    var startedAt: Timestamp
    var endedAt: Timestamp
    var stepMilliseconds: Int64
    /// In order of their start.
    var sessions: [Session]
    /// What a recorder saw and wrote down, in order of time.
    var recorded: [Series.Gap] = []

    /// How long two samples may lie apart before what is between them is a gap: a sample may come
    /// late, and a sampler may be slower than the recorder's interval.
    static func tolerance(_ stepMilliseconds: Int64) -> Int64 {
        stepMilliseconds.clampingAdd(max(stepMilliseconds, 2_000))
    }

    var gaps: [Series.Gap] {
        let silent = silentStretches
        var gaps = silent.flatMap(explained)
        // What a recorder saw between the samples of a row is no silence of rows.
        for gap in recorded {
            guard range.overlaps(gap.from, gap.to.advanced(byMilliseconds: -1)),
                !silent.contains(where: { $0.from < gap.to && gap.from < $0.to })
            else { continue }
            let from = max(gap.from, range.start ?? gap.from)
            let to = min(gap.to, range.end ?? gap.to)
            if from < to { gaps.append(Series.Gap(from: from, to: to, reason: gap.reason)) }
        }
        return gaps.sorted { ($0.from, $0.to) < ($1.from, $1.to) }
    }

    /// A stretch between two samples, or between one and an end of the run or of the window.
    private struct Stretch {
        var from: Timestamp
        var to: Timestamp

        var length: Int64 { to.milliseconds(since: from) }
    }

    /// The stretches without rows that are too long to be nothing.
    private var silentStretches: [Stretch] {
        let from = max(startedAt, range.start ?? startedAt)
        let to = min(endedAt, range.end ?? endedAt)
        guard from < to else { return [] }
        let downtimes = downtimes
        var stretches: [Stretch] = []
        var covered = from
        var cadence = firstCadence(downtimes)
        func add(_ stretch: Stretch) {
            guard stretch.length > 0 else { return }
            let isLong = stretch.length > Self.tolerance(stepMilliseconds)
            if isLong || lostSomething(stretch, cadence, downtimes) { stretches.append(stretch) }
        }
        for row in rows {
            let stretch = Stretch(from: covered, to: min(row.firstAt, to))
            let isBeginning = stretch.from == startedAt && row == rows.first
            if isBeginning, stretch.length <= Self.tolerance(stepMilliseconds) {
                if lostBeginning(stretch, cadence, downtimes) { stretches.append(stretch) }
            } else {
                add(stretch)
            }
            covered = max(covered, row.lastAt)
            cadence = row.cadence ?? cadence
        }
        add(Stretch(from: covered, to: to))
        return stretches
    }

    /// How far samples lie apart at first: within a row, or where no row has two, between rows of one
    /// recorder; 0 if that cannot be told.
    private func firstCadence(_ downtimes: [Stretch]) -> Int64 {
        if let cadence = rows.lazy.compactMap(\.cadence).first { return cadence }
        return zip(rows, rows.dropFirst()).compactMap { row, next in
            let isWhole = !downtimes.contains { $0.from < next.firstAt && row.lastAt < $0.to }
            return isWhole ? next.firstAt.milliseconds(since: row.lastAt) : nil
        }.min() ?? 0
    }

    /// Whether a recorder died in a stretch that is short, but in which there must have been samples.
    private func lostSomething(
        _ stretch: Stretch, _ cadence: Int64, _ downtimes: [Stretch]
    ) -> Bool {
        let poll = sessions.map(\.pollMilliseconds).max() ?? 0
        let usual = max(poll, cadence)
        guard stretch.length > usual.clampingAdd(usual / 2) else { return false }
        // Between two recorders: before the first and after the last nothing can be told so finely.
        return downtimes.dropFirst().dropLast().contains {
            $0.from < stretch.to && stretch.from < $0.to
        }
    }

    /// Whether no recorder lived for so long after the start of the run that there must have been
    /// samples. That the first one came late shows nothing by itself.
    private func lostBeginning(
        _ stretch: Stretch, _ cadence: Int64, _ downtimes: [Stretch]
    ) -> Bool {
        let poll = sessions.map(\.pollMilliseconds).max() ?? 0
        let usual = max(poll, cadence)
        return downtimes.dropFirst().dropLast().contains {
            let down = Stretch(from: max($0.from, stretch.from), to: min($0.to, stretch.to))
            return down.length > usual.clampingAdd(usual / 2)
        }
    }

    /// The times at which no recorder lived.
    private var downtimes: [Stretch] {
        var downtimes: [Stretch] = []
        var reached = Timestamp(unixMilliseconds: .min)
        for session in sessions {
            // The first one counts even if it is empty, so that it is always that before all.
            if reached < session.start || downtimes.isEmpty {
                downtimes.append(Stretch(from: reached, to: session.start))
            }
            reached = max(reached, session.end)
        }
        downtimes.append(Stretch(from: reached, to: Timestamp(unixMilliseconds: .max)))
        return downtimes
    }

    /// The reasons for one stretch, each with its part of it.
    private func explained(_ stretch: Stretch) -> [Series.Gap] {
        let downtimes = downtimes
        let isShort = stretch.length <= Self.tolerance(stepMilliseconds)
        var bounds: Set<Timestamp> = [stretch.from, stretch.to]
        for gap in recorded { bounds.formUnion([gap.from, gap.to]) }
        for downtime in downtimes { bounds.formUnion([downtime.from, downtime.to]) }
        let inside = bounds.filter { $0 >= stretch.from && $0 <= stretch.to }.sorted()
        var pieces: [Piece] = []
        for (from, to) in zip(inside, inside.dropFirst()) {
            let seen = recorded.last { $0.from <= from && to <= $0.to }
            let isDown = isShort || downtimes.contains { $0.from <= from && to <= $0.to }
            let reason = seen?.reason ?? (isDown ? .recorderDown : .notSampled)
            let piece = Piece(
                gap: Series.Gap(from: from, to: to, reason: reason), isSeen: seen != nil)
            if let last = pieces.last, last.gap.reason == reason {
                pieces[pieces.count - 1].gap.to = to
                pieces[pieces.count - 1].isSeen = last.isSeen || piece.isSeen
            } else {
                pieces.append(piece)
            }
        }
        return smoothed(pieces).map(\.gap)
    }

    /// A part of a stretch and whether a recorder wrote its reason down.
    private struct Piece {
        var gap: Series.Gap
        var isSeen: Bool
    }

    /// Gives to their neighbours pieces that are too short to be anything but the distance between a
    /// sample, a poll, a row and a heartbeat.
    private func smoothed(_ pieces: [Piece]) -> [Piece] {
        func isSlight(_ piece: Piece) -> Bool {
            !piece.isSeen
                && piece.gap.to.milliseconds(since: piece.gap.from)
                    <= Self.tolerance(stepMilliseconds)
        }
        var result: [Piece] = []
        var start: Timestamp?
        for piece in pieces {
            var piece = piece
            if let begun = start { piece.gap.from = begun }
            start = nil
            if let last = result.last, isSlight(piece) || last.gap.reason == piece.gap.reason {
                result[result.count - 1].gap.to = piece.gap.to
            } else if isSlight(piece), pieces.count > 1, result.isEmpty {
                start = piece.gap.from
            } else {
                result.append(piece)
            }
        }
        // All of them were slight.
        if let start, let last = pieces.last {
            result = [
                Piece(
                    gap: Series.Gap(from: start, to: last.gap.to, reason: last.gap.reason),
                    isSeen: last.isSeen)
            ]
        }
        return result
    }
}

extension SampleRow {
    /// How far its samples lie apart; `nil` where there is but one.
    fileprivate var cadence: Int64? {
        sampleCount > 1 ? lastAt.milliseconds(since: firstAt) / (sampleCount - 1) : nil
    }
}
