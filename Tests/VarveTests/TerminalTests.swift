import Foundation
import Testing

@testable import varve

@Suite("What a terminal can show")
struct TerminalTests {
    @Test(
        "colour needs a terminal that nobody forbade it",
        arguments: [
            (true, [:], true), (true, ["TERM": "xterm-256color"], true),
            (true, ["NO_COLOR": ""], true), (true, ["NO_COLOR": "1"], false),
            (true, ["NO_COLOR": "0"], false), (true, ["TERM": "dumb"], false), (false, [:], false),
        ] as [(Bool, [String: String], Bool)])
    func colour(isTerminal: Bool, environment: [String: String], usesColour: Bool) {
        let terminal = Terminal(isTerminal: isTerminal, columns: 80) { environment[$0] }
        #expect(terminal.usesColour == usesColour)
    }

    @Test(
        "a width that the terminal does not tell is taken from COLUMNS, and a pipe has none",
        arguments: [
            (true, 80, ["COLUMNS": "100"], 80), (true, nil, ["COLUMNS": "100"], 100),
            (true, nil, [:], nil), (true, nil, ["COLUMNS": "0"], nil),
            (true, nil, ["COLUMNS": "-4"], nil), (true, nil, ["COLUMNS": "wide"], nil),
            (false, nil, ["COLUMNS": "100"], nil),
        ] as [(Bool, Int?, [String: String], Int?)])
    func width(isTerminal: Bool, columns: Int?, environment: [String: String], width: Int?) {
        let terminal = Terminal(isTerminal: isTerminal, columns: columns) { environment[$0] }
        #expect(terminal.columns == width)
    }

    @Test("a real terminal tells its width, a pipe that it is none")
    func real() throws {
        let descriptor = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        var size = winsize(ws_row: 24, ws_col: 97, ws_xpixel: 0, ws_ypixel: 0)
        #expect(unsafe ioctl(descriptor, UInt(TIOCSWINSZ), &size) == 0)
        let terminal = Terminal.of(descriptor: descriptor)
        #expect(terminal.isTerminal)
        #expect(terminal.columns == 97)
        let pipe = try TestPipe()
        #expect(Terminal.of(descriptor: pipe.writeEnd) == .none)
    }
}
