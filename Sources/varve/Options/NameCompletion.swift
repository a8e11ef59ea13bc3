internal import ArgumentParser
internal import HistoryModel
internal import HistoryStore

/// What a shell offers where a run or a sandbox is to be named.
enum NameCompletion {
    /// So many names are offered at most.
    private static let limit = 200

    /// Names of sandboxes, from the catalog that the command line means.
    static var sandboxes: CompletionKind {
        .custom { words, index, prefix in
            let word = words.indices.contains(index) ? words[index] : prefix
            return names(beginningWith: word, words: words)
        }
    }

    /// Names that every shell takes as they are. Others are not offered: what a shell makes of spaces,
    /// quotes or escapes is not ours to try.
    static func isPlain(_ name: String) -> Bool {
        guard let first = name.unicodeScalars.first, first != "-", first != "~",
            name.utf8.count <= 128
        else { return false }
        return name.unicodeScalars.allSatisfy { scalar in
            guard scalar.isASCII else { return scalar.properties.isAlphabetic }
            return ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
                || ("0"..."9").contains(scalar) || "._-+@%~/,".unicodeScalars.contains(scalar)
        }
    }

    /// Nothing where the catalog cannot be read: a shell has no place for sentences.
    private static func names(beginningWith word: String, words: [String]) -> [String] {
        var options = CatalogOptions()
        options.path = catalog(in: words)
        guard word.isEmpty || isPlain(word), let path = try? options.resolvedPath(),
            let names = try? CatalogReader(path: path)
                .sandboxNames(beginningWith: word, limit: limit)
        else { return [] }
        return names.filter(isPlain)
    }

    private static func catalog(in words: [String]) -> String? {
        for (index, word) in words.enumerated() {
            if word == "--db", words.indices.contains(index + 1) { return words[index + 1] }
            if word.hasPrefix("--db=") { return String(word.dropFirst(5)) }
        }
        return nil
    }
}
