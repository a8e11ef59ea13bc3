import HistoryModel

/// Parts of a line side by side, on as many lines as they need.
enum WrappedParts {
    /// The lines of `parts` that are not empty, in a terminal of `columns`.
    ///
    /// Each part has at least its width of `widths` where lines are broken, so that what stands below
    /// does not jump up and down with the numbers.
    static func lines(
        of parts: [String], columns: Int, gap: Int = 2, widths: [Int] = []
    ) -> [String] {
        var lines: [String] = []
        var used = 0
        for (index, part) in parts.enumerated() where !part.isEmpty {
            let width = max(part.displayWidth, index < widths.count ? widths[index] : 0)
            if !lines.isEmpty, used + gap + width <= columns {
                lines[lines.count - 1] += String(repeating: " ", count: gap) + part
                used += gap + width
            } else {
                lines.append(part)
                used = width
            }
        }
        return lines
    }
}
