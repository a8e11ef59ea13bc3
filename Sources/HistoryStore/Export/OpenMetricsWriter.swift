public import HistoryModel

/// Writes OpenMetrics text: families one after the other, in each series one after the other.
///
/// ```swift
/// var text = OpenMetricsWriter { print($0, terminator: "") }
/// try text.begin(MetricFamily(.init(.memory, .max)))
/// try text.beginSeries(of: run.sandbox, run.id, labels: run.labels)
/// try text.add(1_048_576, at: instant)
/// try text.finish()
/// ```
public struct OpenMetricsWriter {
    private let write: (String) throws -> Void
    private var family: MetricFamily?
    private var isAnnounced = false
    private var beginning = ""
    private var lastAt = Int64.min
    private var pending = ""
    /// How many samples were written.
    public private(set) var sampleCount = 0
    /// How many were left out because their time was not after that of the one before: a clock was set
    /// back, and samples of a series must be in order.
    public private(set) var disorderedCount = 0

    /// A writer of one exposition.
    ///
    /// In the values of labels, what could steer a terminal is escaped: an exposition that is looked at
    /// is shown as it is.
    public init(to write: @escaping (String) throws -> Void) {
        self.write = write
    }

    /// Begins a family. One without samples leaves no trace.
    public mutating func begin(_ family: MetricFamily) {
        self.family = family
        isAnnounced = false
    }

    /// Begins a series of the family: that of a run, or of many runs together (`nil`).
    public mutating func beginSeries(
        of sandbox: String?, _ run: RunID?, labels: [String: String] = [:]
    ) {
        lastAt = .min
        var pairs: [(String, String)] = []
        if let sandbox { pairs.append(("sandbox", sandbox)) }
        if let run { pairs.append(("run_id", String(run.rawValue))) }
        var taken: Set<String> = []
        // Where the last of the same name found its number: the next one need not try those before.
        var numbers: [String: Int] = [:]
        for (key, value) in labels.sorted(by: { $0.key < $1.key }) {
            let name = Self.labelName(of: key)
            var free = name
            var number = numbers[name] ?? 2
            while !taken.insert(free).inserted {
                free = "\(name)_\(number)"
                number += 1
            }
            numbers[name] = number
            pairs.append((free, value))
        }
        let list = pairs.map { "\($0)=\"\(escaped($1))\"" }.joined(separator: ",")
        beginning = (family?.sampleName ?? "") + (list.isEmpty ? " " : "{\(list)} ")
    }

    /// Adds a value as the catalog keeps it.
    public mutating func add(_ value: Int64, at instant: Timestamp) throws {
        try add(Self.decimal(value, places: family?.places ?? 0), at: instant)
    }

    /// Adds a value in the unit that the catalog keeps it in; one that is no number is left out.
    public mutating func add(_ value: Double, at instant: Timestamp) throws {
        guard value.isFinite else { return }
        let unit =
            switch family?.places {
            case 4: 10_000.0
            case 9: 1e9
            default: 1.0
            }
        try add("\(value / unit)", at: instant)
    }

    private mutating func add(_ value: String, at instant: Timestamp) throws {
        let at = instant.unixMilliseconds
        guard at > lastAt else {
            disorderedCount += 1
            return
        }
        lastAt = at
        if !isAnnounced, let family {
            isAnnounced = true
            pending += """
                # TYPE \(family.name) \(family.kind.rawValue)
                # UNIT \(family.name) \(family.unit)
                # HELP \(family.name) \(family.help)

                """
        }
        pending += beginning
        pending += value
        pending += " "
        pending += Self.decimal(at, places: 3)
        pending += "\n"
        sampleCount += 1
        if pending.utf8.count > 32_768 { try flush() }
    }

    /// Writes the end.
    public mutating func finish() throws {
        pending += "# EOF\n"
        try flush()
    }

    private mutating func flush() throws {
        try write(pending)
        pending.removeAll(keepingCapacity: true)
    }

    private func escaped(_ value: String) -> String {
        var escaped = ""
        // The format has an escape of its own for line feeds.
        for scalar in value.escapedForDisplay(keeping: ["\n"]).unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// A label's key as a name that the text may have: `label_` and what is allowed of it, `_` for the
    /// rest, as kube-state-metrics does it.
    private static func labelName(of key: String) -> String {
        var name = "label_"
        for scalar in key.unicodeScalars {
            let isAllowed =
                scalar.isASCII && (Character(scalar).isLetter || Character(scalar).isNumber)
            name.unicodeScalars.append(isAllowed ? scalar : "_")
        }
        return name
    }

    /// `value` shifted by so many decimal places, exactly, without needless zeros.
    static func decimal(_ value: Int64, places: Int) -> String {
        guard places > 0 else { return String(value) }
        var digits = String(value.magnitude)
        if digits.utf8.count <= places {
            digits = String(repeating: "0", count: places + 1 - digits.utf8.count) + digits
        }
        let whole = digits.dropLast(places)
        var fraction = digits.suffix(places)
        while fraction.last == "0" { fraction.removeLast() }
        return (value < 0 ? "-" : "") + whole + (fraction.isEmpty ? "" : "." + fraction)
    }
}
