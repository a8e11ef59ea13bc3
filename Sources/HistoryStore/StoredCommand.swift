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
        try? JSONDecoder().decode([String].self, from: Data(text.utf8))
    }
}
