internal import HistoryModel

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A terminal that this program has for itself: the alternate screen without a cursor, keys given as
/// they are typed. All is as it was when it is left, at the latest when it is gone.
///
/// Ctrl-C and Ctrl-Z stay signals.
struct Screen: ~Copyable {
    private let input: Int32
    private let output: Int32
    private let sink: StandardOutput
    /// How the terminal was; `nil` if the input is none.
    private var before: termios?
    private var isEntered = false

    /// The screen that `output` shows; it is not entered yet.
    init(input: Int32 = STDIN_FILENO, output: Int32 = STDOUT_FILENO) {
        self.input = input
        self.output = output
        sink = StandardOutput(descriptor: output)
    }

    deinit {
        if isEntered { Self.restore(sink, input, before) }
    }

    /// Whether keys can be read.
    var hasKeys: Bool { isatty(input) == 1 }

    /// The window's size, as `ioctl(TIOCGWINSZ)` tells; 80 by 24 if it does not.
    var size: WindowSize {
        var size = winsize()
        guard unsafe ioctl(output, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0
        else { return WindowSize(columns: 80, rows: 24) }
        return WindowSize(columns: Int(size.ws_col), rows: Int(size.ws_row))
    }

    /// Takes the terminal over; again, too, where another program may have changed it meanwhile.
    mutating func enter() throws(OutputError) {
        var current = termios()
        if hasKeys, unsafe tcgetattr(input, &current) == 0 {
            if before == nil { before = current }
            current.c_lflag &= ~tcflag_t(ECHO | ICANON | IEXTEN)
            current.c_iflag &= ~tcflag_t(IXON)
            Self.setReadAtLeastOne(&current)
            unsafe tcsetattr(input, TCSANOW, &current)
        }
        isEntered = true
        // Alternate screen; no cursor; no wrap, so that a character that is wider than was thought
        // shifts nothing.
        try sink.write("\u{1b}[?1049h\u{1b}[?25l\u{1b}[?7l\u{1b}[2J")
        try sink.flush()
    }

    /// Gives the terminal back.
    mutating func leave() {
        guard isEntered else { return }
        isEntered = false
        Self.restore(sink, input, before)
        before = nil
    }

    /// Shows `lines`, no wider than the window, in one write: each line is written over the one before
    /// and what is left of that is erased, so that nothing flickers.
    func draw(_ lines: [String], in size: WindowSize) throws(OutputError) {
        var frame = "\u{1b}[H"
        for (index, line) in lines.prefix(size.rows).enumerated() {
            if index > 0 { frame += "\r\n" }
            frame += line
            // At the last column the cursor stands on the last character, and would erase that.
            if Self.width(of: line) < size.columns { frame += "\u{1b}[K" }
        }
        if lines.count < size.rows { frame += "\r\n\u{1b}[J" }
        try sink.write(frame)
        try sink.flush()
    }

    /// What was typed; `nil` if there will be no more.
    func readKeys() -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 256)
        // The array has room for as many bytes as are asked for.
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(input, $0.baseAddress, 256) }
        if count > 0 { return Array(bytes.prefix(count)) }
        return count < 0 && (errno == EINTR || errno == EAGAIN) ? [] : nil
    }

    /// Columns of a line without the sequences that colour it.
    private static func width(of line: String) -> Int {
        var width = 0
        var isInSequence = false
        for character in line {
            if isInSequence {
                isInSequence = character != "m"
            } else if character == "\u{1b}" {
                isInSequence = true
            } else {
                width += character.displayWidth
            }
        }
        return width
    }

    private static func setReadAtLeastOne(_ settings: inout termios) {
        // Tuples of one type lie in memory as its array; both indices are below NCCS.
        unsafe withUnsafeMutableBytes(of: &settings.c_cc) { characters in
            unsafe characters[Int(VMIN)] = 1
            unsafe characters[Int(VTIME)] = 0
        }
    }

    private static func restore(_ sink: StandardOutput, _ input: Int32, _ before: termios?) {
        // A terminal that takes nothing any more has nobody to be told.
        try? sink.write("\u{1b}[?7h\u{1b}[?25h\u{1b}[?1049l")
        try? sink.flush()
        if var before { unsafe tcsetattr(input, TCSANOW, &before) }
    }
}
