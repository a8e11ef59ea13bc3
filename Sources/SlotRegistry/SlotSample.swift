/// Which fields of a sample hold a value: the word `sample_flags`.
///
/// The contract defines bits 0 to 6. Bits 29 to 31 are varve's own: other programs leave them clear
/// and ignore them.
public struct SampleFlags: OptionSet, Hashable, Sendable {
    /// The word as it stands in the slot.
    public let rawValue: UInt32

    /// The flags of `rawValue`; unknown bits are kept.
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// `cpu_percent` and `vcpu_time_ns` both hold a value.
    public static let cpu = SampleFlags(rawValue: 1 << 0)
    /// `memory_bytes` holds a value.
    public static let memoryUsed = SampleFlags(rawValue: 1 << 1)
    /// `memory_available_bytes` holds a value.
    public static let memoryAvailable = SampleFlags(rawValue: 1 << 2)
    /// `memory_host_resident_bytes` holds a value.
    public static let hostResident = SampleFlags(rawValue: 1 << 3)
    /// `upper_used_bytes` holds a value (ABI 3).
    public static let upperUsed = SampleFlags(rawValue: 1 << 4)
    /// `upper_free_bytes` holds a value (ABI 3).
    public static let upperFree = SampleFlags(rawValue: 1 << 5)
    /// `upper_host_allocated_bytes` holds a value (ABI 3).
    public static let upperHostAllocated = SampleFlags(rawValue: 1 << 6)

    /// varve's own: `vcpu_time_ns` holds a value although there is no rate yet; ``cpu`` is clear.
    public static let cpuTimeOnly = SampleFlags(rawValue: 1 << 29)
    /// varve's own: the net counters hold nothing. The contract has no flag for them.
    public static let netNotMeasured = SampleFlags(rawValue: 1 << 30)
    /// varve's own: the disk counters hold nothing. The contract has no flag for them.
    public static let diskNotMeasured = SampleFlags(rawValue: 1 << 31)

    /// What every ABI 1 slot holds. Its `vcpu_time_ns` does not exist.
    static let always: SampleFlags = [.cpu, .memoryUsed]
    static let upper: SampleFlags = [.upperUsed, .upperFree, .upperHostAllocated]
}

/// A sample exactly as a slot holds it: raw words, believed by nobody yet.
///
/// A field whose flag is clear may still hold a number.
///
/// ```swift
/// var sample = SlotSample(sampledAtUnixMilliseconds: 1_795_435_203_000)
/// sample.flags = [.memoryUsed, .netNotMeasured]
/// sample.memoryBytes = 104_869_888
/// try writer.write(sample)
/// ```
public struct SlotSample: Hashable, Sendable {
    /// When the process was read. 0 is *not yet sampled*.
    public var sampledAtUnixMilliseconds: Int64
    /// Which fields hold a value. ABI 1 has no such word; its reader says ``SampleFlags/cpu`` and
    /// ``SampleFlags/memoryUsed``.
    public var flags: SampleFlags = []
    /// Cumulative CPU time.
    public var vcpuTimeNanoseconds: UInt64 = 0
    /// CPU in percent as the bits of an IEEE 754 single; 100 is one full core.
    public var cpuPercentBits: UInt32 = 0
    /// Memory in use.
    public var memoryBytes: UInt64 = 0
    /// Memory that the guest could still use.
    public var memoryAvailableBytes: UInt64 = 0
    /// Memory of the host that the sandbox occupies.
    public var memoryHostResidentBytes: UInt64 = 0
    /// Cumulative bytes read from storage.
    public var diskReadBytes: UInt64 = 0
    /// Cumulative bytes written to storage.
    public var diskWriteBytes: UInt64 = 0
    /// Cumulative bytes received.
    public var netRxBytes: UInt64 = 0
    /// Cumulative bytes sent.
    public var netTxBytes: UInt64 = 0
    /// Bytes used on the writable layer.
    public var upperUsedBytes: UInt64 = 0
    /// Bytes free on the writable layer.
    public var upperFreeBytes: UInt64 = 0
    /// Bytes that the writable layer occupies on the host.
    public var upperHostAllocatedBytes: UInt64 = 0

    /// A sample at `sampledAtUnixMilliseconds` whose other words are zero.
    public init(sampledAtUnixMilliseconds: Int64) {
        self.sampledAtUnixMilliseconds = sampledAtUnixMilliseconds
    }

    /// CPU in percent; 100 is one full core. It may be anything that a single can be.
    public var cpuPercent: Float {
        get { Float(bitPattern: cpuPercentBits) }
        set { cpuPercentBits = newValue.bitPattern }
    }
}

extension SlotSample {
    /// Takes over the sample in a slot. The caller's window decides whether it may be believed.
    @inline(__always)
    mutating func load(_ slot: SharedWords, _ layout: SlotLayout) {
        sampledAtUnixMilliseconds = slot.load(SlotLayout.sampledAt)
        flags = layout.sampleFlags.field.map { SampleFlags(rawValue: slot.load($0)) } ?? .always
        vcpuTimeNanoseconds = slot.load(layout.vcpuTime)
        cpuPercentBits = slot.load(layout.cpuPercentBits)
        memoryBytes = slot.load(layout.memory)
        memoryAvailableBytes = slot.load(layout.memoryAvailable)
        memoryHostResidentBytes = slot.load(layout.memoryHostResident)
        diskReadBytes = slot.load(layout.diskRead)
        diskWriteBytes = slot.load(layout.diskWrite)
        netRxBytes = slot.load(layout.netRx)
        netTxBytes = slot.load(layout.netTx)
        upperUsedBytes = slot.load(layout.upperUsed)
        upperFreeBytes = slot.load(layout.upperFree)
        upperHostAllocatedBytes = slot.load(layout.upperHostAllocated)
    }

    /// Puts the sample into a slot, inside the caller's seqlock window.
    @inline(__always)
    func store(in slot: SharedWords, _ layout: SlotLayout) {
        slot.store(sampledAtUnixMilliseconds, SlotLayout.sampledAt)
        slot.store(flags.rawValue, layout.sampleFlags)
        slot.store(vcpuTimeNanoseconds, layout.vcpuTime)
        slot.store(cpuPercentBits, layout.cpuPercentBits)
        slot.store(memoryBytes, layout.memory)
        slot.store(memoryAvailableBytes, layout.memoryAvailable)
        slot.store(memoryHostResidentBytes, layout.memoryHostResident)
        slot.store(diskReadBytes, layout.diskRead)
        slot.store(diskWriteBytes, layout.diskWrite)
        slot.store(netRxBytes, layout.netRx)
        slot.store(netTxBytes, layout.netTx)
        slot.store(upperUsedBytes, layout.upperUsed)
        slot.store(upperFreeBytes, layout.upperFree)
        slot.store(upperHostAllocatedBytes, layout.upperHostAllocated)
    }

    /// What an older ABI can say of the sample: no flag for a field that it lacks, and in ABI 1,
    /// which has no flags, zero for what is absent.
    func narrowed(to abi: RegistryABI) -> SlotSample {
        var sample = self
        switch abi {
        case .v3:
            break
        case .v2:
            sample.flags.subtract(.upper)
        case .v1:
            if !flags.contains(.cpu) { sample.cpuPercentBits = 0 }
            if !flags.contains(.memoryUsed) { sample.memoryBytes = 0 }
            if flags.contains(.diskNotMeasured) {
                sample.diskReadBytes = 0
                sample.diskWriteBytes = 0
            }
            if flags.contains(.netNotMeasured) {
                sample.netRxBytes = 0
                sample.netTxBytes = 0
            }
        }
        return sample
    }
}
