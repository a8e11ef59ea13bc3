import Foundation
import Testing

/// The schema describes what it names, and the page says what the schema does.
struct SchemaPageTests {
    let schema: JSONSchema

    init() throws {
        schema = try JSONSchema(JSON(Data(contentsOf: SchemaPage.schemaFile)))
    }

    private var commands: [DocumentedCommand] {
        DocumentedCommand.all + DocumentedCommand.live + DocumentedCommand.live(inHome: "")
    }

    /// After a change of the schema, `VARVE_WRITE_DOCS=1 swift test --filter SchemaPageTests` writes
    /// the page anew.
    @Test func `the page is that of the schema`() throws {
        let page = try String(contentsOf: SchemaPage.file, encoding: .utf8)
        let parts = page.components(separatedBy: SchemaPage.marker)
        try #require(parts.count == 2)
        let made = SchemaPage(schema: schema, commands: commands).text
        if ProcessInfo.processInfo.environment["VARVE_WRITE_DOCS"] != nil {
            try (parts[0] + SchemaPage.marker + made).write(
                to: SchemaPage.file, atomically: true, encoding: .utf8)
        } else {
            #expect(parts[1] == made, "docs/json.md is not that of docs/json-schema.json")
        }
    }

    @Test func `every document is of a command that is checked, and every command has one`() {
        let documents = SchemaPage(schema: schema, commands: commands).documents
        #expect(Set(documents) == Set(commands.map(\.document)))
        #expect(Set(documents).count == documents.count)
    }

    @Test func `every key is described, with its unit and with when it is null`() {
        let units = [
            "_ms": "milliseconds", "_ns": "nanoseconds", "_bytes": "ytes", "_percent": "percent",
            "_per_second": "per second", "_byte_hours": "bytes × hours",
        ]
        #expect(schema.keys.count > 200)
        for key in schema.keys {
            let text = key.schema["description"].string ?? ""
            #expect(!text.isEmpty && text.hasSuffix("."), "\(key.name)")
            if schema.allowsNull(key.schema) { #expect(text.contains("null"), "\(key.name)") }
            for (suffix, unit) in units where key.name.hasSuffix(suffix) {
                #expect(text.contains(unit), "\(key.name)")
            }
        }
    }

    @Test func `records are closed, and hold all of their keys unless the page says otherwise`() {
        var open: Set<String> = []
        for name in schema.root["$defs"].keys where schema.root["$defs"][name]["type"] == "object" {
            if schema.root["$defs"][name]["additionalProperties"] != false { open.insert(name) }
        }
        #expect(open == ["labels"])
        let optional = schema.keys.filter { !$0.isRequired && !$0.name.contains("/^") }
        #expect(
            Set(optional.map { String($0.name.prefix { $0 != "/" }) })
                == ["top_entry", "usage_group"])
    }
}
