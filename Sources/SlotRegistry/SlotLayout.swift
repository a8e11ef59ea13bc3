/// Where the fields of a slot lie in one ABI: data, so that one code path serves all three.
package struct SlotLayout: Sendable {
    /// Bytes of a slot, in every ABI.
    package static let slotLength = 512

    let abi: RegistryABI
    let state = SharedField<UInt32>(0x00)
    let generation = SharedField<UInt64>(0x08)
    let seq = SharedField<UInt64>(0x10)
    let sandboxID = SharedField<Int32>(0x18)
    let runID = SharedField<Int32>(0x1c)
    let pid = SharedField<Int32>(0x20)
    let startedAt = SharedField<Int64>(0x28)
    let sampledAt = SharedField<Int64>(0x30)
    let sampleFlags: SharedField<UInt32>?
    let memoryLimit: SharedField<UInt64>
    let vcpuTime: SharedField<UInt64>?
    let cpuPercentBits: SharedField<UInt32>
    let memory: SharedField<UInt64>
    let memoryAvailable: SharedField<UInt64>?
    let memoryHostResident: SharedField<UInt64>?
    let diskRead: SharedField<UInt64>
    let diskWrite: SharedField<UInt64>
    let netRx: SharedField<UInt64>
    let netTx: SharedField<UInt64>
    let upperUsed: SharedField<UInt64>?
    let upperFree: SharedField<UInt64>?
    let upperHostAllocated: SharedField<UInt64>?
    let nameLength: SharedField<UInt16>
    /// The 128 bytes of the name, as sixteen words.
    let nameOffset: Int

    /// The layout of `abi`. Traps if the table below breaks the rules that unsafe code relies on.
    init(_ abi: RegistryABI) {
        self.abi = abi
        let hasFlags = abi != .v1
        let hasUpper = abi == .v3
        sampleFlags = hasFlags ? SharedField(0x38) : nil
        memoryLimit = SharedField(hasFlags ? 0x40 : 0x38)
        vcpuTime = hasFlags ? SharedField(0x48) : nil
        cpuPercentBits = SharedField(hasFlags ? 0x50 : 0x40)
        memory = SharedField(hasFlags ? 0x58 : 0x48)
        memoryAvailable = hasFlags ? SharedField(0x60) : nil
        memoryHostResident = hasFlags ? SharedField(0x68) : nil
        diskRead = SharedField(hasFlags ? 0x70 : 0x50)
        diskWrite = SharedField(hasFlags ? 0x78 : 0x58)
        netRx = SharedField(hasFlags ? 0x80 : 0x60)
        netTx = SharedField(hasFlags ? 0x88 : 0x68)
        upperUsed = hasUpper ? SharedField(0x90) : nil
        upperFree = hasUpper ? SharedField(0x98) : nil
        upperHostAllocated = hasUpper ? SharedField(0xa0) : nil
        nameLength = SharedField(abi == .v1 ? 0x70 : abi == .v2 ? 0x90 : 0xa8)
        nameOffset = abi == .v1 ? 0x78 : abi == .v2 ? 0x98 : 0xb0
        precondition(faults.isEmpty, "the layout of ABI \(abi.rawValue) is wrong: \(faults)")
    }

    /// The layouts of all ABIs, made and checked once.
    static let v1 = SlotLayout(.v1)
    static let v2 = SlotLayout(.v2)
    static let v3 = SlotLayout(.v3)

    /// The layout of `abi`.
    package static func of(_ abi: RegistryABI) -> SlotLayout {
        switch abi {
        case .v1: v1
        case .v2: v2
        case .v3: v3
        }
    }

    /// The word of the name that holds bytes `8 * index` and following.
    @inline(__always)
    func nameWord(_ index: Int) -> SharedField<UInt64> {
        SharedField(nameOffset + 8 * index)
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
                return Extent(name: name, offset: $0.offset, size: size, alignment: size)
            }
        }
        return [
            extent("state", state), extent("generation", generation), extent("seq", seq),
            extent("sandbox_id", sandboxID), extent("run_id", runID), extent("pid", pid),
            extent("started_at_unix_ms", startedAt), extent("sampled_at_unix_ms", sampledAt),
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
                name: "name_bytes", offset: nameOffset, size: SlotName.maximumByteCount,
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
