/// How often what took how long: each nanosecond up to a hundred microseconds, and the longest.
struct Latencies {
    private var counts = [Int](repeating: 0, count: 100_000)
    private(set) var count = 0
    private(set) var longest: UInt64 = 0

    mutating func add(_ nanoseconds: UInt64) {
        counts[Int(min(nanoseconds, UInt64(counts.count - 1)))] += 1
        count += 1
        longest = max(longest, nanoseconds)
    }

    mutating func add(_ others: Latencies) {
        for index in counts.indices { counts[index] += others.counts[index] }
        count += others.count
        longest = max(longest, others.longest)
    }

    /// What `share` of them took at most; what took more than is counted by the nanosecond counts as the
    /// longest.
    func quantile(_ share: Double) -> UInt64 {
        let wanted = Int((Double(count) * share).rounded(.up))
        var sum = 0
        for (nanoseconds, number) in counts.enumerated().dropLast() {
            sum += number
            if sum >= wanted { return UInt64(nanoseconds) }
        }
        return longest
    }
}
