internal import HistoryModel

/// The last samples of one run: at most so many, and none older than so long.
///
/// Records are of a fixed size; room is made as samples come, up to the limit.
struct SampleRing {
    // A sample's time, which of its values are there, and a word for each metric.
    private static let stride = 2 + Metric.allCases.count
    private static let metrics = Metric.allCases

    private let capacity: Int
    private let keepMilliseconds: Int64
    private var words: [Int64] = []
    /// The place of the oldest sample, in samples.
    private var start = 0
    private(set) var count = 0

    /// - Parameters:
    ///   - keep: How long samples are kept; zero keeps none.
    ///   - poll: How often a sample may come.
    ///   - limit: How many are kept at most, however often they come.
    init(keep: Duration, poll: Duration, limit: Int) {
        keepMilliseconds = max(0, keep.milliseconds)
        // Samples may come a little faster than polls: two polls then see two of them.
        let needed = keepMilliseconds / max(1, poll.milliseconds)
        capacity = keep > .zero ? min(max(1, limit) - 1, Int(clamping: needed)) + 1 : 0
    }

    mutating func append(_ sample: Sample) {
        guard capacity > 0 else { return }
        let place: Int
        if count < capacity {
            // Nothing has been dropped from the front yet unless there is room behind.
            place = (start + count) % capacity
            if place * Self.stride == words.count { grow() }
            count += 1
        } else {
            place = start
            start = (start + 1) % capacity
        }
        store(sample, at: place * Self.stride)
        // A clock that was set makes nothing old: only what lies before counts.
        while count > 1, sample.at.milliseconds(since: oldestAt) > keepMilliseconds {
            start = (start + 1) % capacity
            count -= 1
        }
    }

    /// Makes room for one more sample, without the waste of an array that grows by itself.
    private mutating func grow() {
        if words.count == words.capacity / Self.stride * Self.stride {
            words.reserveCapacity(min(capacity, max(8, 2 * count)) * Self.stride)
        }
        words.append(contentsOf: repeatElement(0, count: Self.stride))
    }

    /// What is kept, in the order in which it came.
    var samples: [Sample] {
        (0..<count).map { load(at: (start + $0) % capacity * Self.stride) }
    }

    private var oldestAt: Timestamp { Timestamp(unixMilliseconds: words[start * Self.stride]) }

    private mutating func store(_ sample: Sample, at base: Int) {
        var words = words.mutableSpan
        var present: Int64 = 0
        for (index, metric) in Self.metrics.enumerated() {
            guard let value = sample[metric] else { continue }
            present |= 1 << index
            words[base + 2 + index] = value
        }
        words[base] = sample.at.unixMilliseconds
        words[base + 1] = present
    }

    private func load(at base: Int) -> Sample {
        var sample = Sample(at: Timestamp(unixMilliseconds: words[base]))
        for (index, metric) in Self.metrics.enumerated() where words[base + 1] >> index & 1 == 1 {
            sample[metric] = words[base + 2 + index]
        }
        return sample
    }
}
