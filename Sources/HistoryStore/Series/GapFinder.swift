internal import HistoryModel

/// Finds the stretches of a run that should hold data and do not, and says why, while its rows pass by.
///
/// It holds the lives of recorders and what they wrote down, and no rows.
struct GapFinder {
    /// The life of a recorder.
    struct Session {
        var start: Timestamp
        var end: Timestamp
        var pollMilliseconds: Int64
    }

    /// A stretch between two samples, or between one and an end of the run or of the window.
    private struct Stretch {
        var from: Timestamp
        var to: Timestamp

        var length: Int64 { to.milliseconds(since: from) }

        func overlaps(_ from: Timestamp, _ to: Timestamp) -> Bool {
            self.from < to && from < self.to
        }
    }

    /// What of the run lies in the window.
    private let bounds: Stretch
    private let startedAt: Timestamp
    /// The times at which no recorder lived, in order, the first from the beginning of time and the
    /// last up to its end.
    private let downtimes: [Stretch]
    /// The longest distance of polls of any recorder.
    private let poll: Int64
    /// What recorders wrote down, in order of time, and whether a silence was explained by it.
    private var recorded: [(gap: Series.Gap, isUsed: Bool)]

    // What of it is over, for what comes is later.
    private var nextDowntime = 0
    private var nextRecorded = 0

    private var covered: Timestamp
    private var isBeginning = true
    /// How far samples lie apart.
    private var cadence: Int64 = 0
    /// The interval of the rows.
    private var interval: Int64 = 10_000
    private var found: [Series.Gap] = []

    /// - Parameters:
    ///   - sessions: The lives of the recorders that could have recorded the run, in order of their
    ///     start.
    ///   - recorded: What recorders wrote down, in order of time.
    init(
        in range: TimeRange, startedAt: Timestamp, endedAt: Timestamp, sessions: [Session],
        recorded: [Series.Gap]
    ) {
        bounds = Stretch(
            from: max(startedAt, range.start ?? startedAt), to: min(endedAt, range.end ?? endedAt))
        self.startedAt = startedAt
        downtimes = Self.downtimes(between: sessions)
        poll = sessions.map(\.pollMilliseconds).max() ?? 0
        self.recorded = recorded.map { ($0, false) }
        covered = bounds.from
    }

    /// How long two samples may lie apart before what is between them is a gap: a sample may come
    /// late, and a sampler may be slower than the recorder's interval.
    static func tolerance(_ intervalMilliseconds: Int64) -> Int64 {
        intervalMilliseconds.clampingAdd(max(intervalMilliseconds, 2_000))
    }

    private static func downtimes(between sessions: [Session]) -> [Stretch] {
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
}

// MARK: - Rows that pass by

extension GapFinder {
    /// Learns from the first rows how far samples lie apart: within a row, or where no row has two,
    /// between rows of one recorder.
    mutating func learnCadence(from rows: RowColumns) {
        for row in 0..<rows.count where rows.sampleCounts[row] > 1 {
            cadence = rows.cadence(of: row)
            return
        }
        var least: Int64?
        for row in 0..<rows.count where row > 0 {
            let from = Timestamp(unixMilliseconds: rows.lastAt[row - 1])
            let to = Timestamp(unixMilliseconds: rows.firstAt[row])
            // A recorder that died in between could have lost some.
            guard !downtimes.contains(where: { $0.from < to && from < $0.to }) else { continue }
            least = min(least ?? .max, to.milliseconds(since: from))
        }
        cadence = least ?? 0
    }

    /// Takes rows that follow those before in order of time.
    mutating func add(_ rows: RowColumns) {
        // A recorder's death may have lost even what lies between two rows.
        let wantsEach = downtimes.count > 2
        if !wantsEach, !isBeginning, let reached = reachedWithoutSilence(by: rows) {
            covered = Timestamp(unixMilliseconds: reached)
            if let last = rows.intervals.last { interval = last }
        } else {
            takeEach(of: rows, wantsEach: wantsEach)
        }
        takeRecorded(before: covered)
    }

    /// Up to when there are samples once `rows` have passed; `nil` if before any of them there is more
    /// than an interval without, which may be a gap, or if they overlap. Nearly never it is so.
    private func reachedWithoutSilence(by rows: RowColumns) -> Int64? {
        guard !rows.isSummary.contains(true) else { return nil }
        let (firstAt, lastAt) = (rows.firstAt.span, rows.lastAt.span)
        let intervals = rows.intervals.span
        var reached = covered.unixMilliseconds
        for row in 0..<min(firstAt.count, lastAt.count, intervals.count) {
            let (silence, overflow) = firstAt[row].subtractingReportingOverflow(reached)
            if overflow || silence > intervals[row] || lastAt[row] < reached { return nil }
            reached = lastAt[row]
        }
        return reached
    }

    private mutating func takeEach(of rows: RowColumns, wantsEach: Bool) {
        for row in 0..<rows.count {
            let firstAt = Timestamp(unixMilliseconds: rows.firstAt[row])
            let silence = firstAt.milliseconds(since: covered)
            if isBeginning || silence > 0 {
                take(
                    silenceUpTo: firstAt,
                    interval: rows.isSummary[row] ? interval : rows.intervals[row])
            }
            covered = max(covered, Timestamp(unixMilliseconds: rows.lastAt[row]))
            if !rows.isSummary[row] { interval = rows.intervals[row] }
            // Only a recorder's death makes use of it, and a division costs.
            if wantsEach, rows.sampleCounts[row] > 1 { cadence = rows.cadence(of: row) }
        }
    }

    /// The run, or the window, is over.
    mutating func finish() {
        isBeginning = false
        take(silenceUpTo: bounds.to, interval: interval)
        takeRecorded(before: Timestamp(unixMilliseconds: .max))
    }

    /// Gives up what was found so far that begins before `instant`, in order of time.
    mutating func gaps(before instant: Timestamp? = nil) -> [Series.Gap] {
        guard !found.isEmpty else { return [] }
        found.sort { ($0.from, $0.to) < ($1.from, $1.to) }
        var count = found.count
        if let instant { count = found.firstIndex { $0.from >= instant } ?? count }
        defer { found.removeFirst(count) }
        return Array(found.prefix(count))
    }

    private mutating func take(silenceUpTo end: Timestamp, interval: Int64) {
        let silence = Stretch(from: covered, to: min(end, bounds.to))
        let isFirst = isBeginning && silence.from == startedAt
        isBeginning = false
        guard silence.length > 0 else { return }
        if silence.length > Self.tolerance(interval) {
            explain(silence, interval)
        } else if downtimes.count > 2, isFirst ? lostBeginning(silence) : lostSomething(silence) {
            explain(silence, interval)
        }
    }

    /// Where a recorder died and another began: before the first and after the last nothing can be
    /// told so finely.
    private mutating func deaths(in stretch: Stretch) -> ArraySlice<Stretch> {
        while nextDowntime < downtimes.count, downtimes[nextDowntime].to <= stretch.from {
            nextDowntime += 1
        }
        let inner = downtimes.dropFirst().dropLast()
        return inner[max(inner.startIndex, min(nextDowntime, inner.endIndex))...]
            .prefix { $0.from < stretch.to }
    }

    private var usualDistance: Int64 { max(poll, cadence) }

    /// Whether a recorder died in a stretch that is short, but in which there must have been samples.
    private mutating func lostSomething(_ stretch: Stretch) -> Bool {
        let usual = usualDistance
        guard stretch.length > usual.clampingAdd(usual / 2) else { return false }
        return !deaths(in: stretch).isEmpty
    }

    /// Whether no recorder lived for so long after the start of the run that there must have been
    /// samples. That the first one came late shows nothing by itself.
    private mutating func lostBeginning(_ stretch: Stretch) -> Bool {
        let usual = usualDistance
        return deaths(in: stretch).contains {
            let down = Stretch(from: max($0.from, stretch.from), to: min($0.to, stretch.to))
            return down.length > usual.clampingAdd(usual / 2)
        }
    }
}

// MARK: - Reasons

extension GapFinder {
    /// What a recorder saw between the samples of a row is no silence of rows.
    private mutating func takeRecorded(before end: Timestamp) {
        while nextRecorded < recorded.count, recorded[nextRecorded].gap.to <= end {
            let (gap, isUsed) = recorded[nextRecorded]
            nextRecorded += 1
            guard !isUsed else { continue }
            let (from, to) = (max(gap.from, bounds.from), min(gap.to, bounds.to))
            if from < to { found.append(Series.Gap(from: from, to: to, reason: gap.reason)) }
        }
    }

    /// A part of a stretch and whether a recorder wrote its reason down.
    private struct Piece {
        var gap: Series.Gap
        var isSeen: Bool

        var length: Int64 { gap.to.milliseconds(since: gap.from) }
    }

    /// Finds the reasons for one stretch, each with its part of it.
    private mutating func explain(_ stretch: Stretch, _ interval: Int64) {
        takeRecorded(before: stretch.from)
        while nextDowntime < downtimes.count, downtimes[nextDowntime].to <= stretch.from {
            nextDowntime += 1
        }
        let downtimes = downtimes[nextDowntime...].prefix { $0.from < stretch.to }
        var seen: [Series.Gap] = []
        for index in nextRecorded..<recorded.count {
            let gap = recorded[index].gap
            guard gap.from < stretch.to else { break }
            guard stretch.overlaps(gap.from, gap.to) else { continue }
            recorded[index].isUsed = true
            seen.append(gap)
        }
        let isShort = stretch.length <= Self.tolerance(interval)
        var edges: Set<Timestamp> = [stretch.from, stretch.to]
        for gap in seen { edges.formUnion([gap.from, gap.to]) }
        for downtime in downtimes { edges.formUnion([downtime.from, downtime.to]) }
        let inside = edges.filter { $0 >= stretch.from && $0 <= stretch.to }.sorted()
        var pieces: [Piece] = []
        for (from, to) in zip(inside, inside.dropFirst()) {
            let reason = seen.last { $0.from <= from && to <= $0.to }?.reason
            let isDown = isShort || downtimes.contains { $0.from <= from && to <= $0.to }
            let piece = Piece(
                gap: Series.Gap(
                    from: from, to: to, reason: reason ?? (isDown ? .recorderDown : .notSampled)),
                isSeen: reason != nil)
            if let last = pieces.last, last.gap.reason == piece.gap.reason {
                pieces[pieces.count - 1].gap.to = to
                pieces[pieces.count - 1].isSeen = last.isSeen || piece.isSeen
            } else {
                pieces.append(piece)
            }
        }
        found += Self.smoothed(pieces, shorterThan: Self.tolerance(interval))
    }

    /// Gives to their neighbours pieces that are too short to be anything but the distance between a
    /// sample, a poll, a row and a heartbeat.
    private static func smoothed(_ pieces: [Piece], shorterThan limit: Int64) -> [Series.Gap] {
        func isSlight(_ piece: Piece) -> Bool { !piece.isSeen && piece.length <= limit }
        guard let first = pieces.first, let last = pieces.last else { return [] }
        guard !pieces.allSatisfy(isSlight) else {
            // None stands out: the reason that holds for most of it is the reason of all.
            var lengths: [Series.Gap.Reason: Int64] = [:]
            for piece in pieces {
                let length = lengths[piece.gap.reason] ?? 0
                lengths[piece.gap.reason] = length.clampingAdd(piece.length)
            }
            let reason = pieces.max {
                (lengths[$0.gap.reason] ?? 0) < (lengths[$1.gap.reason] ?? 0)
            }?.gap.reason
            return [
                Series.Gap(
                    from: first.gap.from, to: last.gap.to, reason: reason ?? first.gap.reason)
            ]
        }
        var result: [Series.Gap] = []
        var start: Timestamp?
        for piece in pieces {
            var piece = piece
            if let begun = start { piece.gap.from = begun }
            if let last = result.last, isSlight(piece) || last.reason == piece.gap.reason {
                result[result.count - 1].to = piece.gap.to
            } else if isSlight(piece) {
                start = piece.gap.from
            } else {
                start = nil
                result.append(piece.gap)
            }
        }
        return result
    }
}

extension RowColumns {
    /// How far the samples of a row of several lie apart.
    fileprivate func cadence(of row: Int) -> Int64 {
        let (length, overflow) = lastAt[row].subtractingReportingOverflow(firstAt[row])
        return overflow ? .max : length / (sampleCounts[row] - 1)
    }
}
