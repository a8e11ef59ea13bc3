internal import HistoryModel

/// One run out of a file: an hour that is being filled, and packed ones.
///
/// Rows may come in any order; memory is that of one hour's rows, and a few bytes for each other row.
struct CollectedRun {
    /// An hour, or a part of one that has very many rows.
    struct Piece {
        var block: SampleBlock
        var detail: [UInt8]
    }

    let sandbox: String
    let sandboxExternalID: Int64?
    let externalID: Int64?
    /// The hours in order of time, once finished.
    private(set) var pieces: [Piece] = []
    private var rows: [SampleRow] = []
    private var hour: Hour?
    private var nextSequence: Int64 = 1
    private var intervalMilliseconds = Self.defaultInterval
    private var latestHour: Hour?
    /// Whether an hour came after a later one.
    private var isDisordered = false
    /// Whether the file says how long the rows' intervals are.
    private var hasIntervals = false

    /// Where there is one row, which tells of no distance.
    private static let defaultInterval: Int64 = 10_000

    /// Far below what a block may hold; the usual hour has 360.
    private static let rowLimit = 20_000

    init(sandbox: String, sandboxExternalID: Int64?, externalID: Int64?) {
        self.sandbox = sandbox
        self.sandboxExternalID = sandboxExternalID
        self.externalID = externalID
    }

    var startedAt: Timestamp { pieces.first?.block.firstAt ?? Timestamp(unixMilliseconds: 0) }
    var endedAt: Timestamp { pieces.map(\.block.lastAt).max() ?? startedAt }

    mutating func append(_ row: SampleRow) {
        let rowHour = Hour(of: row.at)
        if rowHour != hour {
            pack()
            hour = rowHour
            if let latestHour, rowHour <= latestHour { reopen(rowHour) }
            latestHour = max(latestHour ?? rowHour, rowHour)
        } else if rows.count >= Self.rowLimit {
            pack()
        }
        rows.append(row)
        if row.intervalMilliseconds > 0 { hasIntervals = true }
    }

    /// Takes the rows of a packed hour back, as more of them came after a later hour.
    private mutating func reopen(_ hour: Hour) {
        isDisordered = true
        guard let index = pieces.lastIndex(where: { $0.block.hour == hour }),
            pieces[index].block.rowCount < Self.rowLimit,
            let unpacked = try? SampleDetail.decode(
                pieces[index].detail, of: pieces[index].block.run)
        else { return }
        rows = unpacked
        forgetIntervals()
        pieces.remove(at: index)
    }

    private mutating func pack() {
        guard let hour, !rows.isEmpty else { return }
        sortRows(within: hour)
        setInterval()
        for index in rows.indices {
            rows[index].sequence = nextSequence
            nextSequence += 1
        }
        pieces.append(
            Piece(
                block: SampleBlock(summingUp: rows, at: hour.first),
                detail: SampleDetail.encode(rows)))
        rows.removeAll(keepingCapacity: true)
    }

    /// Puts the rows in order of time, each at a millisecond of its own; a row that is there twice is
    /// one row.
    private mutating func sortRows(within hour: Hour) {
        let isSorted = rows.indices.dropFirst().allSatisfy { rows[$0 - 1].at < rows[$0].at }
        guard !isSorted else { return }
        for index in rows.indices { rows[index].sequence = Int64(index) }
        rows.sort { ($0.at, $0.sequence) < ($1.at, $1.sequence) }
        for index in rows.indices { rows[index].sequence = 0 }
        var kept: [SampleRow] = []
        for row in rows where kept.last != row { kept.append(row) }
        rows = kept
        for index in rows.indices.dropFirst() where rows[index].at <= rows[index - 1].at {
            rows[index].at = rows[index - 1].at.advanced(byMilliseconds: 1)
        }
        // None may leave the hour, which has more milliseconds than rows.
        var latest = hour.last
        for index in rows.indices.reversed() {
            guard rows[index].at > latest else { break }
            rows[index].at = latest
            latest = latest.advanced(byMilliseconds: -1)
        }
    }

    /// Gives rows of unknown length that of the usual distance between them.
    private mutating func setInterval() {
        guard rows.contains(where: { $0.intervalMilliseconds <= 0 }) else { return }
        let distances = rows.indices.dropFirst()
            .map { rows[$0].at.milliseconds(since: rows[$0 - 1].at) }.sorted()
        if !distances.isEmpty {
            let usual = distances[distances.count / 2]
            // A sampler that is some milliseconds late is not a slower one.
            intervalMilliseconds = usual < 1000 ? max(1, usual) : (usual + 50) / 100 * 100
        }
        for index in rows.indices where rows[index].intervalMilliseconds <= 0 {
            rows[index].intervalMilliseconds = intervalMilliseconds
        }
    }

    /// Packs what is left, and puts the hours in order of time.
    mutating func finish() {
        pack()
        if isDisordered { repack() }
        rows = []
        hour = nil
        // Parts of one hour have a key each.
        for index in pieces.indices.dropFirst()
        where pieces[index].block.hour == pieces[index - 1].block.hour {
            pieces[index].block.at = pieces[index - 1].block.at.advanced(byMilliseconds: 1)
        }
    }

    /// Packs all hours anew, in order of time: a lower place says that a row was made earlier.
    private mutating func repack() {
        let former = pieces.sorted { $0.block.firstAt < $1.block.firstAt }
        pieces = []
        nextSequence = 1
        intervalMilliseconds = Self.defaultInterval
        for piece in former {
            // What was packed here a moment ago.
            guard let unpacked = try? SampleDetail.decode(piece.detail, of: piece.block.run) else {
                continue
            }
            rows = unpacked
            forgetIntervals()
            hour = piece.block.hour
            pack()
        }
    }

    /// Intervals that the file does not give are found out anew, with the rows that come.
    private mutating func forgetIntervals() {
        guard !hasIntervals else { return }
        for index in rows.indices { rows[index].intervalMilliseconds = 0 }
    }
}
