import HistoryModel

/// A line of a page for eyes, before any terminal is known.
public struct PageLine: Hashable, Sendable {
    /// How a piece of text stands out. Never the only sign of anything.
    public enum Tone: Hashable, Sendable {
        /// Not at all.
        case plain
        /// A heading, or the verdict.
        case strong
        /// What matters less.
        case dim
        /// What goes well.
        case good
        /// What wants a look.
        case warning
        /// What failed.
        case bad
    }

    /// A piece of a line.
    public struct Span: Hashable, Sendable {
        /// Its text, safe to show.
        public var text: String
        /// How it stands out.
        public var tone: Tone
    }

    /// The pieces, from left to right.
    public var spans: [Span]

    /// A line of one piece; of none for an empty line.
    init(_ text: String = "", _ tone: Tone = .plain) {
        spans = text.isEmpty ? [] : [Span(text: text, tone: tone)]
    }

    init(_ spans: [(String, Tone)]) {
        self.spans = spans.map { Span(text: $0.0, tone: $0.1) }
    }

    /// The line without tones.
    public var text: String { spans.map(\.text).joined() }
}

/// Text in lines of a width.
enum Wrapping {
    /// The words of `text` in lines of at most `width` columns, the further ones behind `indent` spaces.
    /// A word that is wider is cut in pieces.
    static func lines(_ text: String, width: Int, indent: Int = 0) -> [String] {
        let room = max(8, width)
        var lines: [String] = []
        var line = ""
        var used = 0
        func margin() -> String { lines.isEmpty ? "" : String(repeating: " ", count: indent) }
        for word in text.split(separator: " ") {
            var rest = word
            while true {
                let gap = line.isEmpty ? 0 : 1
                let free = room - (lines.isEmpty ? 0 : indent) - used - gap
                if let wide = Self.width(of: rest, upTo: free) {
                    line += (gap == 1 ? " " : "") + rest
                    used += gap + wide
                    break
                }
                if !line.isEmpty {
                    lines.append(margin() + line)
                    (line, used) = ("", 0)
                    continue
                }
                let part = head(of: rest, width: max(4, free))
                lines.append(margin() + part)
                rest = rest.dropFirst(part.count)
            }
        }
        if !line.isEmpty { lines.append(margin() + line) }
        return lines
    }

    /// The columns that `text` takes, `nil` if more than `most`: of a word of megabytes, which is cut in
    /// pieces, each look stops there.
    private static func width(of text: Substring, upTo most: Int) -> Int? {
        var used = 0
        for character in text {
            used += character.displayWidth
            if used > most { return nil }
        }
        return used
    }

    /// At least one character, and no more than `width` columns if that is possible.
    private static func head(of text: Substring, width: Int) -> Substring {
        var used = 0
        var end = text.startIndex
        while end < text.endIndex {
            used += text[end].displayWidth
            if used > width, end > text.startIndex { break }
            end = text.index(after: end)
        }
        return text[..<end]
    }
}
