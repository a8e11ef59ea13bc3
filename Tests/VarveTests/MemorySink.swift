@testable import varve

/// Keeps what is printed, and how many pieces it came in.
final class MemorySink: TextSink {
    private(set) var text = ""
    private(set) var writes = 0

    func write(_ text: String) throws(OutputError) {
        self.text += text
        writes += 1
    }
}

/// A disk that is full after some bytes.
final class FullSink: TextSink {
    private var room: Int

    init(room: Int) {
        self.room = room
    }

    func write(_ text: String) throws(OutputError) {
        room -= text.utf8.count
        if room < 0 { throw OutputError(code: 28) }
    }
}

extension Terminal {
    /// A terminal without colour.
    static func plain(columns: Int) -> Terminal {
        Terminal(isTerminal: true, columns: columns, usesColour: false)
    }

    /// A terminal with colour.
    static func coloured(columns: Int = 200) -> Terminal {
        Terminal(isTerminal: true, columns: columns, usesColour: true)
    }
}
