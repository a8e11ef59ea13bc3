public import HistoryModel

extension SlotReading {
    /// The sample as far as it can be believed, and how many of its values could not be.
    ///
    /// What the flags call absent is `nil` and not counted. A u64 above 2^63-1, a CPU rate that is
    /// NaN, infinite, negative or too large, and a name's length over 128 are counted. An
    /// impossible time makes the whole sample `nil` and counts once.
    public func checkedSample() -> (sample: Sample?, implausible: Int) {
        var implausible = identity.name.isImplausible ? 1 : 0
        guard let at = Timestamp(plausible: sample.sampledAtUnixMilliseconds) else {
            return (nil, implausible + 1)
        }
        func checked(_ isPresent: Bool, _ value: UInt64) -> Int64? {
            guard isPresent else { return nil }
            let checked = Int64(exactly: value)
            if checked == nil { implausible += 1 }
            return checked
        }
        let flags = sample.flags
        let hasCPUTime = abi != .v1 && !flags.isDisjoint(with: [.cpu, .cpuTimeOnly])
        let hasDisk = abi == .v1 || !flags.contains(.diskNotMeasured)
        let hasNet = abi == .v1 || !flags.contains(.netNotMeasured)
        let hasUpper = abi == .v3

        var result = Sample(at: at)
        if flags.contains(.cpu) {
            result.cpuCentipercent = Self.centipercent(sample.cpuPercent)
            if result.cpuCentipercent == nil { implausible += 1 }
        }
        result.cpuTimeNanoseconds = checked(hasCPUTime, sample.vcpuTimeNanoseconds)
        result.memoryBytes = checked(flags.contains(.memoryUsed), sample.memoryBytes)
        result.memoryAvailableBytes = checked(
            flags.contains(.memoryAvailable), sample.memoryAvailableBytes)
        result.memoryHostResidentBytes = checked(
            flags.contains(.hostResident), sample.memoryHostResidentBytes)
        result.upperUsedBytes = checked(
            hasUpper && flags.contains(.upperUsed), sample.upperUsedBytes)
        result.upperFreeBytes = checked(
            hasUpper && flags.contains(.upperFree), sample.upperFreeBytes)
        result.upperHostAllocatedBytes = checked(
            hasUpper && flags.contains(.upperHostAllocated), sample.upperHostAllocatedBytes)
        result.diskReadBytes = checked(hasDisk, sample.diskReadBytes)
        result.diskWriteBytes = checked(hasDisk, sample.diskWriteBytes)
        result.netRxBytes = checked(hasNet, sample.netRxBytes)
        result.netTxBytes = checked(hasNet, sample.netTxBytes)
        return (result, implausible)
    }

    /// Percent to hundredths, rounded to nearest; `nil` if it cannot be true.
    private static func centipercent(_ percent: Float) -> Int64? {
        guard percent.isFinite, percent >= 0 else { return nil }
        return Int64(exactly: (Double(percent) * 100).rounded())
    }
}
