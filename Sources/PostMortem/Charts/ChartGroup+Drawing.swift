internal import HistoryModel

extension ChartGroup {
    /// What lies behind the charts: gaps, lines of what happened, and what can be lit.
    var background: HTMLText {
        var html: HTMLText = """
            <svg class="behind" aria-hidden="true">
            <defs><pattern id="\(id)-hatch" width="7" height="7" patternUnits="userSpaceOnUse" \
            patternTransform="rotate(45)"><line class="hatch" x1="0" x2="0" y1="0" y2="7"/></pattern>\
            </defs>

            """
        for gap in visibleGaps {
            let (from, to) = (axis.place(of: gap.from), axis.place(of: gap.to))
            html += """
                <rect class="gap" x="\(percent(from))" width="\(percent(max(to - from, 0.001)))" \
                y="26" height="100%" fill="url(#\(id)-hatch)"><title>\(sentence(of: gap))</title></rect>

                """
            guard to - from > 0.12 else { continue }
            html += """
                <text class="why\(to - from < 0.35 ? " wide" : "")" x="\(percent((from + to) / 2))" \
                y="100%" dy="-38" text-anchor="middle">no data: \(gap.reason)</text>

                """
        }
        for span in spans where span.to >= axis.from && span.from <= axis.to {
            let (from, to) = (axis.place(of: span.from), axis.place(of: span.to))
            let start = min(from, 0.995)
            html += """
                <rect class="span" id="\(id)-\(span.name)" data-finding="\(span.name)" \
                x="\(percent(start))" width="\(percent(max(to - start, 0.005)))" y="0" \
                height="100%"/>

                """
        }
        let marks = visibleMarks
        // Where there are many, lines through all charts would hide what those show.
        for mark in marks where mark.tone == .grave || marks.count <= 40 {
            let place = percent(axis.place(of: mark.at))
            html += """
                <line class="mark \(Self.name(of: mark.tone))" x1="\(place)" x2="\(place)" y1="20" \
                y2="100%"/>

                """
        }
        return html + "</svg>\n"
    }

    /// What happened, above the charts: each with its sign, and with its word where there is room.
    var lane: HTMLText {
        let marks = visibleMarks
        guard !marks.isEmpty else { return "" }
        let labelled = places(of: marks)
        var html: HTMLText = """
            <svg class="lane" role="group" aria-label="What happened">

            """
        for (index, mark) in marks.enumerated() {
            let place = axis.place(of: mark.at)
            let tone = Self.name(of: mark.tone)
            var sign: HTMLText = """
                <title>\(axis.text(of: mark.at, withMilliseconds: true)): \(mark.label)</title>\
                <svg x="\(percent(place))" y="18" overflow="visible"><path class="sign \(tone)" \
                d="\(Self.shape(of: mark.tone))"/></svg>
                """
            if let end = labelled[index] {
                let isLeft = end == .left
                sign += """
                    <text class="word \(tone)" x="\(percent(place))" y="12" dx="\(isLeft ? "-4" : "4")" \
                    text-anchor="\(isLeft ? "end" : "start")">\(mark.label)</text>
                    """
            }
            html += mark.link.map { "<a href=\"#\($0)\">\(sign)</a>\n" } ?? "<g>\(sign)</g>\n"
        }
        return html + "</svg>\n"
    }

    /// On which side of its sign a word stands.
    private enum Side { case left, right }

    /// Which of `marks` have room for their word where the charts are wide: the grave ones first.
    private func places(of marks: [Mark]) -> [Int: Side] {
        // The least width with words (see the style), and that of a letter.
        let (width, letter) = (620.0, 6.4)
        var taken: [ClosedRange<Double>] = []
        var sides: [Int: Side] = [:]
        let order = marks.indices.sorted {
            (-marks[$0].tone.rawValue, $0) < (-marks[$1].tone.rawValue, $1)
        }
        for index in order {
            let place = axis.place(of: marks[index].at) * width
            let length = Double(marks[index].label.count) * letter + 10
            for side in [Side.right, .left] {
                let room = side == .right ? place...(place + length) : (place - length)...place
                guard room.lowerBound >= 0, room.upperBound <= width,
                    !taken.contains(where: { $0.overlaps(room) })
                else { continue }
                taken.append(room)
                sides[index] = side
                break
            }
        }
        return sides
    }

    /// The times below the charts.
    var timeLabels: HTMLText {
        var html: HTMLText = "<svg class=\"times\" aria-hidden=\"true\">\n"
        for tick in axis.ticks {
            let kind: HTMLText = tick.isMain ? "tick" : "tick wide"
            let place = percent(tick.place)
            // The first and the last would be cut off at the edges of a telephone.
            let anchor: HTMLText =
                tick.place > 0.95 ? "end" : tick.place < 0.03 ? "start" : "middle"
            html += """
                <text class="\(kind)" x="\(place)" y="14" text-anchor="\(anchor)">\(tick.label)</text>
                """
            if let day = tick.day {
                html += """
                    <text class="\(kind) day" x="\(place)" y="29" text-anchor="\(anchor)">\(day)</text>
                    """
            }
            html += "\n"
        }
        return html + "</svg>\n"
    }

    /// The marks on the axis, those in one place only once; some hundred at most.
    var visibleMarks: [Mark] {
        var seen: Set<String> = []
        return marks.filter { mark in
            guard mark.at >= axis.from, mark.at <= axis.to else { return false }
            return seen.insert("\(Int(axis.place(of: mark.at) * 200)) \(mark.label)").inserted
        }
    }

    /// The gaps of all tracks on the axis, cut where it ends.
    var visibleGaps: [ChartTrack.Gap] {
        tracks.flatMap(\.gaps).filter { $0.to > axis.from && $0.from < axis.to }
    }

    func sentence(of gap: ChartTrack.Gap) -> String {
        let length = Duration.milliseconds(gap.to.milliseconds(since: gap.from)).compactText
        return "\(axis.text(of: gap.from)): no data for \(length): \(gap.reason)"
    }

    private static func name(of tone: Mark.Tone) -> String {
        switch tone {
        case .plain: "plain"
        case .warning: "warning"
        case .grave: "grave"
        }
    }

    // Told apart by their shapes, too: a dot, a triangle, a square on its corner.
    private static func shape(of tone: Mark.Tone) -> String {
        switch tone {
        case .plain: "M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0Z"
        case .warning: "M0 -5L5 4H-5Z"
        case .grave: "M0 -6L6 0L0 6L-6 0Z"
        }
    }
}
