import Testing

/// The judge of what varve prints can say no.
struct JSONSchemaTests {
    private func schema(_ text: String) throws -> JSONSchema { try JSONSchema(JSON(text.utf8)) }

    @Test(
        "what does not fit is told, with its place",
        arguments: [
            (#"{"type": "integer"}"#, "1.5", "$: is no integer"),
            (#"{"type": ["integer", "null"]}"#, #""1""#, "$: is no integer or null"),
            (#"{"type": "number"}"#, "true", "$: is no number"),
            (#"{"type": "boolean"}"#, "0", "$: is no boolean"),
            (#"{"type": "string"}"#, "null", "$: is no string"),
            (#"{"type": "array"}"#, "{}", "$: is no array"),
            (#"{"type": "object"}"#, "[]", "$: is no object"),
            (#"{"enum": ["a", null]}"#, #""b""#, "$: is none of the words"),
            (#"{"minimum": 0}"#, "-1", "$: -1.0 is below 0.0"),
            (#"{"pattern": "^a+$"}"#, #""ab""#, "$: does not fit ^a+$"),
            (#"{"format": "date-time"}"#, #""2026-13-23T12:00:00.000Z""#, "$: is no time"),
            (#"{"items": {"type": "null"}}"#, "[null, 1]", "$[1]: is no null"),
            (#"{"required": ["a"]}"#, "{}", "$: has no 'a'"),
            (
                #"{"properties": {"a": {"type": "null"}}, "additionalProperties": false}"#,
                #"{"b": 1}"#, "$: 'b' is not documented"
            ),
            (#"{"properties": {"a": {"type": "null"}}}"#, #"{"a": 1}"#, "$.a: is no null"),
            (
                #"{"patternProperties": {"^x_": {"type": "null"}}, "additionalProperties": false}"#,
                #"{"x_a": 1}"#, "$.x_a: is no null"
            ),
            (#"{"additionalProperties": {"type": "null"}}"#, #"{"a": 1}"#, "$.a: is no null"),
            (#"{"anyOf": [{"type": "null"}, {"type": "string"}]}"#, "1", "$: is no null"),
            (#"{"oneOf": [{"minimum": 1}, {"minimum": 2}]}"#, "3", "$: fits 2 of oneOf"),
            (##"{"$defs": {"n": {"type": "null"}}, "$ref": "#/$defs/n"}"##, "1", "$: is no null"),
            (
                ##"{"$defs": {"n": {"type": "null"}}, "$ref": "#/$defs/n", "minimum": 2}"##, "1",
                "$: is no null; $: 1.0 is below 2.0"
            ),
            ("false", "1", "$: nothing may be here"),
        ] as [(String, String, String)])
    func refusals(text: String, value: String, problem: String) throws {
        let problems = try schema(text).problems(of: JSON(value.utf8))
        #expect(problems.joined(separator: "; ") == problem)
    }

    @Test(
        "what fits is taken",
        arguments: [
            (#"{"type": "integer"}"#, "1.0"), (#"{"type": ["integer", "null"]}"#, "null"),
            (#"{"enum": ["a", null]}"#, "null"), (#"{"minimum": 0}"#, "0"),
            (#"{"format": "date-time"}"#, #""2026-11-23T12:00:00.000Z""#),
            (#"{"format": "date-time"}"#, "5"), (#"{"pattern": "b"}"#, #""abc""#),
            (#"{"anyOf": [{"type": "null"}, {"type": "string"}]}"#, #""""#),
            (#"{"oneOf": [{"minimum": 1}, {"minimum": 2}]}"#, "1"),
            (#"{"properties": {"a": true}, "additionalProperties": false}"#, #"{"a": 1}"#),
        ] as [(String, String)])
    func acceptances(text: String, value: String) throws {
        #expect(try schema(text).problems(of: JSON(value.utf8)) == [])
    }

    @Test(
        "a schema that it does not understand is refused",
        arguments: [
            (#"{"maximum": 1}"#, "#: unknown keyword 'maximum'"),
            (#"{"type": "text"}"#, "#: unknown type 'text'"),
            (#"{"format": "date"}"#, "#: unknown format"),
            (##"{"$ref": "#/$defs/no"}"##, "#: nothing is at #/$defs/no"),
            (#"{"$defs": {"a": {"properties": {"b": {"typ": 1}}}}}"#, "a/b: unknown keyword 'typ'"),
            (#"{"items": {"allOf": []}}"#, "#: unknown keyword 'allOf'"),
            ("3", "#: no schema"),
        ] as [(String, String)])
    func unknown(text: String, problem: String) throws {
        #expect(throws: JSONSchema.Problem(description: problem)) { try schema(text) }
    }

    @Test("what was seen is known by its place, of alternatives only where it fits")
    func coverage() throws {
        let schema = try schema(
            """
            {"$defs": {
              "a": {"type": "object", "properties": {"x": {"type": "null"}, "y": true}},
              "b": {"type": "object", "properties": {"x": {"type": "integer"}, "z": true}},
              "both": {"items": {"anyOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/b"}]}}
            }}
            """)
        var seen = SchemaCoverage()
        let value = try JSON(#"[{"x": null, "y": 1}, {"x": 2, "z": null}]"#.utf8)
        #expect(schema.problems(of: value, as: "both", noting: &seen) == [])
        #expect(seen.values == ["a/y", "b/x"])
        #expect(seen.nulls == ["a/x", "b/z"])
        #expect(schema.problems(of: value, as: "c") == ["there is no definition 'c'"])
        #expect(schema.keys.map(\.name) == ["a/x", "a/y", "b/x", "b/z"])
        #expect(schema.keys.map { schema.allowsNull($0.schema) } == [true, true, false, true])
    }
}
