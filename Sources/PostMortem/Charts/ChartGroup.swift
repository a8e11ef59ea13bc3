public import HistoryModel

/// Charts below one another that share a time axis, what happened on it, and a crosshair.
///
/// ```swift
/// var group = ChartGroup("run", title: "The whole run", axis: axis, tracks: [track])
/// group.panels = [ChartPanel("Memory", in: .bytes, lines: [.init("average", values, .first)])]
/// group.html
/// ```
public struct ChartGroup: Sendable {
    /// Something that happened, with a line through all charts.
    public struct Mark: Hashable, Sendable {
        /// How it looks.
        public enum Tone: Int, Sendable {
            /// Of no harm.
            case plain
            /// Wants a look.
            case warning
            /// An end, and what brings one.
            case grave
        }

        /// When.
        public var at: Timestamp
        /// What, in a word.
        public var label: String
        /// How it looks.
        public var tone: Tone
        /// The element of the page that tells more.
        public var link: String?

        /// `label` at `at`.
        public init(_ label: String, at: Timestamp, _ tone: Tone = .plain, link: String? = nil) {
            self.label = label
            self.at = at
            self.tone = tone
            self.link = link
        }
    }

    /// A stretch that something on the page tells of; it is lit when that is asked for.
    public struct Span: Hashable, Sendable {
        /// The name of what tells of it, as `f1`. Its element in the page is `GROUP-NAME`.
        public var name: String
        /// Where it begins.
        public var from: Timestamp
        /// Where it ends.
        public var to: Timestamp

        /// The stretch from `from` to `to`.
        public init(_ name: String, from: Timestamp, to: Timestamp) {
            self.name = name
            self.from = from
            self.to = max(from, to)
        }
    }

    /// The id of its element in the page.
    public let id: String
    /// What it shows.
    public var title: String
    /// What stands below the title.
    public var note: HTMLText = ""
    /// Its time.
    public let axis: TimeAxis
    /// What was measured over that time.
    public let tracks: [ChartTrack]
    /// The charts, from the top.
    public var panels: [ChartPanel] = []
    /// What happened, in order of time.
    public var marks: [Mark] = []
    /// What can be lit.
    public var spans: [Span] = []

    /// A group without charts yet.
    public init(_ id: String, title: String, axis: TimeAxis, tracks: [ChartTrack]) {
        self.id = id
        self.title = title
        self.axis = axis
        self.tracks = tracks
    }

    /// Whether all of `span` can be seen in it.
    public func shows(_ span: Span) -> Bool { span.from >= axis.from && span.to <= axis.to }

    /// The charts with their legend, what is behind them, and the values for the crosshair.
    public var html: HTMLText {
        let drawn = panels.filter { !$0.isEmpty }
        let empty = panels.filter(\.isEmpty).map(\.title)
        var html: HTMLText = """
            <section class="card charts" id="\(id)" aria-labelledby="\(id)-heading">
            <h2 id="\(id)-heading">\(title)</h2>
            <p class="sub">\(note)</p>

            """
        guard !drawn.isEmpty else {
            return html + "<p class=\"none\">No sample of this time was kept.</p>\n</section>\n"
        }
        html += """
            <p class="readout" hidden><output>Point at a chart, or select it and press \
            <kbd>←</kbd> <kbd>→</kbd>, to read its values.</output></p>
            <div class="plots">
            \(background)\(lane)
            """
        var lineIndex = 0
        for (index, panel) in drawn.enumerated() {
            html += "<figure class=\"panel\">\(legend(of: panel, from: &lineIndex))"
            html += SVGChart(panel: panel, tracks: tracks, axis: axis, id: "\(id)-\(index)").html
            html += "</figure>\n"
        }
        html += """
            \(timeLabels)<div class="cursor" hidden tabindex="0" role="slider" \
            aria-label="Time in \(title)"><div class="hair"></div></div>
            </div>

            """
        if !empty.isEmpty {
            html += "<p class=\"none\">Not measured: \(empty.joined(separator: ", ")).</p>\n"
        }
        return html + """
            <script type="application/json">\(crosshairValues(of: drawn).html)</script>
            </section>

            """
    }

    private func legend(of panel: ChartPanel, from lineIndex: inout Int) -> HTMLText {
        var html: HTMLText = "<figcaption><b>\(panel.title)</b>"
        for line in panel.lines {
            // Until a place is pointed at, the highest of all is said; of an average it says nothing.
            let hasPeak = panel.lines.contains { $0.style == .peak && $0.track == line.track }
            let word = line.style == .peak ? "" : "max "
            let highest =
                hasPeak && line.style == .first
                ? nil : line.highest.map { word + panel.unit.text(of: $0) }
            let name = line.track < tracks.count ? tracks[line.track].name : nil
            html += """
                <span class="key"><i class="\(line.style.rawValue)"></i>\
                \(name.map { "\($0) " } ?? "")\(line.name) \
                <output data-line="\(lineIndex)">\
                \(highest ?? "")\
                </output></span>

                """
            lineIndex += 1
        }
        if let limit = panel.limit {
            let place: HTMLText = panel.drawnLimit == nil ? " <small>(above)</small>" : ""
            html += """
                <span class="key"><i class="limit"></i>\(limit.name) \
                <span class="value">\(panel.unit.text(of: limit.value))</span>\(place)</span>

                """
        }
        return html + "</figcaption>\n"
    }
}
