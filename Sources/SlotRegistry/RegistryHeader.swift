internal import HistoryModel

/// The 256 bytes in front of the slots, the same in every ABI.
enum RegistryHeader {
    static let length = 256
    /// `MSBMET01` in memory order.
    static let magic: UInt64 = 0x3130_5445_4d42_534d
    /// Nobody needs half a gigabyte of slots: a greater capacity is a hostile or broken header.
    static let capacities = 1...(1 << 20)
    static let initialising: UInt32 = 1
    static let ready: UInt32 = 2

    static let magicField = SharedField<UInt64>(0x00)
    static let versionField = SharedField<UInt32>(0x08)
    static let headerLengthField = SharedField<UInt32>(0x0c)
    static let slotLengthField = SharedField<UInt32>(0x10)
    static let capacityField = SharedField<UInt32>(0x14)
    static let stateField = SharedField<UInt32>(0x18)
    static let createdAtField = SharedField<Int64>(0x20)
    static let globalGenerationField = SharedField<UInt64>(0x28)

    /// The bytes of an object with `capacity` slots, which is one of ``capacities``.
    static func objectSize(capacity: Int) -> Int {
        length + capacity * SlotLayout.slotLength
    }

    /// Fills the header of a new object and lets others in.
    static func publish(
        _ header: SharedWords, abi: RegistryABI, capacity: Int, createdAt: Timestamp
    ) {
        header.storeReleasing(initialising, stateField)
        header.store(magic, magicField)
        header.store(abi.rawValue, versionField)
        header.store(UInt32(length), headerLengthField)
        header.store(UInt32(SlotLayout.slotLength), slotLengthField)
        header.store(UInt32(capacity), capacityField)
        header.store(createdAt.unixMilliseconds, createdAtField)
        header.store(0, globalGenerationField)
        header.storeReleasing(ready, stateField)
    }

    /// Checks a header whose state was seen to be ready; `abi` or `capacity` of `nil` accepts any.
    static func check(
        _ header: SharedWords, of name: RegistryName, abi: RegistryABI?, capacity: Int?
    ) throws(RegistryError) -> (abi: RegistryABI, capacity: Int) {
        func require(
            _ field: RegistryError.HeaderField, _ found: UInt64, in wanted: ClosedRange<UInt64>
        ) throws(RegistryError) {
            guard wanted.contains(found) else {
                throw RegistryError(
                    registry: name.value,
                    reason: .badHeader(field: field, found: found, wanted: wanted))
            }
        }
        func only(_ value: UInt64) -> ClosedRange<UInt64> { value...value }

        let version = header.load(versionField)
        // Loaded once: what was checked is what is used, whatever the object says later.
        let slots = UInt64(header.load(capacityField))
        try require(.magic, header.load(magicField), in: only(magic))
        let versions =
            abi.map { only(UInt64($0.rawValue)) }
            ?? UInt64(RegistryABI.v1.rawValue)...UInt64(RegistryABI.v3.rawValue)
        try require(.version, UInt64(version), in: versions)
        try require(
            .headerLength, UInt64(header.load(headerLengthField)), in: only(UInt64(length)))
        try require(
            .slotLength, UInt64(header.load(slotLengthField)),
            in: only(UInt64(SlotLayout.slotLength)))
        try require(
            .capacity, slots,
            in: UInt64(capacities.lowerBound)...UInt64(capacities.upperBound))
        if let capacity {
            try require(.capacity, slots, in: only(UInt64(clamping: capacity)))
        }
        guard let found = RegistryABI(rawValue: version) else {
            preconditionFailure("a version between 1 and 3 is an ABI")
        }
        return (found, Int(slots))
    }

    /// A generation that nobody had before. 0 means *unset* and is passed over.
    static func freshGeneration(_ header: SharedWords) -> UInt64 {
        let generation = header.fetchAdd(1, globalGenerationField) &+ 1
        return generation != 0 ? generation : header.fetchAdd(1, globalGenerationField) &+ 1
    }
}
