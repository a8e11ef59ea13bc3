internal import Floors
internal import SlotRegistry

/// The recorder's floor: the same registry, read and folded in C.
// The pointers stay within this module, and whoever uses them holds the owner.
@safe final class FloorRecorder {
    // Both are of the C functions alone, and live as long as self.
    private let registry: OpaquePointer
    let recorder: OpaquePointer
    private let readings: UnsafeMutablePointer<floor_reading>

    init(of name: RegistryName, capacity: Int) throws {
        guard let registry = unsafe floor_registry_open(name.value) else {
            throw BenchmarkError("cannot map \(name.value)")
        }
        unsafe self.registry = registry
        unsafe recorder = floor_recorder_new(registry, 121)
        unsafe readings = .allocate(capacity: capacity)
    }

    deinit {
        unsafe readings.deallocate()
        unsafe floor_recorder_free(recorder)
        unsafe floor_registry_close(registry)
    }

    func snapshot() -> Int { unsafe Int(floor_snapshot(registry, readings)) }

    /// How many rows are finished.
    func poll() -> Int { unsafe Int(floor_poll(recorder)) }

    /// A copy of the finished rows.
    func rows(_ count: Int) -> [floor_row] {
        unsafe Array(UnsafeBufferPointer(start: floor_rows(recorder), count: count))
    }

    func forgetRows() { unsafe floor_forget_rows(recorder) }
}

/// The catalog's floor: the same tables, filled from C.
// The pointer stays within this class.
@safe final class FloorCatalog {
    // Of the C functions alone, and lives as long as self.
    private let catalog: OpaquePointer

    init(path: String) {
        unsafe catalog = floor_catalog_open(path)
    }

    deinit {
        unsafe floor_catalog_close(catalog)
    }

    func flush(_ recorder: FloorRecorder, count: Int) {
        unsafe floor_flush(catalog, floor_rows(recorder.recorder), count)
    }

    /// - Parameter rows: those of all runs, `rowCount` for each; `nil` reads them from the table.
    func seal(_ runs: [Int64], hour: Int64, rows: [floor_row]?, rowCount: Int, blobBytes: Int) {
        unsafe (rows ?? []).withUnsafeBufferPointer { buffer in
            unsafe floor_seal(
                catalog, runs, runs.count, hour, buffer.baseAddress, rowCount, blobBytes,
                rows == nil ? 1 : 0)
        }
    }
}
