import Foundation

/// The page of `docs/json.md` that is made of the schema.
struct SchemaPage {
    let schema: JSONSchema
    let commands: [DocumentedCommand]

    static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    static let schemaFile = root.appending(path: "docs/json-schema.json")
    static let file = root.appending(path: "docs/json.md")
    /// What stands before it is written by hand.
    static let marker = "<!-- What follows is made of json-schema.json by the tests. -->\n"

    private var definitions: JSON { schema.root["$defs"] }

    /// The names of the documents, in the order of the schema.
    var documents: [String] {
        schema.root["anyOf"].list.compactMap { $0["$ref"].string }.map(Self.name)
    }

    private static func name(_ reference: String) -> String {
        String(reference.drop { $0 != "$" }.dropFirst(6))
    }

    var text: String {
        var text =
            "\n## Commands\n\n| command | JSON | a line of NDJSON or CSV |\n| --- | --- | --- |\n"
        for document in documents {
            let schema = definitions[document]
            let keys = self.keys(of: schema).map { key in
                "`\(key.name)`: \(type(key.schema))"
            }
            let record = commands.first { $0.document == document }.map { link($0.record) } ?? ""
            text += "| `\(schema["title"].string ?? "")` | \(keys.joined(separator: ", ")) "
            text += "| \(record) |\n"
        }
        for name in order {
            let schema = definitions[name]
            text += "\n## \(name)\n\n\(schema["title"].string ?? "")."
            if let description = schema["description"].string { text += " \(description)" }
            text += "\n"
            if !schema["anyOf"].list.isEmpty {
                text += "One of " + schema["anyOf"].list.map(link).joined(separator: ", ") + ".\n"
            }
            let keys = keys(of: schema)
            guard !keys.isEmpty else { continue }
            text += "\n| key | value | meaning |\n| --- | --- | --- |\n"
            for key in keys {
                let name = key.isPattern ? "/\(key.name)/" : key.name
                text += "| `\(name.replacing("|", with: "\\|"))` | \(type(key.schema)) "
                text += "| \(key.schema["description"].string ?? "") |\n"
            }
        }
        return text
    }

    /// Documents that hold more than a list, and records, in the order in which one leads to another.
    private var order: [String] {
        var order: [String] = []
        func visit(_ schema: JSON) {
            if let reference = schema["$ref"].string { add(Self.name(reference)) }
            for part in schema["anyOf"].list { visit(part) }
            if schema.keys.contains("items") { visit(schema["items"]) }
        }
        func add(_ name: String) {
            guard !order.contains(name) else { return }
            let schema = definitions[name]
            let keys = keys(of: schema)
            if !documents.contains(name) || keys.count > 1 { order.append(name) }
            visit(schema)
            for key in keys { visit(key.schema) }
        }
        for document in documents {
            add(document)
            for command in commands where command.document == document { add(command.record) }
        }
        return order
    }

    private struct Key {
        var name: String
        var schema: JSON
        var isPattern = false
    }

    /// Required ones in their order, then the others.
    private func keys(of schema: JSON) -> [Key] {
        let required = schema["required"].list.compactMap(\.string)
        let others = schema["properties"].keys.subtracting(required).sorted()
        return (required + others).map { Key(name: $0, schema: schema["properties"][$0]) }
            + schema["patternProperties"].keys.sorted().map {
                Key(name: $0, schema: schema["patternProperties"][$0], isPattern: true)
            }
    }

    private func type(_ schema: JSON) -> String {
        if schema["$ref"].string != nil { return link(schema) }
        if !schema["enum"].list.isEmpty {
            return schema["enum"].list.map { $0.string.map { "`\($0)`" } ?? "null" }
                .joined(separator: ", ")
        }
        if !schema["anyOf"].list.isEmpty {
            return schema["anyOf"].list.map(type).joined(separator: " or ")
        }
        let types = schema["type"].string.map { [$0] } ?? schema["type"].list.compactMap(\.string)
        let words = types.map { word in
            word == "array" ? "list of \(link(schema["items"]))" : word
        }
        return words.joined(separator: " or ")
    }

    private func link(_ schema: JSON) -> String {
        schema["$ref"].string.map { link(Self.name($0)) } ?? type(schema)
    }

    private func link(_ name: String) -> String { "[\(name)](#\(name))" }
}
