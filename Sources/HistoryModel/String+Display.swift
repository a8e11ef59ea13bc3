extension Unicode.Scalar {
    /// Whether showing it as it is could move the cursor, reorder the line, or hide something.
    ///
    /// Controls (C0, C1, DEL), format characters (bidirectional marks, overrides and isolates,
    /// zero-width space, byte order mark, tags), line and paragraph separators. The two joiners stay,
    /// for emoji and for scripts that are spelled with them.
    public var isUnsafeToDisplay: Bool {
        if isASCII { return value < 0x20 || value == 0x7f }
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: return true
        case .format: return value != 0x200c && value != 0x200d
        default: return false
        }
    }
}

extension String {
    /// The text with every character that ``Unicode/Scalar/isUnsafeToDisplay`` names escaped, on one
    /// line: `\n`, `\t`, `\r`, `\u{1b}`.
    ///
    /// For names that come from outside: a sandbox may be called whatever its user likes, and a
    /// terminal obeys what it is shown. A backslash stays one, so the text is for eyes only.
    public var escapedForDisplay: String { escapedForDisplay(keeping: []) }

    /// The same, but that what is in `kept` stays: line breaks where text may have several lines.
    public func escapedForDisplay(keeping kept: Set<Unicode.Scalar>) -> String {
        guard unicodeScalars.contains(where: \.isUnsafeToDisplay) else { return self }
        var escaped = ""
        for scalar in unicodeScalars {
            switch scalar {
            case _ where kept.contains(scalar): escaped.unicodeScalars.append(scalar)
            case "\n": escaped += "\\n"
            case "\t": escaped += "\\t"
            case "\r": escaped += "\\r"
            case _ where scalar.isUnsafeToDisplay:
                escaped += "\\u{\(String(scalar.value, radix: 16))}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// The text in at most `width` columns of a terminal, its end replaced by `…` if it is longer.
    ///
    /// Nothing is left of it in less than one column.
    public func truncated(toWidth width: Int) -> String {
        if utf8.count <= width { return self }
        var used = 0
        // Where the text would be cut so that the ellipsis still fits.
        var cut = startIndex
        for index in indices {
            if used <= width - 1 { cut = index }
            used += self[index].displayWidth
            if used > width {
                return width < 1 ? "" : self[..<cut] + "…"
            }
        }
        return self
    }
}
