internal import Foundation

/// What something takes at several sizes, and by which power of the size it grows between the two largest:
/// 0 is no growth, 1 as much as the size; n log n shows as 1.05 to 1.15 at these sizes.
struct GrowthTable {
    /// The unit of a row's values.
    enum Unit {
        case seconds
        case bytes
        case number
    }

    private let sizes: [Int]
    private var rows: [(what: String, unit: Unit, values: [Double?])] = []

    init(_ sizes: [Int]) {
        self.sizes = sizes
    }

    /// A value for each size; `nil` where nothing was measured.
    mutating func add(_ what: String, _ unit: Unit, _ values: [Double?]) {
        rows.append((what, unit, values))
    }

    func print(_ heading: String) {
        var table = Table([heading] + sizes.map { Self.grouped($0) } + ["grows as"])
        for row in rows {
            table.add(
                [row.what]
                    + row.values.map { value in value.map { Self.text($0, row.unit) } ?? "-" }
                    + [exponent(row.values).map { "n^" + Text.fixed($0, 2) } ?? "-"])
        }
        table.print()
    }

    private func exponent(_ values: [Double?]) -> Double? {
        guard values.count > 1, let before = values[values.count - 2],
            let last = values.last ?? nil,
            before > 0, last > 0
        else { return nil }
        let sizes = sizes.suffix(2).map(Double.init)
        return log(last / before) / log(sizes[1] / sizes[0])
    }

    private static func text(_ value: Double, _ unit: Unit) -> String {
        switch unit {
        case .seconds: Text.time(value * 1e9)
        case .bytes: value < 10_240 ? Text.fixed(value, 1) + " B" : Text.megabytes(Int64(value))
        case .number: Text.fixed(value, value < 10 ? 2 : 0)
        }
    }

    private static func grouped(_ number: Int) -> String {
        var digits = String(number)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return ([digits] + groups).joined(separator: ",")
    }
}
