#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What is known of the place that output goes to.
struct Terminal: Hashable, Sendable {
    /// Whether a person looks on.
    var isTerminal: Bool
    /// Columns of a line, `nil` if nothing bounds it: a pipe, a file.
    var columns: Int?
    /// Whether text may carry colours.
    var usesColour: Bool

    /// A pipe or a file: no width, no colour.
    static let none = Terminal(isTerminal: false, columns: nil, usesColour: false)

    /// A terminal of these facts; `NO_COLOR` (if not empty) and `TERM=dumb` refuse colour.
    init(isTerminal: Bool, columns: Int?, environment: (String) -> String?) {
        let refuses = environment("NO_COLOR").map { !$0.isEmpty } ?? false
        self.init(
            isTerminal: isTerminal,
            columns: isTerminal ? columns ?? environment("COLUMNS").flatMap(Self.width) : nil,
            usesColour: isTerminal && !refuses && environment("TERM") != "dumb")
    }

    init(isTerminal: Bool, columns: Int?, usesColour: Bool) {
        self.isTerminal = isTerminal
        self.columns = columns
        self.usesColour = usesColour
    }

    /// The terminal behind `descriptor`, as `isatty(3)` and `ioctl(TIOCGWINSZ)` tell.
    static func of(descriptor: Int32 = STDOUT_FILENO) -> Terminal {
        guard isatty(descriptor) == 1 else { return .none }
        var size = winsize()
        let isKnown = unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        return Terminal(isTerminal: true, columns: isKnown ? Int(size.ws_col) : nil) { name in
            // Copied at once; nothing in this program changes its environment.
            unsafe getenv(name).map { value in unsafe String(cString: value) }
        }
    }

    private static func width(_ text: String) -> Int? {
        Int(text).flatMap { $0 > 0 ? $0 : nil }
    }
}
