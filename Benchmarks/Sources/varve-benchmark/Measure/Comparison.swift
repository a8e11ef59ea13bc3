internal import Floors

/// What something takes, ours and the floor's, in processor time of this thread: it does not count what
/// other programs on the machine do meanwhile.
struct Comparison {
    let what: String
    /// How many things one repetition does, for the time of one of them; 1 says nothing of it.
    var count = 1
    private(set) var ours: [UInt64] = []
    private(set) var floor: [UInt64] = []
    /// Allocations of ours, each repetition; empty where they cannot be counted.
    private var allocations: [UInt64] = []
    /// System calls of ours each time; `nil` where nobody counted.
    var systemCalls: Double?

    init(_ what: String, count: Int = 1) {
        self.what = what
        self.count = count
    }

    /// Runs both, in turns one or the other first.
    mutating func measure<Failure: Error>(
        ours: () throws(Failure) -> Void, floor: () throws(Failure) -> Void
    ) throws(Failure) {
        if self.ours.count.isMultiple(of: 2) {
            try measure(ours: ours)
            try measure(floor: floor)
        } else {
            try measure(floor: floor)
            try measure(ours: ours)
        }
    }

    mutating func measure<Failure: Error>(ours body: () throws(Failure) -> Void) throws(Failure) {
        let before = floor_allocation_count()
        ours.append(try processorTime(of: body))
        if before >= 0 { allocations.append(UInt64(floor_allocation_count() - before)) }
    }

    mutating func measure<Failure: Error>(floor body: () throws(Failure) -> Void) throws(Failure) {
        floor.append(try processorTime(of: body))
    }

    /// Takes a pair that was measured elsewhere.
    mutating func add(ours: UInt64, floor: UInt64) {
        self.ours.append(ours)
        self.floor.append(floor)
    }

    /// Leaves out the first repetitions, in which memory is touched for the first time.
    mutating func forgetFirst(_ count: Int) {
        ours.removeFirst(min(count, ours.count))
        floor.removeFirst(min(count, floor.count))
    }

    /// Leaves out the repetitions of which `isKept` says no to their number.
    mutating func keep(where isKept: (Int) -> Bool) {
        ours = ours.indices.filter(isKept).map { ours[$0] }
        floor = floor.indices.filter(isKept).map { floor[$0] }
    }

    /// The difference of two comparisons, repetition by repetition: what `whole` does beyond `part`.
    init(_ what: String, _ whole: Comparison, without part: Comparison) {
        self.init(what, count: whole.count)
        ours = zip(whole.ours, part.ours).map { $0 > $1 ? $0 - $1 : 0 }
        floor = zip(whole.floor, part.floor).map { $0 > $1 ? $0 - $1 : 0 }
    }

    /// Allocations each time: the median of the repetitions.
    var allocationsEach: Double? { allocations.median.map { Double($0) / Double(count) } }

    /// Nanoseconds each time, the median of the repetitions.
    var oursEach: Double? { ours.median.map { Double($0) / Double(count) } }
    /// The floor's.
    var floorEach: Double? { floor.median.map { Double($0) / Double(count) } }

    /// The median of the ratios of paired repetitions; `nil` without a floor.
    var ratio: Double? {
        guard !floor.isEmpty else { return nil }
        return zip(ours, floor).filter { $1 > 0 }.map { Double($0) / Double($1) }.median
    }
}

/// Nanoseconds of this thread that `body` takes.
func processorTime<Failure: Error>(of body: () throws(Failure) -> Void) throws(Failure) -> UInt64 {
    let begun = floor_thread_cpu_ns()
    try body()
    return floor_thread_cpu_ns() - begun
}

extension Collection where Element: Comparable {
    /// The value in the middle; `nil` of nothing.
    var median: Element? {
        isEmpty ? nil : sorted()[count / 2]
    }
}
