/// A key that `varve top` knows.
enum TopKey: Hashable, Sendable {
    case sort(LiveOrder)
    case reverse
    case help
    case quit
    case escape
    case up
    case down
    case pageUp
    case pageDown
    case first
    case last
    /// Any other key.
    case other

    /// What a key that is one character means.
    init(_ byte: UInt8) {
        self =
            switch Character(Unicode.Scalar(byte)) {
            case "c": .sort(.cpu)
            case "m": .sort(.memory)
            case "d": .sort(.disk)
            case "n": .sort(.net)
            case "s": .sort(.name)
            case "u": .sort(.uptime)
            case "r": .reverse
            case "h", "?": .help
            case "q", "\u{3}": .quit
            case "k": .up
            case "j": .down
            case " ", "\u{6}": .pageDown
            case "b", "\u{2}": .pageUp
            case "g": .first
            case "G": .last
            default: .other
            }
    }
}

/// Makes keys from the bytes that a terminal sends: a sequence may come in pieces.
struct TopKeyParser {
    private var pending: [UInt8] = []
    private static let escape: UInt8 = 0x1b
    /// No key that is known has a longer sequence; what is longer is none.
    private static let longest = 16

    /// The keys that are whole with `bytes`.
    mutating func keys(in bytes: some Sequence<UInt8>) -> [TopKey] {
        var keys: [TopKey] = []
        for byte in bytes {
            if pending.isEmpty {
                if byte == Self.escape { pending = [byte] } else { keys.append(TopKey(byte)) }
                continue
            }
            if pending.count == 1, byte != UInt8(ascii: "["), byte != UInt8(ascii: "O") {
                // An escape of its own, and whatever came after it.
                keys.append(.escape)
                pending.removeAll()
                if byte == Self.escape { pending = [byte] } else { keys.append(TopKey(byte)) }
                continue
            }
            pending.append(byte)
            // ECMA-48: parameters and intermediate bytes, then a final byte from @ to ~.
            let isFinal = pending.count > 2 && (0x40...0x7e).contains(byte)
            guard isFinal || pending.count > Self.longest else { continue }
            keys.append(Self.key(of: pending))
            pending.removeAll()
        }
        return keys
    }

    /// The escape that waited for more and was alone.
    mutating func finish() -> TopKey? {
        guard pending == [Self.escape] else { return nil }
        pending.removeAll()
        return .escape
    }

    private static func key(of sequence: [UInt8]) -> TopKey {
        switch String(decoding: sequence.dropFirst(2), as: UTF8.self) {
        case "A": .up
        case "B": .down
        case "H", "1~", "7~": .first
        case "F", "4~", "8~": .last
        case "5~": .pageUp
        case "6~": .pageDown
        default: .other
        }
    }
}
