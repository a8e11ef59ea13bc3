internal import HistoryModel

/// Finds the stretches of a run that should hold data and do not, and says why.
struct SeriesGaps {
    /// The life of a recorder.
    struct Session {
        var start: Timestamp
        var end: Timestamp
    }

    /// Rows in order of time; the first may lie before the range.
    var rows: [SampleRow]
    var range: TimeRange
    var startedAt: Timestamp
    var endedAt: Timestamp
    var stepMilliseconds: Int64
    var sessions: [Session]

    /// How long two samples may lie apart before what is between them is a gap: a sample may come
    /// late, and a sampler may be slower than the recorder's interval.
    static func tolerance(_ stepMilliseconds: Int64) -> Int64 {
        stepMilliseconds.clampingAdd(max(stepMilliseconds, 2_000))
    }

    var gaps: [Series.Gap] {
        let from = max(startedAt, range.start ?? startedAt)
        let to = min(endedAt, range.end ?? endedAt)
        guard from < to else { return [] }
        var gaps: [Series.Gap] = []
        var covered = from
        for row in rows {
            add(from: covered, to: min(row.firstAt, to), &gaps)
            covered = max(covered, row.lastAt)
        }
        add(from: covered, to: to, &gaps)
        return gaps
    }

    private func add(from: Timestamp, to: Timestamp, _ gaps: inout [Series.Gap]) {
        guard to.milliseconds(since: from) > Self.tolerance(stepMilliseconds) else { return }
        gaps.append(Series.Gap(from: from, to: to, reason: reason(from: from, to: to)))
    }

    /// A recorder that lived through most of the gap would have written what there was.
    private func reason(from: Timestamp, to: Timestamp) -> Series.Gap.Reason {
        var covered: Int64 = 0
        var reached = from
        for session in sessions {
            let start = max(session.start, reached)
            let end = min(session.end, to)
            guard start < end else { continue }
            covered = covered.clampingAdd(end.milliseconds(since: start))
            reached = end
        }
        return covered >= to.milliseconds(since: from) / 2 ? .notSampled : .recorderDown
    }
}
