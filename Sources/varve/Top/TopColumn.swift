internal import HistoryModel

/// A column of `varve top`.
struct TopColumn: Sendable {
    var heading: String
    var alignment: TableWriter.Alignment = .right
    /// It is at least so wide, so that columns do not jump whenever a number grows.
    var width: Int
    /// The lowest stay longest where there is no room for all.
    var rank: Int
    /// The order that this column shows, and that makes it stay.
    var order: LiveOrder?
    var style: @Sendable (LiveRow) -> TextStyle = { _ in .plain }
    var text: @Sendable (LiveRow) -> String?

    /// All but the sandbox's name, from left to right.
    static let all: [TopColumn] = [
        TopColumn(heading: "RUN", width: 5, rank: 7) { $0.runID.map { "\($0)" } },
        TopColumn(heading: "PID", width: 7, rank: 9) { $0.pid.map { "\($0)" } },
        TopColumn(
            heading: "STATE", alignment: .left, width: 7, rank: 2, style: stateStyle
        ) { $0.state.rawValue },
        TopColumn(heading: "UPTIME", width: 7, rank: 5, order: .uptime) {
            duration($0.uptimeMilliseconds)
        },
        TopColumn(heading: "CPU", width: 8, rank: 0, order: .cpu) { row in
            row.cpuCentipercent.map {
                FieldDisplay.percent.text(of: .number(Double($0) / 100), in: .utc)
            }
        },
        TopColumn(heading: "MEMORY", width: 10, rank: 1, order: .memory) {
            $0.memoryBytes.map { ByteText.format($0) }
        },
        TopColumn(heading: "LIMIT", width: 10, rank: 8) {
            $0.memoryLimitBytes.map { ByteText.format($0) }
        },
        TopColumn(heading: "DISK R", width: 11, rank: 3, order: .disk) { rate($0.diskRead) },
        TopColumn(heading: "DISK W", width: 11, rank: 3, order: .disk) { rate($0.diskWrite) },
        TopColumn(heading: "NET RX", width: 11, rank: 4, order: .net) { rate($0.netRx) },
        TopColumn(heading: "NET TX", width: 11, rank: 4, order: .net) { rate($0.netTx) },
        TopColumn(heading: "AGE", width: 5, rank: 6) { duration($0.ageMilliseconds) },
    ]

    @Sendable private static func stateStyle(_ row: LiveRow) -> TextStyle {
        switch row.state {
        case .running: .good
        case .stalled, .torn: .warning
        case .crashed: .bad
        case .ended: .dim
        }
    }

    static func rate(_ bytesPerSecond: Double?) -> String? {
        bytesPerSecond.map { ByteText.format($0) + "/s" }
    }

    private static func duration(_ milliseconds: Int64?) -> String? {
        milliseconds.map { Duration.milliseconds($0).compactText }
    }
}

/// Which columns have room in a window, and how wide each is.
struct TopLayout {
    /// Beside the name, from left to right.
    private(set) var columns: [(column: TopColumn, width: Int)] = []
    private(set) var nameWidth = 0
    /// 0 if there is no room for the line of the last values.
    private(set) var historyWidth = 0

    static let gap = 2
    static let nameHeading = "SANDBOX"
    static let historyHeading = "CPU SO FAR"

    /// The columns of a table of `rows` that has `columns` columns of characters.
    init(rows: some Collection<LiveRow>, order: LiveOrder, width: Int) {
        var longestName = Self.nameHeading.displayWidth
        for row in rows {
            longestName = max(longestName, row.sandbox.escapedForDisplay.displayWidth)
        }
        var room = width - min(longestName, max(12, width / 5))
        var chosen: Set<Int> = []
        let widths = TopColumn.all.map { column in
            rows.reduce(max(column.width, column.heading.count)) {
                max($0, column.text($1)?.displayWidth ?? 1)
            }
        }
        let ranked = TopColumn.all.indices.sorted { left, right in
            Self.rank(TopColumn.all[left], order) < Self.rank(TopColumn.all[right], order)
        }
        for rank in Self.groups(ranked, order) {
            let needed = rank.reduce(0) { $0 + widths[$1] + Self.gap }
            // What matters less never takes the room of what matters more.
            guard needed <= room else { break }
            room -= needed
            chosen.formUnion(rank)
        }
        columns = chosen.sorted().map { (TopColumn.all[$0], widths[$0]) }
        let used = columns.reduce(0) { $0 + $1.width + Self.gap }
        nameWidth = max(0, min(longestName, width - used))
        let left = width - used - nameWidth - Self.gap
        if left >= Self.historyHeading.count { historyWidth = min(left, LiveTable.historyLimit) }
    }

    private static func rank(_ column: TopColumn, _ order: LiveOrder) -> Int {
        column.order == order && order != .cpu ? -1 : column.rank
    }

    /// Columns that come and go together.
    private static func groups(_ ranked: [Int], _ order: LiveOrder) -> [[Int]] {
        var groups: [[Int]] = []
        var last: Int?
        for index in ranked {
            let rank = rank(TopColumn.all[index], order)
            if rank == last {
                groups[groups.count - 1].append(index)
            } else {
                groups.append([index])
            }
            last = rank
        }
        return groups
    }
}

/// The last values of a slot as a line of blocks.
enum LiveSparkline {
    private static let blocks: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
    private static let oneCore: Int64 = 10_000

    /// A block for each of `values`, in hundredths of a percent, a space where there is none. The
    /// highest block is the highest value, or one full core if none is above that.
    static func text(of values: some Collection<Int64?>) -> String {
        let highest = values.reduce(oneCore) { max($0, $1 ?? 0) }
        return String(
            values.map { value in
                guard let value else { return " " }
                let share = Double(max(0, value)) / Double(highest)
                return blocks[min(blocks.count - 1, Int(share * Double(blocks.count)))]
            })
    }
}
