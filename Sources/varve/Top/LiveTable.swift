internal import HistoryModel

/// What `varve top` knows of a registry's slots from all of its readings so far.
///
/// ```swift
/// var table = LiveTable()
/// table.take(source.read(at: .now()))
/// table.take(source.read(at: .now()))  // rates need two samples
/// table.rows
/// ```
struct LiveTable {
    /// A row for each slot with a run, in order of slots.
    private(set) var rows: [LiveRow] = []
    /// When the last reading was made.
    private(set) var at: Timestamp?
    /// Why nothing could be read, as a sentence.
    private(set) var problem: String?
    private var createdAt: Timestamp?
    private var replacedAt: Timestamp?
    private var tracks: [Int: Track] = [:]

    /// How many values of a slot are kept for its line.
    static let historyLimit = 120
    /// How long it is told that the registry was replaced.
    private static let noteMilliseconds: Int64 = 10_000

    /// What is known of one use of a slot.
    private struct Track {
        var reading: LiveReading
        /// The last two samples that differ: rates are those between them.
        var newest: Sample?
        var before: Sample?
        var history: [Int64?] = []
    }

    /// Takes in a new reading.
    mutating func take(_ snapshot: LiveSnapshot) {
        at = snapshot.at
        problem = snapshot.problem
        if let made = snapshot.createdAt {
            if let createdAt, createdAt != made {
                replacedAt = snapshot.at
                tracks.removeAll(keepingCapacity: true)
            }
            createdAt = made
        }
        var found: [Int: Track] = [:]
        found.reserveCapacity(snapshot.slots.count)
        rows.removeAll(keepingCapacity: true)
        for reading in snapshot.slots {
            var track = Self.track(tracks.removeValue(forKey: reading.use.slot), reading)
            let row = LiveRow(
                track.reading, state: reading.state, newest: track.newest, before: track.before,
                at: snapshot.at)
            track.history.append(row.state == .running ? row.cpuCentipercent : nil)
            if track.history.count > 2 * Self.historyLimit {
                track.history.removeFirst(track.history.count - Self.historyLimit)
            }
            rows.append(row)
            found[reading.use.slot] = track
        }
        tracks = found
    }

    /// What to tell of the registry: why it could not be read, or that it was replaced of late.
    var note: String? {
        if let problem { return problem }
        guard let at, let replacedAt,
            (0...Self.noteMilliseconds).contains(at.milliseconds(since: replacedAt))
        else { return nil }
        return "the registry was made anew by another program"
    }

    /// The CPU of the slot at each of the last `count` readings, the latest last.
    func history(ofSlot slot: Int, last count: Int) -> ArraySlice<Int64?> {
        tracks[slot]?.history.suffix(min(count, Self.historyLimit)) ?? []
    }

    private static func track(_ known: Track?, _ reading: LiveReading) -> Track {
        guard var track = known else { return Track(reading: reading, newest: reading.sample) }
        guard reading.state != .torn else {
            // Nothing is known of it but that it is the same.
            return track.reading.use.generation == reading.use.generation
                ? track : Track(reading: reading)
        }
        guard track.reading.use == reading.use else {
            return Track(reading: reading, newest: reading.sample)
        }
        track.reading = reading
        if let sample = reading.sample, sample.at != track.newest?.at {
            track.before = track.newest
            track.newest = sample
        }
        return track
    }
}
