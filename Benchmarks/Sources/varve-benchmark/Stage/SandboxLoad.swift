internal import SlotRegistry
internal import SyntheticDay

/// What a synthetic sandbox uses, as words for its slot.
struct SandboxLoad {
    private var sandbox: SyntheticSandbox
    private let stepSeconds: Int
    private let hasEverything: Bool
    private var cpuTime: UInt64 = 0

    /// - Parameter hasEverything: whether the metrics that the synthetic day does not have are there,
    ///   too, made from those that it has.
    init(_ index: Int, stepSeconds: Int = 1, hasEverything: Bool = true) {
        sandbox = SyntheticSandbox(index: index, step: stepSeconds)
        self.stepSeconds = stepSeconds
        self.hasEverything = hasEverything
    }

    /// The next sample, at `unixMilliseconds`.
    mutating func next(at unixMilliseconds: Int64) -> SlotSample {
        var sample = SlotSample(sampledAtUnixMilliseconds: unixMilliseconds)
        guard let synthetic = sandbox.next() else { return sample }
        sample.flags = [.cpu, .memoryUsed]
        sample.cpuPercent = Float(Double(synthetic.cpuCentipercent) / 100)
        // A hundredth of a percent of a second is 100 µs.
        cpuTime += UInt64(synthetic.cpuCentipercent * 100_000) * UInt64(stepSeconds)
        sample.vcpuTimeNanoseconds = cpuTime
        sample.memoryBytes = UInt64(synthetic.memoryBytes)
        sample.diskReadBytes = UInt64(synthetic.diskReadBytes)
        sample.diskWriteBytes = UInt64(synthetic.diskWriteBytes)
        sample.netRxBytes = UInt64(synthetic.netRxBytes)
        sample.netTxBytes = UInt64(synthetic.netTxBytes)
        guard hasEverything else { return sample }
        sample.flags.formUnion(
            [.memoryAvailable, .hostResident, .upperUsed, .upperFree, .upperHostAllocated])
        let limit: UInt64 = 1 << 33
        sample.memoryAvailableBytes = limit - min(limit, sample.memoryBytes)
        sample.memoryHostResidentBytes = sample.memoryBytes + 18 << 20
        sample.upperUsedBytes = min(limit, 160 << 20 + sample.diskWriteBytes / 16)
        sample.upperFreeBytes = limit - sample.upperUsedBytes
        sample.upperHostAllocatedBytes = (sample.upperUsedBytes >> 20 + 1) << 20
        return sample
    }
}
