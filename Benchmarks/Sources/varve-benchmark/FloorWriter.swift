internal import Floors
internal import SlotRegistry

/// The writer's floor: the same slot of the same registry, written in C.
// The pointer stays within this class, and whoever uses it holds the owner.
@safe final class FloorWriter {
    // Lives as long as self.
    private let writer: OpaquePointer

    init(of name: RegistryName, slot: Int, generation: UInt64) throws {
        guard let writer = unsafe floor_writer_open(name.value, slot, generation) else {
            throw BenchmarkError("cannot map \(name.value)")
        }
        unsafe self.writer = writer
    }

    deinit { unsafe floor_writer_close(writer) }

    /// By the contract; whether it wrote.
    @inline(__always)
    func write(_ sample: inout floor_sample) -> Bool {
        // Read during the call only.
        unsafe floor_write(writer, &sample) == 1
    }

    /// As if nobody else ever wrote.
    @inline(__always)
    func writeAlone(_ sample: inout floor_sample) -> Bool {
        // Read during the call only.
        unsafe floor_write_alone(writer, &sample) == 1
    }
}

extension floor_sample {
    init(_ sample: SlotSample) {
        self.init(
            sampled_at: sample.sampledAtUnixMilliseconds, flags: sample.flags.rawValue,
            vcpu_time: sample.vcpuTimeNanoseconds, cpu_percent_bits: sample.cpuPercentBits,
            memory: sample.memoryBytes, memory_available: sample.memoryAvailableBytes,
            memory_host_resident: sample.memoryHostResidentBytes,
            disk_read: sample.diskReadBytes, disk_write: sample.diskWriteBytes,
            net_rx: sample.netRxBytes, net_tx: sample.netTxBytes,
            upper_used: sample.upperUsedBytes, upper_free: sample.upperFreeBytes,
            upper_host_allocated: sample.upperHostAllocatedBytes)
    }
}
