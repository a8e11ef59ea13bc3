internal import ArgumentParser

/// What the rows of `varve top` are sorted by.
enum LiveOrder: String, CaseIterable, ExpressibleByArgument, Sendable {
    case cpu
    case memory
    case disk
    case net
    case name
    case uptime

    /// `rows` in this order: the most first, names from A on, absent values last in any case. Rows that
    /// are alike keep the order of their registries and slots.
    func sorted(_ rows: [LiveRow], isReversed: Bool) -> [LiveRow] {
        if self == .name {
            return rows.sorted { left, right in
                guard left.sandbox != right.sandbox else { return Self.precedes(left, right) }
                return (left.sandbox < right.sandbox) != isReversed
            }
        }
        let keyed = rows.map { (key: key(of: $0), row: $0) }
        return keyed.sorted { left, right in
            switch (left.key, right.key) {
            case (let one?, let other?) where one != other: (one > other) != isReversed
            case (_?, nil): true
            case (nil, _?): false
            default: Self.precedes(left.row, right.row)
            }
        }.map(\.row)
    }

    private static func precedes(_ left: LiveRow, _ right: LiveRow) -> Bool {
        (left.registry, left.slot) < (right.registry, right.slot)
    }

    private func key(of row: LiveRow) -> Double? {
        switch self {
        case .cpu: row.cpuCentipercent.map(Double.init)
        case .memory: row.memoryBytes.map(Double.init)
        case .disk: row.disk
        case .net: row.net
        case .uptime: row.uptimeMilliseconds.map(Double.init)
        case .name: nil
        }
    }
}
