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
    /// Lines that it shows at once, `nil` if that is not known.
    var rows: Int?
    /// Whether text may carry colours.
    var usesColour: Bool
    /// Whether tables show the numbers of the data formats instead of scaled ones: `--raw`.
    var showsBaseUnits = false

    /// A pipe or a file: no width, no colour.
    static let none = Terminal(isTerminal: false, columns: nil, usesColour: false)

    /// A terminal of these facts; `NO_COLOR` (if not empty) and `TERM=dumb` refuse colour.
    init(
        isTerminal: Bool, columns: Int?, rows: Int? = nil, environment: (String) -> String?
    ) {
        let refuses = environment("NO_COLOR").map { !$0.isEmpty } ?? false
        self.init(
            isTerminal: isTerminal,
            columns: isTerminal ? columns ?? environment("COLUMNS").flatMap(Self.width) : nil,
            rows: isTerminal ? rows : nil,
            usesColour: isTerminal && !refuses && environment("TERM") != "dumb")
    }

    init(isTerminal: Bool, columns: Int?, rows: Int? = nil, usesColour: Bool) {
        self.isTerminal = isTerminal
        self.columns = columns
        self.rows = rows
        self.usesColour = usesColour
    }

    /// The terminal behind `descriptor`, as `isatty(3)` and `ioctl(TIOCGWINSZ)` tell.
    static func of(descriptor: Int32 = STDOUT_FILENO) -> Terminal {
        guard isatty(descriptor) == 1 else { return .none }
        var size = winsize()
        // What the call does not fill in stays 0: not known.
        _ = unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size)
        return Terminal(
            isTerminal: true, columns: size.ws_col > 0 ? Int(size.ws_col) : nil,
            rows: size.ws_row > 0 ? Int(size.ws_row) : nil, environment: Self.variable)
    }

    /// A variable of this program's environment.
    static func variable(_ name: String) -> String? {
        // Copied at once; nothing in this program changes its environment.
        unsafe getenv(name).map { value in unsafe String(cString: value) }
    }

    private static func width(_ text: String) -> Int? {
        Int(text).flatMap { $0 > 0 ? $0 : nil }
    }
}
