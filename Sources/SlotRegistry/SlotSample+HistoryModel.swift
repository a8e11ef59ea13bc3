public import HistoryModel

extension SlotSample {
    /// The words that say `sample`: flags for what is there, zero for what is `nil`.
    ///
    /// The contract has one flag for the CPU rate and time, so that a rate without a time is not
    /// said; and none for disk and net, where one counter that is `nil` makes its pair absent. A
    /// negative value is absent.
    public init(_ sample: Sample) {
        self.init(sampledAtUnixMilliseconds: sample.at.unixMilliseconds)
        func word(_ value: Int64?) -> UInt64? { value.flatMap { UInt64(exactly: $0) } }
        func gauge(_ value: Int64?, _ flag: SampleFlags) -> UInt64 {
            guard let word = word(value) else { return 0 }
            flags.insert(flag)
            return word
        }
        if let time = word(sample.cpuTimeNanoseconds) {
            vcpuTimeNanoseconds = time
            if let rate = sample.cpuCentipercent, rate >= 0 {
                flags.insert(.cpu)
                cpuPercent = Float(Double(rate) / 100)
            } else {
                flags.insert(.cpuTimeOnly)
            }
        }
        memoryBytes = gauge(sample.memoryBytes, .memoryUsed)
        memoryAvailableBytes = gauge(sample.memoryAvailableBytes, .memoryAvailable)
        memoryHostResidentBytes = gauge(sample.memoryHostResidentBytes, .hostResident)
        upperUsedBytes = gauge(sample.upperUsedBytes, .upperUsed)
        upperFreeBytes = gauge(sample.upperFreeBytes, .upperFree)
        upperHostAllocatedBytes = gauge(sample.upperHostAllocatedBytes, .upperHostAllocated)
        if let read = word(sample.diskReadBytes), let written = word(sample.diskWriteBytes) {
            (diskReadBytes, diskWriteBytes) = (read, written)
        } else {
            flags.insert(.diskNotMeasured)
        }
        if let received = word(sample.netRxBytes), let sent = word(sample.netTxBytes) {
            (netRxBytes, netTxBytes) = (received, sent)
        } else {
            flags.insert(.netNotMeasured)
        }
    }
}
