/// Which keys of a schema values had.
struct SchemaCoverage {
    /// Those with a value, as `run/pid`.
    private(set) var values: Set<String> = []
    /// Those that were null.
    private(set) var nulls: Set<String> = []

    mutating func note(_ value: JSON, at key: String) {
        if value == .null {
            nulls.insert(key)
        } else {
            values.insert(key)
        }
    }

    mutating func formUnion(_ other: SchemaCoverage) {
        values.formUnion(other.values)
        nulls.formUnion(other.nulls)
    }
}

extension JSONSchema {
    /// A key of a record.
    struct Key {
        /// The record and the key, as `run/pid`.
        var name: String
        var schema: JSON
        var isRequired: Bool
    }

    /// All keys of all records.
    var keys: [Key] {
        root["$defs"].keys.sorted().flatMap { record in
            let schema = root["$defs"][record]
            return ["properties", "patternProperties"].flatMap { part in
                schema[part].keys.sorted().map { key in
                    Key(
                        name: "\(record)/\(key)", schema: schema[part][key],
                        isRequired: schema["required"].list.contains(.string(key)))
                }
            }
        }
    }

    /// Whether `schema` takes `null`.
    func allowsNull(_ schema: JSON) -> Bool {
        problems(of: .null, under: schema).isEmpty
    }
}
