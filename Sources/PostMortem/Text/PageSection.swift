import HistoryModel

/// A part of a page in words and figures, before any format is chosen.
///
/// Nothing in it is escaped yet: terminal, Markdown and HTML each escape in their own way.
struct PageSection: Hashable, Sendable {
    /// What stands above it.
    var title: String
    /// What is said first, each a paragraph or an item.
    var sentences: [String] = []
    /// What is told in figures.
    var table: PageTable?

    init(_ title: String, _ sentences: [String] = [], _ table: PageTable? = nil) {
        self.title = title
        self.sentences = sentences
        self.table = table.flatMap { $0.rows.isEmpty ? nil : $0 }
    }

    /// Whether it says nothing.
    var isEmpty: Bool { sentences.isEmpty && table == nil }
}

/// A table, before any format is chosen.
struct PageTable: Hashable, Sendable {
    /// A column.
    struct Column: Hashable, Sendable {
        /// How a column gives way where a page is narrow.
        enum Room: Hashable, Sendable {
            /// Not at all.
            case fixed
            /// It is cut.
            case elastic
            /// It is left out, the last one first.
            case optional
        }

        var heading: String
        var isNumber: Bool
        var room: Room

        /// The heading where small letters stand: `CPU time` of `CPU TIME`.
        var title: String {
            heading.split(separator: " ").enumerated().map { index, word in
                if ["CPU", "%"].contains(word) { return String(word) }
                return index == 0
                    ? word.prefix(1) + word.dropFirst().lowercased() : word.lowercased()
            }.joined(separator: " ")
        }

        static func text(_ heading: String, _ room: Room = .elastic) -> Column {
            Column(heading: heading, isNumber: false, room: room)
        }

        static func number(_ heading: String, _ room: Room = .fixed) -> Column {
            Column(heading: heading, isNumber: true, room: room)
        }
    }

    /// What stands in a place of it.
    enum Cell: Hashable, Sendable, ExpressibleByStringInterpolation {
        /// Words, not escaped yet.
        case text(String)
        /// A bar of this part of the whole width.
        case bar(Double)

        init(stringLiteral value: String) { self = .text(value) }

        /// The cell where a page has no other bars than block characters.
        var text: String {
            switch self {
            case .text(let text): text
            case .bar(let share): Self.bar(share)
            }
        }

        /// As many columns wide as the longest bar of text is.
        static let barWidth = 16

        private static func bar(_ share: Double) -> String {
            guard share.isFinite, share > 0 else { return "" }
            let eighths = max(1, Int((min(1, share) * Double(barWidth * 8)).rounded()))
            let rest = Array(" ▏▎▍▌▋▊▉")[eighths % 8]
            return String(repeating: "█", count: eighths / 8) + (rest == " " ? "" : String(rest))
        }
    }

    var columns: [Column]
    var rows: [[Cell]]

    init(_ columns: [Column], _ rows: [[Cell]]) {
        self.columns = columns
        self.rows = rows
    }
}

extension PageTable {
    /// The table in lines of at most `width` columns, its heading first.
    func lines(width: Int) -> [PageLine] {
        var shown = Array(columns.indices)
        let texts = rows.map { row in row.map { $0.text.escapedForDisplay } }
        let natural = columns.indices.map { index in
            texts.reduce(columns[index].heading.displayWidth) { widest, row in
                max(widest, index < row.count ? row[index].displayWidth : 0)
            }
        }
        func excess(_ widths: [Int]) -> Int {
            shown.reduce(-2) { $0 + widths[$1] + 2 } - width
        }
        let least = natural.indices.map {
            columns[$0].room == .elastic ? min(natural[$0], Self.leastElastic) : natural[$0]
        }
        while excess(least) > 0,
            let place = shown.lastIndex(where: { columns[$0].room == .optional })
        {
            shown.remove(at: place)
        }
        // None ends up wider than the page, and a command of megabytes need not be cut column by column.
        var widths = natural.indices.map {
            columns[$0].room == .elastic ? max(least[$0], min(natural[$0], width)) : natural[$0]
        }
        // The widest gives way first, so that short names stay whole.
        while excess(widths) > 0,
            let widest = shown.filter({ columns[$0].room == .elastic && widths[$0] > least[$0] })
                .max(by: { widths[$0] < widths[$1] })
        {
            widths[widest] -= 1
        }
        func line(_ cells: [String], _ tone: PageLine.Tone) -> PageLine {
            let parts = shown.map { index -> String in
                let text = (index < cells.count ? cells[index] : "")
                    .truncated(toWidth: widths[index])
                let space = String(repeating: " ", count: max(0, widths[index] - text.displayWidth))
                return columns[index].isNumber ? space + text : text + space
            }
            var text = parts.joined(separator: "  ")
            while text.hasSuffix(" ") { text.removeLast() }
            return PageLine(text.truncated(toWidth: width), tone)
        }
        return [line(columns.map(\.heading), .dim)] + texts.map { line($0, .plain) }
    }

    private static let leastElastic = 16
}

extension PageSection {
    /// The section for a terminal, in lines of at most `width` columns.
    func lines(width: Int) -> [PageLine] {
        var lines = [PageLine(title, .strong)]
        for sentence in sentences {
            lines += Wrapping.lines(sentence.escapedForDisplay, width: width - 2)
                .map { PageLine("  " + $0) }
        }
        if let table {
            lines += table.lines(width: width - 2).map { line in
                var line = line
                line.spans.insert(.init(text: "  ", tone: .plain), at: 0)
                return line
            }
        }
        return lines
    }

    /// The section as Markdown.
    var markdown: [String] {
        var lines = ["## \(Markdown.escaped(title))"]
        for sentence in sentences { lines += ["", Markdown.escaped(sentence)] }
        if let table {
            lines += [""]
            lines += Markdown.table(
                table.columns.map(\.title), table.rows.map { $0.map(\.text) })
        }
        return lines
    }

    /// The section for a browser; `id` is its place in the page.
    func html(id: String) -> HTMLText {
        var html: HTMLText = """
            <section class="card" aria-labelledby="\(id)"><h2 id="\(id)">\(title)</h2>

            """
        for sentence in sentences { html += "<p class=\"sub\">\(sentence)</p>\n" }
        if let table {
            var made = HTMLTable(
                title,
                columns: table.columns.map {
                    .init($0.title, isNumber: $0.isNumber, isWhole: $0.room == .fixed)
                })
            for row in table.rows { made.addRow(row.map(\.html)) }
            html += made.html
        }
        return html + "</section>\n\n"
    }
}

extension PageTable.Cell {
    /// A name that fills the page shows nothing else of the table.
    private static let longest = 200

    var html: HTMLText {
        switch self {
        case .text(let text):
            return "<bdi>\(text.escapedForDisplay.truncated(toWidth: Self.longest))</bdi>"
        case .bar(let share):
            let percent = Words.number(
                (share.isFinite ? min(1, max(0, share)) : 0) * 100, places: 1)
            return """
                <svg class="bar grave" aria-hidden="true"><rect width="100%" height="100%" rx="2"/>\
                <rect class="full" width="\(percent)%" height="100%" rx="2"/></svg>
                """
        }
    }
}
