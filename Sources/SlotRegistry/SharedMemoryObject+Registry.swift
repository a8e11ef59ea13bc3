extension SharedMemoryObject {
    /// Waits until the object is a whole registry, checks it, and maps all of it.
    ///
    /// Another process may cut the object between a look at its length and the access that follows,
    /// which is a SIGBUS that no check can rule out; only its owner could, see
    /// ``requireTrustworthyOwner()``.
    borrowing func mapRegistry(
        abi: RegistryABI?, capacity: Int?, waiting limit: WaitLimit
    ) throws(RegistryError) -> (region: MappedRegion, abi: RegistryABI, capacity: Int) {
        try requireTrustworthyOwner()
        var size: Int64 = 0
        let headerLength = Int64(RegistryHeader.length)
        let hasHeader = try limit.wait { () throws(RegistryError) in
            size = try self.size()
            return size >= headerLength
        }
        guard hasHeader else { throw tooSmall(size, headerLength) }

        let header = try map(RegistryHeader.length)
        var state: UInt32 = 0
        let isReady = try limit.wait { () throws(RegistryError) in
            try requireSize(RegistryHeader.length)
            state = header.header.loadAcquiring(RegistryHeader.stateField)
            return state == RegistryHeader.ready
        }
        guard isReady else {
            throw RegistryError(registry: name.value, reason: .notReady(state: state))
        }
        let found = try RegistryHeader.check(header.header, of: name, abi: abi, capacity: capacity)
        let wanted = RegistryHeader.objectSize(capacity: found.capacity)
        try requireSize(wanted)
        return (try map(wanted), found.abi, found.capacity)
    }

    /// Refuses an object that is shorter than `wanted` bytes; longer ones are fine, since macOS
    /// rounds up to pages.
    borrowing func requireSize(_ wanted: Int) throws(RegistryError) {
        let size = try size()
        guard size >= Int64(wanted) else { throw tooSmall(size, Int64(wanted)) }
    }

    private borrowing func tooSmall(_ found: Int64, _ wanted: Int64) -> RegistryError {
        RegistryError(registry: name.value, reason: .tooSmall(found: found, wanted: wanted))
    }
}
