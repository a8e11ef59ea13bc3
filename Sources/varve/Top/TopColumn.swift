internal import HistoryModel

/// The columns of one kind of table, from left to right.
struct TopColumns: Sendable {
    /// The heading of the first, the sandbox's name, which always stays.
    var nameHeading: String
    /// All others.
    var others: [TopColumn]

    /// Those of a registry.
    static let ofRegistry = TopColumns(nameHeading: "SANDBOX", others: TopColumn.ofRegistry)
    /// Those of `msb metrics`.
    static let ofMicrosandbox = TopColumns(nameHeading: "NAME", others: TopColumn.ofMicrosandbox)
    /// The same, where each sandbox is one of several homes.
    static let ofSeveralHomes = TopColumns(
        nameHeading: "NAME", others: [TopColumn.home] + TopColumn.ofMicrosandbox)
}

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

    fileprivate static let ofRegistry: [TopColumn] = [
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

    fileprivate static let home = TopColumn(
        heading: "HOME", alignment: .left, width: 4, rank: 2
    ) { $0.home }

    fileprivate static let ofMicrosandbox: [TopColumn] = [
        TopColumn(
            heading: "STATE", alignment: .left, width: 7, rank: 2, style: stateStyle
        ) { MicrosandboxText.state($0) },
        TopColumn(heading: "CPU", width: 9, rank: 0, order: .cpu) { MicrosandboxText.cpu($0) },
        TopColumn(heading: "MEM", width: 21, rank: 1, order: .memory) {
            MicrosandboxText.memory($0)
        },
        TopColumn(heading: "DISK R/W", width: 23, rank: 4, order: .disk) {
            MicrosandboxText.rates($0.diskRead, $0.diskWrite)
        },
        TopColumn(heading: "NET RX/TX", width: 23, rank: 5, order: .net) {
            MicrosandboxText.rates($0.netRx, $0.netTx)
        },
        TopColumn(heading: "UPTIME", width: 7, rank: 3, order: .uptime) {
            duration($0.uptimeMilliseconds)
        },
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
    static let historyHeading = "CPU SO FAR"

    /// The columns of a table of `rows` that has `columns` columns of characters.
    init(
        rows: some Collection<LiveRow>, columns all: TopColumns, order: LiveOrder, width: Int
    ) {
        var longestName = all.nameHeading.displayWidth
        for row in rows {
            longestName = max(longestName, row.sandbox.escapedForDisplay.displayWidth)
        }
        var room = width - min(longestName, max(12, width / 5))
        var chosen: Set<Int> = []
        let widths = all.others.map { column in
            rows.reduce(max(column.width, column.heading.count)) {
                max($0, column.text($1)?.displayWidth ?? 1)
            }
        }
        let ranks = all.others.map { Self.rank($0, order) }
        for rank in Self.groups(ranks) {
            let needed = rank.reduce(0) { $0 + widths[$1] + Self.gap }
            // What matters less never takes the room of what matters more.
            guard needed <= room else { break }
            room -= needed
            chosen.formUnion(rank)
        }
        columns = chosen.sorted().map { (all.others[$0], widths[$0]) }
        let used = columns.reduce(0) { $0 + $1.width + Self.gap }
        nameWidth = max(0, min(longestName, width - used))
        let left = width - used - nameWidth - Self.gap
        if left >= Self.historyHeading.count { historyWidth = min(left, LiveTable.historyLimit) }
    }

    private static func rank(_ column: TopColumn, _ order: LiveOrder) -> Int {
        column.order == order && order != .cpu ? -1 : column.rank
    }

    /// Columns that come and go together, those of the lowest rank first.
    private static func groups(_ ranks: [Int]) -> [[Int]] {
        Dictionary(grouping: ranks.indices) { ranks[$0] }.sorted { $0.key < $1.key }.map(\.value)
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
