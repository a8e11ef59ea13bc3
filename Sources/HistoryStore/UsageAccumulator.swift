internal import HistoryModel

/// Adds up what a run used from its rows and hours, given in the order of their making.
///
/// A counter is a total since the run started; where it falls, its source began anew, and what had
/// been reached before counts on top.
struct UsageAccumulator {
    private var sampleCount: Int64 = 0
    private var cpuMaximum: Int64?
    private var memoryMaximum: Int64?
    private var totals = Array(repeating: CounterTotal(), count: Metric.counters.count)

    mutating func add(_ row: SampleRow) {
        sampleCount = sampleCount.clampingAdd(row.sampleCount)
        if let cpu = row[gauge: .cpu] { cpuMaximum = max(cpuMaximum ?? 0, cpu.maximum) }
        if let memory = row[gauge: .memory] {
            memoryMaximum = max(memoryMaximum ?? 0, memory.maximum)
        }
        for metric in Metric.counters {
            guard let counter = row[counter: metric] else { continue }
            totals[metric.index].add(counter)
        }
    }

    mutating func add(_ block: SampleBlock) {
        sampleCount = sampleCount.clampingAdd(block.sampleCount)
        if let cpu = block.gauges[Metric.cpu.index] {
            cpuMaximum = max(cpuMaximum ?? 0, cpu.maximum)
        }
        if let memory = block.gauges[Metric.memory.index] {
            memoryMaximum = max(memoryMaximum ?? 0, memory.maximum)
        }
        for (index, counter) in block.counters.enumerated() {
            guard let counter else { continue }
            totals[index].add(.init(first: counter.first, last: counter.last))
            totals[index].before = totals[index].before.clampingAdd(counter.fallen)
        }
    }

    /// What the rows so far tell; `sampleCount` is `nil` if there was none.
    var usage: RunUsage {
        var usage = RunUsage()
        usage.sampleCount = sampleCount > 0 ? sampleCount : nil
        usage.cpuMaxCentipercent = cpuMaximum
        usage.memoryMaxBytes = memoryMaximum
        usage.memoryPeakBytes = memoryMaximum
        usage.cpuTimeNanoseconds = totals[Metric.cpuTime.index].total
        usage.diskReadBytes = totals[Metric.diskRead.index].total
        usage.diskWriteBytes = totals[Metric.diskWrite.index].total
        usage.netRxBytes = totals[Metric.netRx.index].total
        usage.netTxBytes = totals[Metric.netTx.index].total
        return usage
    }

    private struct CounterTotal {
        var before: Int64 = 0
        var last: Int64?

        mutating func add(_ counter: SampleRow.Counter) {
            if let last, counter.first < last { before = before.clampingAdd(last) }
            last = counter.last
        }

        var total: Int64? { last.map(before.clampingAdd) }
    }
}

extension Int64 {
    /// The sum, held at the ends of the range: values from a registry may be anything.
    func clampingAdd(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other > 0 ? .max : .min) : sum
    }
}
