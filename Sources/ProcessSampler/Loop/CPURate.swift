/// Turns cumulative CPU time into percent of a core.
///
/// The kernel counts in clock ticks of 10 ms: over less than 100 ms the error would be above a tenth
/// of a core, so a rate is only taken against a read that is at least that old.
struct CPURate {
    static let shortestSpan: UInt64 = 100_000_000

    private struct Read {
        var cpuTime: UInt64
        var at: UInt64
    }

    // Reads at least a quarter of the span apart, so that eight of them always reach back over it,
    // however short the interval is.
    private static let spacing = shortestSpan / 4
    private var reads = ContiguousArray(repeating: Read(cpuTime: 0, at: 0), count: 8)
    private var count = 0
    private var last: Read?

    /// Notes a read and gives the rate since the latest one that is old enough; 100 is one core.
    ///
    /// - Returns: `nil` if there is none, or if the CPU time went down: then it starts anew.
    mutating func percent(cpuTime: UInt64, at: UInt64) -> Float? {
        let current = Read(cpuTime: cpuTime, at: at)
        if let last, cpuTime < last.cpuTime || at < last.at { count = 0 }
        last = current
        var rate: Float?
        for age in 0..<min(count, reads.count) {
            let earlier = reads[(count - 1 - age) % reads.count]
            if at - earlier.at >= Self.shortestSpan {
                rate = Float(Double(cpuTime - earlier.cpuTime) / Double(at - earlier.at) * 100)
                break
            }
        }
        if count == 0 || at - reads[(count - 1) % reads.count].at >= Self.spacing {
            reads[count % reads.count] = current
            count += 1
        }
        return rate
    }
}
