import Foundation

/// A JSON Schema of draft 2020-12, of the keywords that varve's own uses. Another keyword is refused,
/// so that none is taken for a rule and not checked.
struct JSONSchema {
    /// What is wrong with a schema.
    struct Problem: Error, Equatable, CustomStringConvertible {
        var description: String
    }

    let root: JSON

    private static let annotations: Set = ["$schema", "$defs", "title", "description"]
    private static let rules: Set = [
        "$ref", "type", "enum", "required", "properties", "patternProperties",
        "additionalProperties", "items", "anyOf", "oneOf", "minimum", "pattern", "format",
    ]

    /// Reads a schema.
    ///
    /// - Throws: ``Problem`` for a keyword or a type that is not known here, or a reference to nothing.
    init(_ root: JSON) throws {
        self.root = root
        try Self.check(root, in: root, at: "#")
        for name in root["$defs"].keys.sorted() {
            try Self.check(root["$defs"][name], in: root, at: name)
        }
    }

    private static func check(_ schema: JSON, in root: JSON, at place: String) throws {
        if case .boolean = schema { return }
        guard case .object(let members) = schema else {
            throw Problem(description: "\(place): no schema")
        }
        for key in members.keys.sorted() where !annotations.contains(key) && !rules.contains(key) {
            throw Problem(description: "\(place): unknown keyword '\(key)'")
        }
        if let reference = members["$ref"], definition(reference, in: root) == nil {
            throw Problem(description: "\(place): nothing is at \(reference.string ?? "a number")")
        }
        let types = members["type"].map { $0.string.map { [$0] } ?? $0.list.compactMap(\.string) }
        for type in types ?? [] where JSON.types[type] == nil {
            throw Problem(description: "\(place): unknown type '\(type)'")
        }
        if let format = members["format"], format != "date-time" {
            throw Problem(description: "\(place): unknown format")
        }
        if let pattern = members["pattern"]?.string { _ = try Regex(pattern) }
        for key in ["properties", "patternProperties"] {
            for name in (members[key] ?? nil).keys.sorted() {
                if key == "patternProperties" { _ = try Regex(name) }
                try check(members[key]![name], in: root, at: "\(place)/\(name)")
            }
        }
        for key in ["anyOf", "oneOf"] {
            for part in (members[key] ?? nil).list { try check(part, in: root, at: place) }
        }
        for key in ["items", "additionalProperties"] {
            if let part = members[key] { try check(part, in: root, at: place) }
        }
    }

    /// The name and the schema that `reference` leads to.
    private static func definition(_ reference: JSON, in root: JSON) -> (String, JSON)? {
        guard let text = reference.string, text.hasPrefix("#/$defs/") else { return nil }
        let name = String(text.dropFirst(8))
        guard case .object = root["$defs"][name] else { return nil }
        return (name, root["$defs"][name])
    }

    // MARK: Checking values

    /// What is wrong with `value` as a `definition`, or as the whole schema demands it.
    func problems(of value: JSON, as definition: String? = nil) -> [String] {
        var seen = SchemaCoverage()
        return problems(of: value, as: definition, noting: &seen)
    }

    /// What is wrong with `value`; `seen` learns which keys it has.
    func problems(
        of value: JSON, as definition: String?, noting seen: inout SchemaCoverage
    ) -> [String] {
        guard let definition else { return check(value, root, "#", "$", &seen) }
        guard case .object = root["$defs"][definition] else {
            return ["there is no definition '\(definition)'"]
        }
        return check(value, root["$defs"][definition], definition, "$", &seen)
    }

    /// What is wrong with `value` where a part of this schema is asked for.
    func problems(of value: JSON, under part: JSON) -> [String] {
        var seen = SchemaCoverage()
        return check(value, part, "#", "$", &seen)
    }

    /// - Parameters:
    ///   - place: Where `schema` stands.
    ///   - path: Where `value` stands.
    private func check(
        _ value: JSON, _ schema: JSON, _ place: String, _ path: String,
        _ seen: inout SchemaCoverage
    ) -> [String] {
        if case .boolean(let isAllowed) = schema {
            return isAllowed ? [] : ["\(path): nothing may be here"]
        }
        var problems: [String] = []
        if let (name, target) = Self.definition(schema["$ref"], in: root) {
            problems += check(value, target, name, path, &seen)
        }
        let types = schema["type"].string.map { [$0] } ?? schema["type"].list.compactMap(\.string)
        if !types.isEmpty, !types.contains(where: { JSON.types[$0]?(value) == true }) {
            problems.append("\(path): is no \(types.joined(separator: " or "))")
        }
        if schema.keys.contains("enum"), !schema["enum"].list.contains(value) {
            problems.append("\(path): is none of the words")
        }
        if let minimum = schema["minimum"].number, let number = value.number, number < minimum {
            problems.append("\(path): \(number) is below \(minimum)")
        }
        if let text = value.string { problems += check(text, schema, path, value) }
        if case .object(let members) = value {
            problems += check(members, schema, place, path, &seen)
        }
        if case .list(let list) = value, schema.keys.contains("items") {
            for (index, element) in list.enumerated() {
                problems += check(element, schema["items"], place, "\(path)[\(index)]", &seen)
            }
        }
        for key in ["anyOf", "oneOf"] where schema.keys.contains(key) {
            problems += alternatives(key, value, schema[key].list, place, path, &seen)
        }
        return problems
    }

    private func check(
        _ text: String, _ schema: JSON, _ path: String, _ value: JSON
    ) -> [String] {
        var problems: [String] = []
        // Both were tried when the schema was read.
        if let pattern = schema["pattern"].string, let regex = try? Regex(pattern),
            text.firstMatch(of: regex) == nil
        {
            problems.append("\(path): does not fit \(pattern)")
        }
        if schema["format"] == "date-time", value.instant == nil {
            problems.append("\(path): is no time")
        }
        return problems
    }

    private func check(
        _ members: [String: JSON], _ schema: JSON, _ place: String, _ path: String,
        _ seen: inout SchemaCoverage
    ) -> [String] {
        var problems = schema["required"].list.compactMap(\.string)
            .filter { members[$0] == nil }.map { "\(path): has no '\($0)'" }
        let patterns = schema["patternProperties"].keys.sorted()
        for key in members.keys.sorted() {
            var isKnown = false
            func visit(_ name: String, _ part: JSON) {
                isKnown = true
                seen.note(members[key]!, at: "\(place)/\(name)")
                problems += check(members[key]!, part, "\(place)/\(name)", "\(path).\(key)", &seen)
            }
            if schema["properties"].keys.contains(key) { visit(key, schema["properties"][key]) }
            for pattern in patterns {
                if let regex = try? Regex(pattern), key.firstMatch(of: regex) != nil {
                    visit(pattern, schema["patternProperties"][pattern])
                }
            }
            if !isKnown, schema.keys.contains("additionalProperties") {
                let rest = schema["additionalProperties"]
                if rest == false {
                    problems.append("\(path): '\(key)' is not documented")
                } else {
                    problems += check(members[key]!, rest, place, "\(path).\(key)", &seen)
                }
            }
        }
        return problems
    }

    private func alternatives(
        _ keyword: String, _ value: JSON, _ schemas: [JSON], _ place: String, _ path: String,
        _ seen: inout SchemaCoverage
    ) -> [String] {
        var fitting = 0
        var closest: [String] = []
        for schema in schemas {
            var own = SchemaCoverage()
            let problems = check(value, schema, place, path, &own)
            if problems.isEmpty {
                fitting += 1
                seen.formUnion(own)
            } else if closest.isEmpty || problems.count < closest.count {
                closest = problems
            }
        }
        if fitting == 1 || (fitting > 1 && keyword == "anyOf") { return [] }
        guard fitting == 0 else { return ["\(path): fits \(fitting) of \(keyword)"] }
        return closest.isEmpty ? ["\(path): fits nothing of \(keyword)"] : closest
    }
}

extension JSON {
    /// The types of JSON Schema; a number without a fraction is an integer, however it is written.
    static let types: [String: @Sendable (JSON) -> Bool] = [
        "null": { $0 == .null },
        "boolean": { if case .boolean = $0 { true } else { false } },
        "integer": { value in value.number.map { $0.rounded() == $0 } ?? false },
        "number": { $0.number != nil },
        "string": { $0.string != nil },
        "array": { if case .list = $0 { true } else { false } },
        "object": { if case .object = $0 { true } else { false } },
    ]
}
