internal import HistoryModel

extension ChartGroup {
    /// How many places the axis has for the crosshair.
    private static let places = 100_000.0

    private func place(of instant: Timestamp) -> ScriptValue {
        .integer(Int((axis.place(of: instant) * Self.places).rounded()))
    }

    /// What the script shows at each place: texts, so that the same value looks the same everywhere.
    func crosshairValues(of panels: [ChartPanel]) -> ScriptValue {
        let lines = panels.flatMap { panel in
            panel.lines.map { line -> ScriptValue in
                .object([
                    ("track", .integer(line.track)),
                    (
                        "values",
                        .list(
                            line.values.map { $0.map { .text(panel.unit.text(of: $0)) } ?? .null })
                    ),
                ])
            }
        }
        let tracks = tracks.map { track -> ScriptValue in
            .object([
                ("from", .list(track.steps.map { place(of: $0.from) })),
                ("at", .list(track.steps.map { place(of: $0.at) })),
                ("to", .list(track.steps.map { place(of: $0.to) })),
                (
                    "time",
                    .list(
                        track.steps.map {
                            let instant = track.isOfSamples ? $0.at : $0.from
                            return .text(
                                axis.text(of: instant, withMilliseconds: track.isOfSamples))
                        })
                ),
            ])
        }
        return .object([
            ("tracks", .list(tracks)), ("lines", .list(lines)),
            (
                "gaps",
                .list(
                    visibleGaps.map {
                        .list([place(of: $0.from), place(of: $0.to), .text(sentence(of: $0))])
                    })
            ),
            ("marks", .list(visibleMarks.map { .list([place(of: $0.at), .text($0.label)]) })),
        ])
    }
}
