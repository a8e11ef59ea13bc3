/// A sandbox's name as its slot holds it: at most 128 bytes, kept inline.
///
/// Reading one allocates nothing; only ``string`` does.
public struct SlotName: Hashable, Sendable {
    /// The most bytes that a slot can hold.
    public static let maximumByteCount = 128
    static let wordCount = maximumByteCount / 8

    /// The name's bytes, as far as they can be believed.
    public private(set) var byteCount: Int
    /// Whether the slot gave a length that no name can have; the name is empty then.
    public private(set) var isImplausible: Bool

    typealias Words = (
        UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64,
        UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64
    )
    /// The bytes in memory order, the last word filled up with zeros; the words behind it say nothing:
    /// a place that names are read into one after the other is not cleared for each.
    private var words: Words = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)

    /// The name `string`, or `nil` if it has more than 128 bytes.
    public init?(_ string: String) {
        let bytes = string.utf8
        guard bytes.count <= Self.maximumByteCount else { return nil }
        byteCount = bytes.count
        isImplausible = false
        // Tuples of one type lie in memory as its array; the bytes fit, as checked above.
        unsafe withUnsafeMutableBytes(of: &words) { unsafe $0.copyBytes(from: bytes) }
    }

    /// No name.
    init() {
        byteCount = 0
        isImplausible = false
    }

    /// Takes over the name in a slot. The caller's window decides whether it may be believed.
    @inline(__always)
    mutating func load(_ slot: SharedWords, _ layout: SlotLayout) {
        let length = Int(slot.load(layout.nameLength))
        isImplausible = length > Self.maximumByteCount
        byteCount = isImplausible ? 0 : length
        let count = byteCount
        // Tuples of one type lie in memory as its array; `count` is at most 128.
        unsafe withUnsafeMutableBytes(of: &words) { bytes in
            for index in 0..<count / 8 {
                unsafe bytes.storeBytes(
                    of: slot.load(layout.nameWord(index)), toByteOffset: 8 * index,
                    as: UInt64.self)
            }
            if count % 8 > 0 {
                // Little-endian: the low bytes of the word come first.
                let mask = (UInt64(1) << UInt64(8 * (count % 8))) &- 1
                unsafe bytes.storeBytes(
                    of: slot.load(layout.nameWord(count / 8)) & mask,
                    toByteOffset: count / 8 * 8, as: UInt64.self)
            }
        }
    }

    /// Puts the name and its zero padding into a slot, inside the caller's seqlock window.
    func store(in slot: SharedWords, _ layout: SlotLayout) {
        slot.store(UInt16(byteCount), layout.nameLength)
        // As above: sixteen words.
        unsafe withUnsafeBytes(of: words) { bytes in
            for index in 0..<Self.wordCount {
                let word = unsafe bytes.load(fromByteOffset: 8 * index, as: UInt64.self)
                slot.store(8 * index < byteCount ? word : 0, layout.nameWord(index))
            }
        }
    }

    /// The name's bytes.
    public var bytes: [UInt8] {
        // As above; `byteCount` is at most 128.
        unsafe withUnsafeBytes(of: words) { unsafe Array($0.prefix(byteCount)) }
    }

    /// The name; bytes that are no UTF-8 become U+FFFD. It may hold control characters.
    public var string: String { String(decoding: bytes, as: UTF8.self) }

    /// Whether two names have the same bytes.
    public static func == (left: SlotName, right: SlotName) -> Bool {
        guard left.byteCount == right.byteCount, left.isImplausible == right.isImplausible else {
            return false
        }
        // As above: both views last only for the comparison.
        return unsafe withUnsafeBytes(of: left.words) { leftBytes in
            unsafe withUnsafeBytes(of: right.words) { rightBytes in
                unsafe leftBytes.prefix(left.byteCount).elementsEqual(
                    rightBytes.prefix(left.byteCount))
            }
        }
    }

    /// Feeds the bytes to `hasher`.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(byteCount)
        hasher.combine(isImplausible)
        // As above.
        unsafe withUnsafeBytes(of: words) {
            unsafe hasher.combine(bytes: .init(rebasing: $0.prefix(byteCount)))
        }
    }
}
