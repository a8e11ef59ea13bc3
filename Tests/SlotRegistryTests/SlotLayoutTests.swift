import SlotRegistry
import Testing

@Suite("Slot layouts")
struct SlotLayoutTests {
    @Test("no field overlaps, is unaligned or leaves the slot", arguments: RegistryABI.allCases)
    func faults(abi: RegistryABI) {
        let layout = SlotLayout.of(abi)
        #expect(layout.faults.isEmpty)
        #expect(layout.extents.count == [RegistryABI.v1: 17, .v2: 21, .v3: 24][abi])
    }

    @Test("the fields lie where the contract's table says")
    func table() {
        func offsets(_ abi: RegistryABI) -> [String: Int] {
            let pairs = SlotLayout.of(abi).extents.map { ($0.name, $0.offset) }
            return Dictionary(uniqueKeysWithValues: pairs)
        }
        let common = [
            "state": 0x00, "generation": 0x08, "seq": 0x10, "sandbox_id": 0x18, "run_id": 0x1c,
            "pid": 0x20, "started_at_unix_ms": 0x28, "sampled_at_unix_ms": 0x30,
        ]
        let v1 = [
            "memory_limit_bytes": 0x38, "cpu_percent_bits": 0x40, "memory_bytes": 0x48,
            "disk_read_bytes": 0x50, "disk_write_bytes": 0x58, "net_rx_bytes": 0x60,
            "net_tx_bytes": 0x68, "name_len": 0x70, "name_bytes": 0x78,
        ]
        let v2 = [
            "sample_flags": 0x38, "memory_limit_bytes": 0x40, "vcpu_time_ns": 0x48,
            "cpu_percent_bits": 0x50, "memory_bytes": 0x58, "memory_available_bytes": 0x60,
            "memory_host_resident_bytes": 0x68, "disk_read_bytes": 0x70, "disk_write_bytes": 0x78,
            "net_rx_bytes": 0x80, "net_tx_bytes": 0x88, "name_len": 0x90, "name_bytes": 0x98,
        ]
        let v3 = [
            "upper_used_bytes": 0x90, "upper_free_bytes": 0x98,
            "upper_host_allocated_bytes": 0xa0, "name_len": 0xa8, "name_bytes": 0xb0,
        ]
        #expect(offsets(.v1) == common.merging(v1) { $1 })
        #expect(offsets(.v2) == common.merging(v2) { $1 })
        #expect(offsets(.v3) == common.merging(v2) { $1 }.merging(v3) { $1 })
    }

    @Test("a slot's words have the sizes of the contract")
    func sizes() {
        let sizes = Dictionary(
            uniqueKeysWithValues: SlotLayout.of(.v3).extents.map { ($0.name, $0.size) })
        for (name, size) in sizes {
            let wanted =
                switch name {
                case "name_bytes": 128
                case "name_len": 2
                case "state", "sandbox_id", "run_id", "pid", "sample_flags", "cpu_percent_bits": 4
                default: 8
                }
            #expect(size == wanted, "\(name)")
        }
    }
}
