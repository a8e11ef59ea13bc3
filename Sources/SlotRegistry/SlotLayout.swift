/// Where the fields of a slot lie in one ABI: data, so that one source serves all three.
///
/// What runs for each slot asks for the layout of an ABI that it knows as it is compiled, as in
/// `SlotLayout(.v3)`: then every offset below is a constant of the machine code, and what an ABI
/// lacks is not asked about.
package struct SlotLayout: Sendable {
    /// Bytes of a slot, in every ABI.
    package static let slotLength = 512

    let abi: RegistryABI
    static let state = SharedField<UInt32>(0x00)
    static let generation = SharedField<UInt64>(0x08)
    static let seq = SharedField<UInt64>(0x10)
    static let sandboxID = SharedField<Int32>(0x18)
    static let runID = SharedField<Int32>(0x1c)
    static let pid = SharedField<Int32>(0x20)
    static let startedAt = SharedField<Int64>(0x28)
    static let sampledAt = SharedField<Int64>(0x30)
    let sampleFlags: OptionalSharedField<UInt32>
    let memoryLimit: SharedField<UInt64>
    let vcpuTime: OptionalSharedField<UInt64>
    let cpuPercentBits: SharedField<UInt32>
    let memory: SharedField<UInt64>
    let memoryAvailable: OptionalSharedField<UInt64>
    let memoryHostResident: OptionalSharedField<UInt64>
    let diskRead: SharedField<UInt64>
    let diskWrite: SharedField<UInt64>
    let netRx: SharedField<UInt64>
    let netTx: SharedField<UInt64>
    let upperUsed: OptionalSharedField<UInt64>
    let upperFree: OptionalSharedField<UInt64>
    let upperHostAllocated: OptionalSharedField<UInt64>
    let nameLength: SharedField<UInt16>
    /// The 128 bytes of the name, as sixteen words.
    let nameOffset: UInt16

    /// The layout of `abi`, which is checked by ``requireSound()``.
    @inline(__always)
    init(_ abi: RegistryABI) {
        self.abi = abi
        let hasFlags = abi != .v1
        let hasUpper = abi == .v3
        sampleFlags = OptionalSharedField(hasFlags ? 0x38 : nil)
        memoryLimit = SharedField(hasFlags ? 0x40 : 0x38)
        vcpuTime = OptionalSharedField(hasFlags ? 0x48 : nil)
        cpuPercentBits = SharedField(hasFlags ? 0x50 : 0x40)
        memory = SharedField(hasFlags ? 0x58 : 0x48)
        memoryAvailable = OptionalSharedField(hasFlags ? 0x60 : nil)
        memoryHostResident = OptionalSharedField(hasFlags ? 0x68 : nil)
        diskRead = SharedField(hasFlags ? 0x70 : 0x50)
        diskWrite = SharedField(hasFlags ? 0x78 : 0x58)
        netRx = SharedField(hasFlags ? 0x80 : 0x60)
        netTx = SharedField(hasFlags ? 0x88 : 0x68)
        upperUsed = OptionalSharedField(hasUpper ? 0x90 : nil)
        upperFree = OptionalSharedField(hasUpper ? 0x98 : nil)
        upperHostAllocated = OptionalSharedField(hasUpper ? 0xa0 : nil)
        nameLength = SharedField(abi == .v1 ? 0x70 : abi == .v2 ? 0x90 : 0xa8)
        nameOffset = abi == .v1 ? 0x78 : abi == .v2 ? 0x98 : 0xb0
    }

    /// Traps if the table above breaks the rules that unsafe code relies on; looks once.
    static func requireSound() { soundness }

    private static let soundness: Void = {
        for abi in [RegistryABI.v1, .v2, .v3] {
            let faults = SlotLayout(abi).faults
            precondition(faults.isEmpty, "the layout of ABI \(abi.rawValue) is wrong: \(faults)")
        }
    }()

    /// The layout of `abi`.
    package static func of(_ abi: RegistryABI) -> SlotLayout { SlotLayout(abi) }

    /// The word of the name that holds bytes `8 * index` and following.
    @inline(__always)
    func nameWord(_ index: Int) -> SharedField<UInt64> {
        SharedField(nameOffset &+ 8 &* UInt16(truncatingIfNeeded: index))
    }
}

extension SlotLayout {
    /// One field, for checking and for tests.
    package struct Extent: Hashable, Sendable {
        package let name: String
        package let offset: Int
        package let size: Int
        package let alignment: Int
    }

    /// The fields that this ABI has, in the order of the contract's table.
    package var extents: [Extent] {
        func extent<Value>(_ name: String, _ field: SharedField<Value>?) -> Extent? {
            field.map {
                let size = MemoryLayout<Value>.size
                return Extent(name: name, offset: Int($0.offset), size: size, alignment: size)
            }
        }
        func extent<Value>(_ name: String, _ field: OptionalSharedField<Value>) -> Extent? {
            extent(name, field.field)
        }
        return [
            extent("state", Self.state), extent("generation", Self.generation),
            extent("seq", Self.seq),
            extent("sandbox_id", Self.sandboxID), extent("run_id", Self.runID),
            extent("pid", Self.pid),
            extent("started_at_unix_ms", Self.startedAt),
            extent("sampled_at_unix_ms", Self.sampledAt),
            extent("sample_flags", sampleFlags), extent("memory_limit_bytes", memoryLimit),
            extent("vcpu_time_ns", vcpuTime), extent("cpu_percent_bits", cpuPercentBits),
            extent("memory_bytes", memory), extent("memory_available_bytes", memoryAvailable),
            extent("memory_host_resident_bytes", memoryHostResident),
            extent("disk_read_bytes", diskRead), extent("disk_write_bytes", diskWrite),
            extent("net_rx_bytes", netRx), extent("net_tx_bytes", netTx),
            extent("upper_used_bytes", upperUsed), extent("upper_free_bytes", upperFree),
            extent("upper_host_allocated_bytes", upperHostAllocated),
            extent("name_len", nameLength),
            Extent(
                name: "name_bytes", offset: Int(nameOffset), size: SlotName.maximumByteCount,
                alignment: MemoryLayout<UInt64>.size),
        ].compactMap { $0 }
    }

    /// What is wrong with the table: fields that overlap, are not aligned, or leave the slot.
    package var faults: [String] {
        var faults: [String] = []
        var end = 0
        for extent in extents.sorted(by: { $0.offset < $1.offset }) {
            if extent.offset < end { faults.append("\(extent.name) overlaps") }
            if extent.offset % extent.alignment != 0 {
                faults.append("\(extent.name) is unaligned")
            }
            end = extent.offset + extent.size
            if end > Self.slotLength { faults.append("\(extent.name) leaves the slot") }
        }
        return faults
    }
}
