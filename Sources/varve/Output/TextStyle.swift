/// How a piece of text stands out on a terminal. Never part of its width, never the only sign of
/// anything: without colour the words must do.
enum TextStyle: Hashable, Sendable {
    case plain
    /// A table's headings.
    case heading
    /// What matters less: an absent value, a past event.
    case dim
    /// What went well or goes on.
    case good
    /// What wants a look.
    case warning
    /// What failed.
    case bad

    /// `text` in this style, if the terminal knows colours.
    func applied(to text: String, on terminal: Terminal) -> String {
        guard terminal.usesColour, !text.isEmpty, let code else { return text }
        return "\u{1b}[\(code)m\(text)\u{1b}[0m"
    }

    /// The parameter of the SGR sequence.
    private var code: String? {
        switch self {
        case .plain: nil
        case .heading: "1"
        case .dim: "2"
        case .good: "32"
        case .warning: "33"
        case .bad: "31"
        }
    }
}
