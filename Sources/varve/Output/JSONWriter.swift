/// Writes one JSON document piece by piece, so that a list may be longer than memory.
///
/// ```swift
/// var json = JSONWriter(to: output)
/// try json.beginObject()
/// try json.key("points")
/// try json.beginArray()
/// for point in points { try json.value(point) }   // each on a line of its own
/// try json.endArray()
/// try json.endObject()
/// try json.endDocument()
/// ```
///
/// Calls that make no JSON, such as a value without its key, are the program's mistake and trap.
struct JSONWriter<Sink: TextSink> {
    /// How much room the text takes.
    enum Layout: Hashable, Sendable {
        /// Two spaces a level; every value that is given whole stays on one line.
        case indented
        /// No white space at all.
        case compact
    }

    private struct Level {
        let isObject: Bool
        let isOnOneLine: Bool
        var isEmpty = true
    }

    private let sink: Sink
    private let layout: Layout
    private var levels: [Level] = []
    private var hasKey = false

    /// A writer of one document to `sink`.
    init(to sink: Sink, layout: Layout = .indented) {
        self.sink = sink
        self.layout = layout
    }

    /// Opens an object; with `onOneLine`, all that is in it stays on its line.
    mutating func beginObject(onOneLine: Bool = false) throws(OutputError) {
        try begin("{", isObject: true, onOneLine: onOneLine)
    }

    /// Opens a list; with `onOneLine`, all that is in it stays on its line.
    mutating func beginArray(onOneLine: Bool = false) throws(OutputError) {
        try begin("[", isObject: false, onOneLine: onOneLine)
    }

    /// Closes the innermost object.
    mutating func endObject() throws(OutputError) {
        try end("}", isObject: true)
    }

    /// Closes the innermost list.
    mutating func endArray() throws(OutputError) {
        try end("]", isObject: false)
    }

    /// Names the next value of an object.
    mutating func key(_ key: String) throws(OutputError) {
        precondition(levels.last?.isObject == true && !hasKey, "a key stands in an object")
        var text = separator()
        JSONText.appendQuoted(key, to: &text)
        text += layout == .indented ? ": " : ":"
        hasKey = true
        try sink.write(text)
    }

    /// Writes a whole value, on one line.
    mutating func value(_ value: FieldValue) throws(OutputError) {
        var text = startOfValue()
        JSONText.append(value, to: &text, isSpaced: layout == .indented)
        try sink.write(text)
    }

    /// Ends the document's last line.
    mutating func endDocument() throws(OutputError) {
        precondition(levels.isEmpty && !hasKey, "all is closed at the end")
        try sink.write("\n")
    }

    private mutating func begin(
        _ bracket: String, isObject: Bool, onOneLine: Bool
    ) throws(OutputError) {
        let text = startOfValue() + bracket
        let isOnOneLine = onOneLine || levels.last?.isOnOneLine == true || layout == .compact
        levels.append(Level(isObject: isObject, isOnOneLine: isOnOneLine))
        try sink.write(text)
    }

    private mutating func end(_ bracket: String, isObject: Bool) throws(OutputError) {
        guard let level = levels.popLast(), level.isObject == isObject, !hasKey else {
            preconditionFailure("\(bracket) closes what was opened")
        }
        try sink.write((level.isEmpty || level.isOnOneLine ? "" : lineBreak) + bracket)
    }

    private mutating func startOfValue() -> String {
        if levels.last?.isObject == true {
            precondition(hasKey, "a value of an object has a key")
            hasKey = false
            return ""
        }
        return separator()
    }

    /// What stands before the next key, or the next value of a list.
    private mutating func separator() -> String {
        guard let level = levels.last else { return "" }
        levels[levels.count - 1].isEmpty = false
        if level.isOnOneLine {
            return level.isEmpty ? "" : layout == .indented ? ", " : ","
        }
        return (level.isEmpty ? "" : ",") + lineBreak
    }

    private var lineBreak: String {
        "\n" + String(repeating: "  ", count: levels.count)
    }
}
