#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// A list of strings as the column `run.command` holds it: a JSON array.
enum StoredCommand {
    static func encode(_ strings: [String]) -> String {
        // An array of strings always has a JSON form.
        (try? JSONEncoder().encode(strings)).map { String(decoding: $0, as: UTF8.self) } ?? "[]"
    }

    /// - Returns: `nil` if `text` is no JSON array of strings.
    static func decode(_ text: String) -> [String]? {
        // What a decoder takes microseconds for, ten thousand times in a long list.
        if let plain = plainStrings(text.utf8) { return plain }
        return try? JSONDecoder().decode([String].self, from: Data(text.utf8))
    }

    /// The strings of an array that was written without spaces, and escapes nothing but `/`, `"` and
    /// `\`; `nil` for anything else.
    private static func plainStrings(_ text: String.UTF8View) -> [String]? {
        var strings: [String] = []
        var bytes = text.makeIterator()
        guard bytes.next() == UInt8(ascii: "[") else { return nil }
        var separator = bytes.next()
        if separator == UInt8(ascii: "]") { return bytes.next() == nil ? [] : nil }
        while true {
            guard separator == UInt8(ascii: "\""), let string = plainString(&bytes) else {
                return nil
            }
            strings.append(string)
            switch bytes.next() {
            case UInt8(ascii: ","): separator = bytes.next()
            case UInt8(ascii: "]"): return bytes.next() == nil ? strings : nil
            default: return nil
            }
        }
    }

    /// What stands before the next quotation mark.
    private static func plainString(_ bytes: inout String.UTF8View.Iterator) -> String? {
        var string: [UInt8] = []
        while let byte = bytes.next() {
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: string, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let escaped = bytes.next(), "/\"\\".utf8.contains(escaped) else { return nil }
                string.append(escaped)
            case ..<0x20: return nil
            default: string.append(byte)
            }
        }
        return nil
    }
}
