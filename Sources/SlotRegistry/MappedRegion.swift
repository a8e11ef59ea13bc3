internal import CPlatform

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A mapping of a registry: lives as long as the registry, a reader or any writer holds it.
@safe
final class MappedRegion {
    let length: Int
    private let base: UnsafeMutableRawPointer

    /// Takes over `length` bytes at `base`, mapped by `mmap(2)`.
    @unsafe
    init(owning base: UnsafeMutableRawPointer, length: Int) {
        // Every slot of the mapping is reached by this table.
        SlotLayout.requireSound()
        self.length = length
        unsafe self.base = unsafe base
        unsafe cplatform_announce_mapping(base, length)
    }

    deinit {
        // Nobody holds the region any more, so nobody holds words of it.
        unsafe cplatform_renounce_mapping(base)
        unsafe munmap(base, length)
    }

    /// The header's words. The caller keeps the region for as long as it uses them.
    var header: SharedWords {
        precondition(length >= RegistryHeader.length, "a mapping holds a header")
        // Inside the mapping, as checked.
        return unsafe SharedWords(at: base)
    }

    /// The words of slot `index`. The caller keeps the region for as long as it uses them.
    @inline(__always)
    func slot(_ index: Int) -> SharedWords {
        precondition(index >= 0, "a slot's index is not negative")
        let offset = RegistryHeader.length + index * SlotLayout.slotLength
        precondition(offset + SlotLayout.slotLength <= length, "a slot lies in its registry")
        // Inside the mapping, as checked.
        return unsafe SharedWords(at: base + offset)
    }

    /// Lets slot `index` come nearer while others are read; nothing if there is no such slot.
    @inline(__always)
    func prefetch(slot index: Int) {
        let offset = RegistryHeader.length + index * SlotLayout.slotLength
        guard index >= 0, offset + SlotLayout.slotLength <= length else { return }
        // Inside the mapping, as checked; it is a hint, and no access.
        unsafe cplatform_prefetch_slot(base + offset)
    }
}

// The pointer and the length never change, and the memory is reached only through `SharedWords`,
// that is, as atomics.
extension MappedRegion: @unchecked Sendable {}
