/// A strict reader of the part of OpenMetrics text that gauges and counters with times need.
///
/// Source: <https://prometheus.io/docs/specs/om/open_metrics_spec/>, "Text Format".
struct OpenMetricsParser {
    struct Sample: Hashable {
        var value: Double
        var milliseconds: Int64
    }

    struct Family: Hashable {
        var name: String
        var type: String
        var unit: String
        var help: String
        /// By label sets, in their order.
        var series: [[String: String]] = []
        var samples: [[String: String]: [Sample]] = [:]
    }

    struct Malformed: Error, CustomStringConvertible {
        var description: String
    }

    private(set) var families: [Family] = []

    init(_ text: String) throws {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard lines.popLast() == "", lines.popLast() == "# EOF" else {
            throw Malformed(description: "the text does not end with # EOF and a line feed")
        }
        for line in lines {
            if line.hasPrefix("#") { try describe(line) } else { try add(line) }
        }
        for family in families where family.unit.isEmpty || family.help.isEmpty {
            throw Malformed(description: "\(family.name) has no unit or help")
        }
    }

    subscript(_ name: String) -> Family? { families.first { $0.name == name } }

    private mutating func describe(_ line: String) throws {
        let words = line.split(separator: " ", maxSplits: 3).map(String.init)
        guard words.count == 4, words[0] == "#" else { throw Malformed(description: line) }
        if words[1] == "TYPE" {
            guard !families.contains(where: { $0.name == words[2] }), Self.isName(words[2]),
                ["gauge", "counter"].contains(words[3])
            else { throw Malformed(description: "interleaved, or no type: \(line)") }
            families.append(Family(name: words[2], type: words[3], unit: "", help: ""))
            return
        }
        guard let last = families.indices.last, families[last].name == words[2],
            families[last].samples.isEmpty
        else { throw Malformed(description: "of another family: \(line)") }
        switch words[1] {
        case "UNIT":
            guard words[2].hasSuffix("_" + words[3]) else { throw Malformed(description: line) }
            families[last].unit = words[3]
        case "HELP": families[last].help = words[3]
        default: throw Malformed(description: line)
        }
    }

    private mutating func add(_ line: String) throws {
        guard let last = families.indices.last else { throw Malformed(description: line) }
        let name = families[last].name + (families[last].type == "counter" ? "_total" : "")
        guard line.hasPrefix(name) else { throw Malformed(description: "not of \(name): \(line)") }
        var rest = Substring(line.dropFirst(name.count))
        let labels = rest.first == "{" ? try Self.labels(&rest) : [:]
        let words = rest.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, words[0].isEmpty, let value = Double(words[1]),
            let milliseconds = Self.milliseconds(words[2]), !value.isNaN
        else { throw Malformed(description: line) }
        if families[last].type == "counter", value < 0 { throw Malformed(description: line) }
        if families[last].series.last != labels {
            guard families[last].samples[labels] == nil else {
                throw Malformed(description: "its series is interleaved: \(line)")
            }
            families[last].series.append(labels)
        }
        if let before = families[last].samples[labels]?.last, before.milliseconds >= milliseconds {
            throw Malformed(description: "not after the one before: \(line)")
        }
        families[last].samples[labels, default: []].append(
            Sample(value: value, milliseconds: milliseconds))
    }

    private static func labels(_ rest: inout Substring) throws -> [String: String] {
        var labels: [String: String] = [:]
        repeat {
            rest = rest.dropFirst()
            guard let equals = rest.firstIndex(of: "=") else {
                throw Malformed(description: "no value: \(rest)")
            }
            let name = String(rest[..<equals])
            rest = rest[rest.index(after: equals)...]
            guard isLabelName(name), rest.popFirst() == "\"" else {
                throw Malformed(description: "label \(name): \(rest)")
            }
            var value = String.UnicodeScalarView()
            var scalars = rest.unicodeScalars
            while let scalar = scalars.popFirst(), scalar != "\"" {
                guard scalar == "\\" else {
                    value.append(scalar)
                    continue
                }
                switch scalars.popFirst() {
                case "n": value.append("\n")
                case "\\": value.append("\\")
                case "\"": value.append("\"")
                default: throw Malformed(description: "unknown escape in \(name)")
                }
            }
            rest = Substring(scalars)
            guard labels.updateValue(String(value), forKey: name) == nil else {
                throw Malformed(description: "label \(name) is there twice")
            }
        } while rest.first == ","
        guard rest.popFirst() == "}" else { throw Malformed(description: "no }: \(rest)") }
        return labels
    }

    private static func milliseconds(_ text: Substring) -> Int64? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard let seconds = Int64(parts[0]), parts.count <= 2 else { return nil }
        guard parts.count == 2 else { return seconds * 1_000 }
        guard (1...3).contains(parts[1].count), let fraction = Int64(parts[1]) else { return nil }
        let scale: Int64 = [100, 10, 1][parts[1].count - 1]
        return seconds * 1_000 + fraction * scale
    }

    private static func isName(_ text: String) -> Bool {
        text.wholeMatch(of: /[a-zA-Z_:][a-zA-Z0-9_:]*/) != nil
    }

    private static func isLabelName(_ text: String) -> Bool {
        text.wholeMatch(of: /[a-zA-Z_][a-zA-Z0-9_]*/) != nil
    }
}
