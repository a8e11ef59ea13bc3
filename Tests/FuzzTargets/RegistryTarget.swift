internal import CPlatform
internal import Foundation
internal import HistoryModel
internal import SlotRegistry

extension FuzzTarget {
    /// A whole shared-memory object, of whatever ABI its header says.
    static let registry = FuzzTarget("registry", byteLimit: 16_384, shortRunCount: 3_000) { bytes in
        do {
            let reader = try object.reader(of: bytes)
            return try read(reader) > 0 ? .understood : .refused
        } catch is RegistryError {
            return .refused
        }
    }

    private static let object = SharedBytes()

    /// Reads all that a recorder, `ps` and `top` read of it; how many slots were visible.
    private static func read(_ reader: borrowing RegistryReader) throws -> Int {
        var visible = 0
        var failure: FuzzFailure?
        try reader.snapshot { slot, outcome in
            do {
                if try check(outcome, in: slot) { visible += 1 }
            } catch {
                failure = error as? FuzzFailure
            }
        }
        if let failure { throw failure }
        _ = reader.createdAt
        for slot in [-1, 0, reader.capacity - 1, reader.capacity, .max] {
            let outcome = try reader.read(slot: slot)
            try require(
                (outcome != nil) == (0..<reader.capacity).contains(slot), "slot \(slot) is there")
        }
        return visible
    }

    private static func check(_ outcome: SlotOutcome, in slot: Int) throws -> Bool {
        guard case .reading(let reading) = outcome else {
            if case .notYetSampled(let identity) = outcome {
                try check(identity)
                return true
            }
            return false
        }
        try check(reading.identity)
        let (sample, implausible) = reading.checkedSample()
        try require(implausible >= 0, "a count below 0")
        guard let sample else { return true }
        for metric in Metric.allCases {
            try require(sample[metric].map { $0 >= 0 } ?? true, "\(metric) is below 0")
        }
        return true
    }

    private static func check(_ identity: SlotIdentity) throws {
        try require(identity.name.byteCount <= SlotName.maximumByteCount, "a name that is too long")
        try Harmless.check(text: identity.name.string.escapedForDisplay, of: "a name")
        _ = identity.startedAt?.rfc3339
    }
}

/// A shared-memory object of this process, whose bytes are replaced again and again.
final class SharedBytes: Sendable {
    let name: RegistryName

    init() {
        do {
            name = try RegistryName("/varve-f-\(UUID().uuidString.prefix(18))")
        } catch {
            preconditionFailure("\(error)")
        }
    }

    deinit { try? Registry.unlink(name) }

    /// A reader of the object that `bytes` make. The object's name goes at once, so that nothing is
    /// left of it when the process dies.
    func reader(of bytes: [UInt8]) throws -> RegistryReader {
        try? Registry.unlink(name)
        let descriptor = unsafe cplatform_shm_open(name.value, O_RDWR | O_CREAT | O_EXCL, 0o600)
        try require(descriptor >= 0, "cannot make \(name)")
        defer { close(descriptor) }
        try write(bytes, to: descriptor)
        defer { try? Registry.unlink(name) }
        return try RegistryReader.open(name, waiting: .once)
    }

    /// Replaces the bytes of an object that is open, up to where it ends.
    func write(_ bytes: [UInt8], to descriptor: Int32) throws {
        guard !bytes.isEmpty else { return }
        try require(
            cplatform_shm_allocate(descriptor, Int64(bytes.count)) == 0, "cannot size \(name)")
        let base = unsafe cplatform_map_shared(descriptor, bytes.count, true)
        guard let base = unsafe base else { throw FuzzFailure("cannot map \(name)") }
        // Mapped just now, as many bytes as are copied.
        unsafe UnsafeMutableRawBufferPointer(start: base, count: bytes.count).copyBytes(from: bytes)
        unsafe munmap(base, bytes.count)
    }
}
