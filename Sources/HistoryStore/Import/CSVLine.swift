internal import HistoryModel

/// One line of a CSV file, as far as it was read.
struct CSVLine {
    private(set) var at: Timestamp?
    private(set) var sandbox: ArraySlice<UInt8>?
    private(set) var runID: Int64?
    private var values = SampleRow(
        run: RunID(rawValue: 0), at: .earliestPlausible, intervalMilliseconds: 0,
        firstAt: .earliestPlausible, lastAt: .earliestPlausible, sampleCount: 1,
        implausibleCount: 0)

    /// Reads a field that is not empty.
    ///
    /// - Returns: Whether it can be read as `meaning`.
    mutating func take(_ bytes: ArraySlice<UInt8>, as meaning: CSVColumns.Meaning) -> Bool {
        switch meaning {
        case .unknown:
            return true
        case .sandbox:
            sandbox = Self.unguarded(bytes)
            return true
        case .unixSeconds:
            guard case .value(let value) = DecimalText(bytes, digits: 3) else { return false }
            at = Timestamp(plausible: value)
            return at != nil
        case .instant:
            at = Timestamp(rfc3339: String(decoding: bytes, as: UTF8.self))
                .flatMap { Timestamp(plausible: $0.unixMilliseconds) }
            return at != nil
        case .runID:
            runID = Self.positive(bytes)
            return runID != nil
        case .sampleCount:
            values.sampleCount = Self.positive(bytes) ?? 0
            return values.sampleCount > 0
        case .intervalMilliseconds:
            values.intervalMilliseconds = Self.positive(bytes) ?? 0
            return values.intervalMilliseconds > 0
        case .average(let metric), .maximum(let metric), .total(let metric):
            switch DecimalText(bytes, digits: metric == .cpu ? 2 : 0) {
            case .absent: break
            case .value(let value): set(value, as: meaning, metric)
            case .implausible: values.implausibleCount += 1
            case .malformed: return false
            }
            return true
        }
    }

    private mutating func set(_ value: Int64, as meaning: CSVColumns.Meaning, _ metric: Metric) {
        switch meaning {
        case .total:
            values[counter: metric] = SampleRow.Counter(first: value, last: value)
        case .average:
            let maximum = values[gauge: metric]?.maximum ?? value
            values[gauge: metric] = SampleRow.Gauge(
                count: 1, average: value, maximum: max(value, maximum))
        default:
            let average = values[gauge: metric]?.average ?? value
            values[gauge: metric] = SampleRow.Gauge(
                count: 1, average: average, maximum: max(value, average))
        }
    }

    /// The line as a row; its run is known later.
    func row(at instant: Timestamp) -> SampleRow {
        var row = values
        row.at = instant
        row.firstAt = instant
        row.lastAt = instant
        guard row.sampleCount > 1 else { return row }
        let count = row.sampleCount
        for metric in Metric.gauges { row[gauge: metric]?.count = count }
        return row
    }

    private static func positive(_ bytes: ArraySlice<UInt8>) -> Int64? {
        guard case .value(let value) = DecimalText(bytes, digits: 0), value > 0 else { return nil }
        return value
    }

    /// A name without the `'` that our own CSV puts before what a spreadsheet would run as a formula.
    private static func unguarded(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard bytes.first == UInt8(ascii: "'"), let second = bytes.dropFirst().first,
            "=+-@\t\r\n".utf8.contains(second)
        else { return bytes }
        return bytes.dropFirst()
    }
}
