internal import HistoryModel

/// What a person has chosen to see.
struct TopState: Hashable, Sendable {
    var order = LiveOrder.cpu
    var isReversed = false
    var showsHelp = false
    /// The first row that is shown.
    var offset = 0

    /// Takes a key in a window whose table shows `pageLength` of `rowCount` rows.
    ///
    /// - Returns: Whether the key asks to end.
    mutating func take(_ key: TopKey, pageLength: Int, rowCount: Int) -> Bool {
        if showsHelp {
            // Any key leads back.
            showsHelp = false
            return key == .quit
        }
        let page = max(1, pageLength)
        switch key {
        case .quit: return true
        case .sort(let chosen):
            order = chosen
            offset = 0
        case .reverse:
            isReversed.toggle()
            offset = 0
        case .help: showsHelp = true
        case .up: offset -= 1
        case .down: offset += 1
        case .pageUp: offset -= page
        case .pageDown: offset += page
        case .first: offset = 0
        case .last: offset = rowCount
        case .escape, .other: break
        }
        offset = max(0, min(offset, rowCount - page))
        return false
    }
}

/// The size of a window in characters.
struct WindowSize: Hashable, Sendable {
    var columns: Int
    var rows: Int
}

/// Draws `varve top`: what is known, what is chosen and how large the window is make its lines.
struct TopView {
    var registry: String
    var interval: Duration
    var size: WindowSize
    var usesColour: Bool
    var zone = LocalZone.current

    private var terminal: Terminal {
        Terminal(isTerminal: true, columns: size.columns, usesColour: usesColour)
    }

    /// How many rows the table shows.
    func pageLength(of table: LiveTable, _ state: TopState) -> Int {
        max(1, size.rows - headerLines(of: table, state).count - 1 - footerHeight)
    }

    /// At most as many lines as the window has, none wider than it.
    func lines(of table: LiveTable, _ state: TopState) -> [String] {
        guard size.rows > 0, size.columns > 0 else { return [] }
        if state.showsHelp { return Array(helpLines.prefix(size.rows)) }
        let page = pageLength(of: table, state)
        let offset = max(0, min(state.offset, table.rows.count - page))
        let sorted = state.order.sorted(table.rows, isReversed: state.isReversed)
        let visible = sorted.dropFirst(offset).prefix(page)
        var lines = headerLines(of: table, state)
        if !visible.isEmpty {
            lines += tableLines(visible, of: table, order: state.order)
        }
        if footerHeight > 0 {
            let isWhole = table.rows.count <= page
            lines += Array(repeating: "", count: max(0, size.rows - 1 - lines.count))
            lines.append(
                styled(
                    footer(isWhole ? nil : (offset + 1, offset + visible.count, sorted.count)),
                    .dim))
        }
        return Array(lines.prefix(size.rows))
    }

    private var footerHeight: Int { size.rows >= 8 ? 1 : 0 }

    private func styled(_ text: String, _ style: TextStyle) -> String {
        style.applied(to: text.truncated(toWidth: size.columns), on: terminal)
    }

    // MARK: Above the table

    private func headerLines(of table: LiveTable, _ state: TopState) -> [String] {
        let when = table.at?.description(in: zone) ?? ""
        let order = state.order.rawValue + (state.isReversed ? ", reversed" : "")
        var lines = wrapped([
            "varve top", when, registry.escapedForDisplay,
            "every \(interval.compactText) by \(order)",
        ]).map { styled($0, .heading) }
        if let note = table.note {
            let words = note.split(separator: " ").map(String.init)
            lines += wrapped(words, gap: 1).map { styled($0, .warning) }
        }
        let totals = LiveTotals(of: table.rows).parts.prefix(table.rows.isEmpty ? 1 : .max)
        lines += wrapped(Array(totals), widths: LiveTotals.partWidths).map { styled($0, .plain) }
        if size.rows >= 12 { lines.append("") }
        // The heading of the table and a row of it go before.
        let needed = footerHeight + (table.rows.isEmpty ? 0 : 2)
        return Array(lines.prefix(max(0, size.rows - needed)))
    }

    private func wrapped(_ parts: [String], gap: Int = 2, widths: [Int] = []) -> [String] {
        WrappedParts.lines(of: parts, columns: size.columns, gap: gap, widths: widths)
    }

    // MARK: The table

    private func tableLines(
        _ rows: ArraySlice<LiveRow>, of table: LiveTable, order: LiveOrder
    ) -> [String] {
        let layout = TopLayout(rows: rows, order: order, width: size.columns)
        var heading = TopLine(size.columns, terminal)
        heading.add(TopLayout.nameHeading, .left, layout.nameWidth, .heading)
        for (column, width) in layout.columns {
            heading.add(column.heading, column.alignment, width, .heading)
        }
        if layout.historyWidth > 0 {
            heading.add(TopLayout.historyHeading, .right, layout.historyWidth, .heading)
        }
        return [heading.text]
            + rows.map { row in
                var line = TopLine(size.columns, terminal)
                let isNow = row.state == .running
                line.add(
                    row.sandbox.isEmpty ? FieldDisplay.absent : row.sandbox, .left,
                    layout.nameWidth, isNow ? .plain : .dim)
                for (column, width) in layout.columns {
                    let text = column.text(row)
                    let style = column.style(row)
                    line.add(
                        text ?? FieldDisplay.absent, column.alignment, width,
                        text == nil || (!isNow && style == .plain) ? .dim : style)
                }
                if layout.historyWidth > 0 {
                    let values = table.history(ofSlot: row.slot, last: layout.historyWidth)
                    line.add(LiveSparkline.text(of: values), .right, layout.historyWidth, .plain)
                }
                return line.text
            }
    }

    // MARK: Below the table

    private func footer(_ shown: (first: Int, last: Int, count: Int)?) -> String {
        let keys = "q quit  h help  sort: c m d n s u  r reverse"
        guard let shown else { return keys }
        return "\(shown.first)-\(shown.last) of \(shown.count)  " + keys
    }

    private var helpLines: [String] {
        let text = """
            varve top: what runs in a registry now

              c  m  d  n  sort by CPU, memory, disk, net
              s  u        sort by sandbox, uptime
              r           reverse the order
              up, down    scroll; also k and j
              page up, page down, g, G
              h, ?        this page
              q, Ctrl-C   quit

            CPU: 100 % is one full core. Disk and net: bytes a
            second between the last two samples. AGE: of the last
            sample; stalled: it is older than it should be, its
            values are not of now. Totals are of what is running.
            CPU SO FAR: a block for each refresh; the highest is
            one core, or the highest shown.

            Any key leads back.
            """
        return text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map {
            styled(String($1), $0 == 0 ? .heading : .plain)
        }
    }
}

/// A line of the table, cell by cell; what does not fit any more is left out.
private struct TopLine {
    private(set) var text = ""
    private let limit: Int
    private let terminal: Terminal
    /// Columns up to here are used, with the spaces that are not written yet.
    private var used = 0
    private var pending = 0
    private var isFirst = true

    init(_ limit: Int, _ terminal: Terminal) {
        self.limit = limit
        self.terminal = terminal
    }

    /// Adds a cell of `width` columns; its text is escaped, whoever it comes from.
    mutating func add(
        _ cell: String, _ alignment: TableWriter.Alignment, _ width: Int, _ style: TextStyle
    ) {
        let gap = isFirst ? 0 : TopLayout.gap
        isFirst = false
        let room = min(width, limit - used - gap)
        guard room > 0 else { return }
        let shown = cell.escapedForDisplay.truncated(toWidth: room)
        let padding = max(0, room - shown.displayWidth)
        used += gap + room
        // Spaces are only written before something, so that no line ends in them.
        guard shown.contains(where: { $0 != " " }) else {
            pending += gap + room
            return
        }
        pending += gap + (alignment == .right ? padding : 0)
        text += String(repeating: " ", count: pending) + style.applied(to: shown, on: terminal)
        pending = alignment == .left ? padding : 0
    }
}

extension LiveTotals {
    /// How wide the parts are when much is going on.
    fileprivate static let partWidths = [36, 12, 17, 33, 35]

    /// What the header says, part by part.
    var parts: [String] {
        func text(_ value: Double?, _ text: (Double) -> String) -> String {
            value.map(text) ?? FieldDisplay.absent
        }
        func rate(_ value: Double?) -> String { TopColumn.rate(value) ?? FieldDisplay.absent }
        var counts = "\(self.counts[.running] ?? 0) running"
        for state in [LiveRow.State.stalled, .crashed] {
            counts += ", \(self.counts[state] ?? 0) \(state.rawValue)"
        }
        for state in [LiveRow.State.torn, .ended] {
            if let count = self.counts[state] { counts += ", \(count) \(state.rawValue)" }
        }
        return [
            counts,
            "CPU " + text(cpuPercent) { FieldDisplay.percent.text(of: .number($0), in: .utc) },
            "memory " + text(memoryBytes) { ByteText.format($0) },
            "disk R \(rate(diskRead)) W \(rate(diskWrite))",
            "net RX \(rate(netRx)) TX \(rate(netTx))",
        ]
    }
}
