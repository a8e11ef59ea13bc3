internal import HistoryModel

/// What a statistic says of steps of one row each; NaN where it is absent.
extension RowColumns.Gauge {
    func values(of statistic: Statistic, _ rows: Range<Int>, _ isSummary: [Bool]) -> [Double] {
        switch statistic {
        case .avg, .last: numbers(averages, rows)
        case .min: numbers(minima, rows)
        case .max: numbers(maxima, rows)
        case .p50, .p95, .p99:
            // Of an hour that is one row nobody knows how its intervals were spread.
            rows.map { counts[$0] > 0 && !isSummary[$0] ? Double(averages[$0]) : .nan }
        case .sum, .total: Array(repeating: .nan, count: rows.count)
        }
    }

    private func numbers(_ values: [Int64], _ rows: Range<Int>) -> [Double] {
        let (counts, values) = (counts.span, values.span)
        var numbers = [Double](repeating: .nan, count: rows.count)
        var places = numbers.mutableSpan
        for place in places.indices where counts[rows.lowerBound &+ place] > 0 {
            places[place] = Double(values[rows.lowerBound &+ place])
        }
        return numbers
    }
}

extension CounterWalk.Growth {
    func values(of statistic: Statistic, _ rows: Range<Int>, _ isSummary: [Bool]) -> [Double] {
        switch statistic {
        case .avg, .last, .min, .max: rows.map { rate(at: $0) }
        case .p50, .p95, .p99: rows.map { isSummary[$0] ? .nan : rate(at: $0) }
        case .sum: rows.map { elapsed[$0] > 0 ? Double(amounts[$0]) : .nan }
        case .total: rows.map { totals[$0] >= 0 ? Double(totals[$0]) : .nan }
        }
    }

    /// The growth per second.
    @inline(__always)
    func rate(at row: Int) -> Double {
        elapsed[row] > 0 ? Double(amounts[row]) * 1000 / Double(elapsed[row]) : .nan
    }
}
