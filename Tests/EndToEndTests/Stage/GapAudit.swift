import Foundation
import HistoryModel
import HistoryStore
import SQLite

/// Holds what a catalog has of each run, and what it says that it lacks, against what was written into
/// the registry while recorders were killed.
struct GapAudit {
    private(set) var problems: [String] = []
    private(set) var runCount = 0
    private(set) var rowCount = 0
    private(set) var sampleCount: Int64 = 0
    /// Stretches in which samples were lost with a recorder, and gaps that say so.
    private(set) var lossCount = 0
    private(set) var gapCount = 0
    private(set) var idleGapCount = 0
    /// Between the last sample that was kept of one life and its end, and between the start of one and
    /// its first sample.
    private(set) var lostBefore: [Int64] = []
    private(set) var lostAfter: [Int64] = []

    private let lives: [RecorderVictims.Life]
    /// When each began in the catalog; `nil` where it did not come so far.
    private let sessionStarts: [Int64?]
    /// From the last that was written by one life to the beginning of the next.
    private let downtimes: [(from: Int64, to: Int64)]
    /// On a busy machine many may be killed before the first has come to begin.
    private let firstStart: Int64
    private let load: [Int64: SandboxLoad.Run]

    /// For what the machine may have let a process wait; the tests share it.
    private static let hesitation: Int64 = 1_000

    init(of stage: Stage, load: [SandboxLoad.Run], lives: [RecorderVictims.Life]) throws {
        let connection = try Connection(path: stage.catalog, mode: .readOnly)
        let sessions = try connection.integers(
            "SELECT pid, started_at_ms, heartbeat_at_ms FROM recorder_session ORDER BY id")
        self.lives = lives
        sessionStarts = lives.map { life in
            sessions.first {
                $0[0] == Int64(life.pid) && $0[1] >= life.startedAt && $0[1] <= life.killedAt
            }?[1]
        }
        downtimes = zip(sessions, sessions.dropFirst()).map { (from: $0[2], to: $1[1]) }
        firstStart = sessions.first?[1] ?? .max
        self.load = Dictionary(uniqueKeysWithValues: load.map { (Int64($0.number), $0) })
        let reader = try CatalogReader(path: stage.catalog)
        let runs = try connection.integers(
            "SELECT id, external_id, started_at_ms, terminated_at_ms, sample_count FROM run")
        runCount = runs.count
        if Set(runs.map { $0[1] }).count != runs.count { problems.append("a run is there twice") }
        for run in runs {
            guard let written = self.load[run[1]], written.startedAt == run[2] else {
                problems.append("run \(run[0]) is none that there was")
                continue
            }
            let rows = try connection.allRows(of: run[0])
            checkRows(rows, of: written)
            if rows.reduce(0, { $0 + $1.sampleCount }) != run[4] {
                problems.append("run \(run[0]) has a count of samples that is not that of its rows")
            }
            let series = try reader.series(
                of: RunReference("\(run[0])"), metrics: [.memory], now: .now())
            checkGaps(series.gaps, between: rows, of: written, endedAt: run[3])
        }
    }

    /// Each sample is in one row at most, and every row tells of the samples that were written.
    private mutating func checkRows(_ rows: [SampleRow], of run: SandboxLoad.Run) {
        var latest: Int64 = 0
        for row in rows {
            rowCount += 1
            sampleCount += row.sampleCount
            let unit = SandboxLoad.bytesPerSample
            guard let counter = row[counter: .diskRead], let memory = row[gauge: .memory] else {
                problems.append("run \(run.number) has a row without values")
                continue
            }
            let (first, last) = (counter.first / unit, counter.last / unit)
            guard first > latest, last >= first, last <= Int64(run.sampledAt.count) else {
                problems.append(
                    "run \(run.number) has samples \(first) to \(last) after \(latest)")
                continue
            }
            latest = last
            let isTrue =
                row.firstAt.unixMilliseconds == run.sampledAt[Int(first) - 1]
                && row.lastAt.unixMilliseconds == run.sampledAt[Int(last) - 1]
                && row.sampleCount <= last - first + 1 && row.sampleCount == memory.count
                && memory.maximum == last * unit && memory.average >= first * unit
                && memory.average <= last * unit
                && (row.sampleCount < last - first + 1
                    || memory.average == (first + last) * unit / 2)
            if !isTrue { problems.append("run \(run.number) has a row that is not true: \(row)") }
        }
    }

    private mutating func checkGaps(
        _ gaps: [Series.Gap], between rows: [SampleRow], of run: SandboxLoad.Run, endedAt: Int64
    ) {
        for gap in gaps {
            let (from, to) = (gap.from.unixMilliseconds, gap.to.unixMilliseconds)
            guard gap.reason == .recorderDown else {
                // The test itself may have been kept from taking samples.
                let isLate = [.notSampled, .stalled].contains(gap.reason)
                if !isLate || run.sampleCount(after: from, before: to) > 0 {
                    problems.append("run \(run.number) has a gap: \(gap)")
                }
                continue
            }
            gapCount += 1
            if run.sampleCount(after: from, before: to) == 0 {
                idleGapCount += 1
                // The test itself may have been late; else what was usual must have been unknown.
                let isLate = to - from > max(RecorderVictims.poll, run.cadence) * 3 / 2
                if !isLate, cadence(of: rows) > 0 {
                    problems.append("run \(run.number) lacks nothing in \(gap)")
                }
            }
            if from >= firstStart, downtime(between: from, and: to) <= 0 {
                problems.append("run \(run.number) has a gap while its recorder lived: \(gap)")
            }
        }
        var from = run.startedAt
        var cadence = cadence(of: rows)
        var isFirst = true
        for row in rows + [nil] {
            let to = row?.firstAt.unixMilliseconds ?? endedAt
            let usual = max(RecorderVictims.poll, cadence) * 3 / 2
            // Of the beginning of a run it is not known when its first sample should have come.
            let least = isFirst ? max(RecorderVictims.poll, cadence) * 3 / 2 : 0
            if to - from > usual, run.sampleCount(after: from, before: to) > 0,
                downtime(between: from, and: to) > least
            {
                lossCount += 1
                let isTold = gaps.contains {
                    $0.from.unixMilliseconds <= from && $0.to.unixMilliseconds >= to
                }
                if !isTold {
                    problems.append(
                        "run \(run.number) lacks \(from) to \(to) (start \(run.startedAt), "
                            + "end \(endedAt)) and nobody says so: \(gaps)")
                }
                if !isFirst, row != nil { checkLoss(from: from, to: to, of: run) }
            } else if to - from > Self.hesitation, !isFirst, row != nil {
                problems.append("run \(run.number) lacks \(from) to \(to) though nobody was killed")
            }
            isFirst = false
            guard let row else { break }
            from = row.lastAt.unixMilliseconds
            cadence = row.cadence ?? cadence
        }
    }

    /// How far samples lie apart as far as the rows can tell; else 0.
    private func cadence(of rows: [SampleRow]) -> Int64 {
        if let cadence = rows.lazy.compactMap(\.cadence).first { return cadence }
        return zip(rows, rows.dropFirst()).compactMap { row, next in
            let (from, to) = (row.lastAt.unixMilliseconds, next.firstAt.unixMilliseconds)
            return downtime(between: from, and: to) <= 0 ? to - from : nil
        }.min() ?? 0
    }

    /// The longest time in between during which no recorder was at work, or one that was killed before
    /// it wrote anything more.
    private func downtime(between from: Int64, and to: Int64) -> Int64 {
        downtimes.map { min($0.to, to) - max($0.from, from) }.max() ?? 0
    }

    /// What was lost was at most an interval of each life, and what came while none was at work.
    private mutating func checkLoss(from: Int64, to: Int64, of run: SandboxLoad.Run) {
        let (poll, interval) = (RecorderVictims.poll, RecorderVictims.interval)
        for (life, start) in zip(lives, sessionStarts) where life.killedAt > from {
            guard life.startedAt < to else { break }
            // It was killed in between, with what it had not written yet.
            if life.killedAt < to {
                let begun = max(from, start ?? life.killedAt)
                lostBefore.append(life.killedAt - begun)
                if life.killedAt - begun > interval + poll + Self.hesitation {
                    problems.append(
                        "run \(run.number) lost \(life.killedAt - begun) ms with one recorder")
                }
            } else if let start {
                lostAfter.append(to - start)
                if to - start > poll + 60 + Self.hesitation {
                    problems.append("run \(run.number) was seen \(to - start) ms late")
                }
            }
        }
    }
}

extension SampleRow {
    /// How far its samples lie apart; `nil` where there is but one.
    fileprivate var cadence: Int64? {
        sampleCount > 1 ? lastAt.milliseconds(since: firstAt) / (sampleCount - 1) : nil
    }
}

extension GapAudit: CustomStringConvertible {
    var description: String {
        func summary(_ values: [Int64]) -> String {
            let sum = values.reduce(0, +)
            return "mean \(sum / Int64(Swift.max(1, values.count))), max \(values.max() ?? 0) ms"
        }
        return "\(runCount) runs, \(rowCount) rows, \(sampleCount) samples, \(lossCount) losses, "
            + "\(gapCount) gaps (\(idleGapCount) idle), lost before: \(summary(lostBefore)), after: "
            + summary(lostAfter)
    }
}
