internal import Floors
internal import HistoryModel

/// The floor of queries: the same catalog, read and decoded in C.
// The pointer stays within this class, which closes it once.
@safe final class FloorReader {
    private let reader: OpaquePointer

    init(path: String) {
        // The path is NUL-terminated for the call.
        unsafe reader = floor_reader_open(path)
    }

    deinit {
        unsafe floor_reader_close(reader)
    }

    /// What a gauge's maxima are called within a block, as `docs/block-format.md` says.
    private static func column(of gauge: Metric) -> UInt8 { UInt8(16 + 4 * gauge.index) }

    /// All intervals of a run.
    func points(of run: RunID, _ gauge: Metric, room: Int) -> (starts: [Int64], values: [Double]) {
        var starts = [Int64](repeating: 0, count: room)
        var values = [Double](repeating: 0, count: room)
        // There is room for all intervals that the caller knows of.
        let count = unsafe floor_reader_points(
            reader, run.rawValue, Self.column(of: gauge), &starts, &values)
        starts.removeLast(room - count)
        values.removeLast(room - count)
        return (starts, values)
    }

    /// Averages and maxima of steps of a run.
    func steps(of run: RunID, _ gauge: Metric, milliseconds: Int64, room: Int) -> [floor_step] {
        // There is room for all steps that the caller knows of.
        unsafe [floor_step](unsafeUninitializedCapacity: room) { buffer, count in
            count = unsafe floor_reader_steps(
                reader, run.rawValue, Self.column(of: gauge), milliseconds, buffer.baseAddress)
        }
    }

    /// The highest CPU of all runs in steps.
    func maxima(milliseconds: Int64, room: Int) -> [floor_step] {
        // There is room for all steps that the caller knows of.
        unsafe [floor_step](unsafeUninitializedCapacity: room) { buffer, count in
            count = unsafe floor_reader_maxima(
                reader, Self.column(of: .cpu), milliseconds, buffer.baseAddress)
        }
    }

    /// The ten runs of highest memory.
    func peaks() -> [floor_peak] {
        // There are ten of them at most.
        unsafe [floor_peak](unsafeUninitializedCapacity: 10) { buffer, count in
            count = unsafe floor_reader_peaks(reader, buffer.baseAddress)
        }
    }
}
