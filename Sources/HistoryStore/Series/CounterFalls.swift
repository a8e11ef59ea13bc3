internal import HistoryModel

/// Where a counter fell: its source began anew there, and what it had reached before counts on top.
struct CounterFalls {
    /// The places in the order of making at which it fell, and what was on top from there on.
    private var falls: [(madeAs: Int64, onTop: Int64)] = []
    private var reached: Int64?

    /// Takes what the counter did next, in the order of making.
    ///
    /// - Parameter fallen: What it had reached before each fall within, added up.
    mutating func add(_ counter: SampleRow.Counter?, fallen: Int64 = 0, madeAs: Int64) {
        guard let counter else { return }
        if let reached, counter.first < reached { fall(by: reached, madeAs) }
        if fallen > 0 { fall(by: fallen, madeAs) }
        reached = counter.last
    }

    private mutating func fall(by amount: Int64, _ madeAs: Int64) {
        falls.append((madeAs, (falls.last?.onTop ?? 0).clampingAdd(amount)))
    }

    /// What counts on top of the counter's value in what was made as `sequence`.
    func onTop(of sequence: Int64) -> Int64 {
        guard !falls.isEmpty else { return 0 }
        var (low, high) = (0, falls.count)
        while low < high {
            let middle = (low + high) / 2
            if falls[middle].madeAs <= sequence { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? falls[low - 1].onTop : 0
    }
}
