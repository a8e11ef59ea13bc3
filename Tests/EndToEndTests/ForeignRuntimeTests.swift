import Foundation
import Testing

/// `varve record` on a registry that is written by a program that shares nothing with varve.
@Suite(.serialized)
struct ForeignRuntimeTests {
    let stage: Stage
    /// The start of the interval of a second that comes.
    private let base = Int64(Date().timeIntervalSince1970) * 1000 + 1000

    init() throws { stage = try Stage() }

    private func record() async throws -> Program {
        try await stage.startRecord("--poll", "10ms", "--interval", "1s")
    }

    private func samples(of run: String) async throws -> Int64 {
        guard try await stage.varve("query", "lifecycle", run).code == 0 else { return 0 }
        let end = try await stage.varve(
            "query", "series", run, "--metric", "all", "--format", "json")
        guard end.code == 0 else { return 0 }
        return try JSON(end.output)["series"].list[0]["points"].list
            .reduce(0) { $0 + ($1["sample_count"].integer ?? 0) }
    }

    private func eventuallyRecorded(
        _ count: Int64, of run: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await eventually("\(count) samples of \(run)", sourceLocation: sourceLocation) {
            try await samples(of: run) >= count
        }
    }

    private func sample(_ number: UInt64, flags: UInt32) -> ForeignRuntime.Sample {
        ForeignRuntime.Sample(
            at: base + Int64(number) * 200, flags: flags, cpuTime: 1_000_000_000 * number,
            cpuPercent: 12.5 * Float(number), memory: 1 << 30 + number * 3, available: 500 + number,
            resident: 700 + number, diskRead: 1000 * number, diskWrite: 2000 * number,
            netRx: 3000 * number, netTx: 4000 * number, upperUsed: 50 + number,
            upperFree: 60 + number, upperAllocated: 70 + number)
    }

    @Test(arguments: [1, 2, 3])
    func `every value of every ABI is recorded exactly`(abi: Int) async throws {
        let runtime = try ForeignRuntime(on: stage, abi: abi)
        let recorder = try await record()
        // A registry that comes later is waited for.
        try await runtime.create()
        let name = String(repeating: "ü", count: 61) + "🦜xy"
        #expect(name.utf8.count == 128)
        let slot = try await runtime.reserve(sandbox: 41, limit: 1 << 40, name: Array(name.utf8))
        try await runtime.activate(slot, run: 977, startedAt: base - 5_000)
        for number: UInt64 in 1...3 {
            try await runtime.write(sample(number, flags: abi == 1 ? 0 : 0x7f), to: slot)
            try await eventuallyRecorded(Int64(number), of: name)
        }
        try await runtime.release(slot)
        try await eventually("the run is closed") {
            try await stage.onlyRun()["status"] == "Terminated"
        }
        recorder.signal(SIGTERM)
        #expect(try await recorder.finish().code == 0)

        let run = try await stage.onlyRun()
        #expect(run["sandbox"] == .string(name))
        #expect(run["external_id"] == 977)
        let pid = Int64(runtime.program.pid)
        #expect(run["pid"] == .integer(pid))
        #expect(run["source"]["registry"] == .string(stage.registry))
        #expect(run["memory_limit_bytes"] == .integer(1 << 40))
        #expect(run["started_at"].instant == base - 5_000)
        #expect(run["terminated_at"].instant == base + 600)
        #expect(run["termination_reason"] == nil)
        #expect(run["exit_known_by"] == "unknown")
        #expect(run["exit_code"] == nil && run["exit_signal"] == nil)
        #expect(run["sample_count"] == 3)
        #expect(run["cpu_percent_max"].number == 37.5)
        #expect(run["cpu_time_ns"] == (abi == 1 ? nil : 3_000_000_000))
        #expect(run["memory_peak_bytes"] == .integer(1 << 30 + 9))
        #expect(run["disk_read_bytes"] == 3000 && run["disk_write_bytes"] == 6000)
        #expect(run["net_rx_bytes"] == 9000 && run["net_tx_bytes"] == 12000)

        let series = try await stage.query("series", "1", "--metric", "all")[0]
        try #require(series["points"].list.count == 1)
        let point = series["points"].list[0]
        #expect(point["at"].instant == base)
        #expect(point["sample_count"] == 3)
        #expect(point["cpu_percent"].number == 25 && point["cpu_percent_max"].number == 37.5)
        #expect(point["memory_bytes"].number == Double(1 << 30 + 6))
        #expect(point["memory_max_bytes"] == .integer(1 << 30 + 9))
        // 5.6 s from the start, or 0.4 s within the row.
        #expect(point["disk_read_bytes_per_second"].number == 2000 / 0.4)
        #expect(point["disk_write_bytes_per_second"].number == 4000 / 0.4)
        #expect(point["net_rx_bytes_per_second"].number == 6000 / 0.4)
        #expect(point["net_tx_bytes_per_second"].number == 8000 / 0.4)
        let hasGuest = abi >= 2
        #expect(point["cpu_time_ns_per_second"].number == (hasGuest ? 2e9 / 0.4 : nil))
        for (key, value) in [("memory_available", 500), ("memory_host_resident", 700)] {
            #expect(point["\(key)_bytes"].number == (hasGuest ? Double(value + 2) : nil))
            #expect(point["\(key)_max_bytes"].number == (hasGuest ? Double(value + 3) : nil))
        }
        for (key, value) in [("upper_used", 50), ("upper_free", 60), ("upper_host_allocated", 70)] {
            #expect(point["\(key)_bytes"].number == (abi == 3 ? Double(value + 2) : nil))
            #expect(point["\(key)_max_bytes"].number == (abi == 3 ? Double(value + 3) : nil))
        }
        #expect(try await stage.eventsOfItsOwn(of: "1") == ["started", "first_sample", "gone"])
    }

    @Test func `what the flags call absent is absent, and what cannot be true too`() async throws {
        let runtime = try ForeignRuntime(on: stage, abi: 3)
        try await runtime.create()
        let recorder = try await record()
        var slots: [ForeignRuntime.Slot] = []
        let impossible = UInt64.max - 3
        for (index, name) in ["clear", "huge", "nan", "negative"].enumerated() {
            let slot = try await runtime.reserve(
                sandbox: Int32(index + 1), limit: name == "huge" ? impossible : 0,
                name: Array(name.utf8))
            try await runtime.activate(slot, run: Int32(index + 1), startedAt: base)
            slots.append(slot)
        }
        try await runtime.write(sample(1, flags: 0), to: slots[0])
        try await runtime.write(
            ForeignRuntime.Sample(
                at: base + 100, flags: 0x7f, cpuTime: impossible, cpuPercent: 50,
                memory: impossible, available: impossible, resident: impossible,
                diskRead: impossible, diskWrite: impossible, netRx: impossible, netTx: impossible,
                upperUsed: impossible, upperFree: impossible, upperAllocated: impossible),
            to: slots[1])
        var odd = sample(1, flags: 0x7f)
        odd.cpuPercent = .nan
        try await runtime.write(odd, to: slots[2])
        odd.cpuPercent = -1
        try await runtime.write(odd, to: slots[3])
        for name in ["clear", "huge", "nan", "negative"] {
            try await eventuallyRecorded(1, of: name)
        }
        recorder.signal(SIGINT)
        #expect(try await recorder.finish().code == 0)

        func point(_ run: String) async throws -> JSON {
            try await stage.query("series", run, "--metric", "all")[0]["points"].list[0]
        }
        let gauges = [
            "memory_bytes", "memory_available_bytes", "memory_host_resident_bytes",
            "upper_used_bytes", "upper_free_bytes", "upper_host_allocated_bytes",
        ]
        let counters = [
            "cpu_time_ns_per_second", "disk_read_bytes_per_second", "disk_write_bytes_per_second",
            "net_rx_bytes_per_second", "net_tx_bytes_per_second",
        ]
        let clear = try await point("clear")
        #expect(clear["cpu_percent"] == nil && clear["cpu_time_ns_per_second"] == nil)
        for key in gauges { #expect(clear[key] == nil, "\(key)") }
        // There is no flag for these.
        for key in counters.dropFirst() { #expect(clear[key].number != nil, "\(key)") }
        let huge = try await point("huge")
        #expect(huge["cpu_percent"].number == 50)
        for key in gauges + counters { #expect(huge[key] == nil, "\(key)") }
        for name in ["nan", "negative"] {
            let point = try await point(name)
            #expect(point["cpu_percent"] == nil && point["cpu_percent_max"] == nil)
            #expect(point["memory_bytes"].number == Double(1 << 30 + 3))
        }
        let limits = try await stage.runs().map { $0["memory_limit_bytes"] }
        #expect(limits.count == 4 && limits.allSatisfy { $0 == nil })
    }

    @Test func `a slot that is used again is another run`() async throws {
        let runtime = try ForeignRuntime(on: stage, abi: 2, capacity: 1)
        try await runtime.create()
        let recorder = try await record()
        for run: Int32 in 1...3 {
            let slot = try await runtime.reserve(
                sandbox: run, limit: 0, name: Array("r\(run)".utf8))
            #expect(slot.index == 0)
            try await runtime.activate(slot, run: run, startedAt: base + Int64(run))
            try await runtime.write(sample(UInt64(run), flags: 0xf), to: slot)
            // Only the first two are let be seen to end; the last is taken over by nobody.
            try await eventuallyRecorded(1, of: "r\(run)")
            try await runtime.release(slot, toStale: run != 2)
        }
        try await eventually("all are closed") {
            try await stage.runs().allSatisfy { $0["status"] == "Terminated" }
        }
        let runs = try await stage.runs()
        #expect(runs.map { $0["external_id"] } == [1, 2, 3])
        #expect(runs.map { $0["sandbox"] } == ["r1", "r2", "r3"])
        #expect(runs.allSatisfy { $0["sample_count"] == 1 })
        recorder.signal(SIGTERM)
        #expect(try await recorder.finish().code == 0)
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func `a recorder that is asked to end writes what it has`(signal: Int32) async throws {
        let runtime = try ForeignRuntime(on: stage, abi: 3)
        try await runtime.create()
        let recorder = try await stage.startRecord("--poll", "10ms", "--interval", "1h")
        let slot = try await runtime.reserve(sandbox: 1, limit: 0, name: Array("kept".utf8))
        try await runtime.activate(slot, run: 1, startedAt: base)
        try await runtime.write(sample(1, flags: 0x7f), to: slot)
        // The run's row is written at once, with the first poll that sees it; its samples are not.
        try await eventually("the run is seen") { try await !stage.runs().isEmpty }
        recorder.signal(signal)
        let end = try await recorder.finish()
        #expect(end.code == 0)
        #expect(
            end.errors
                == "varve: recording \(stage.registry) into \(stage.catalog)\n"
                + "varve: recorded \(stage.registry) to the end\n")
        #expect(try await samples(of: "kept") == 1)
        // It still runs, and another recorder goes on with it.
        #expect(try await stage.onlyRun()["status"] == "Running")
        let second = try await record()
        try await runtime.write(sample(2, flags: 0x7f), to: slot)
        try await eventuallyRecorded(2, of: "kept")
        second.signal(SIGTERM)
        #expect(try await second.finish().code == 0)
        #expect(try await samples(of: "kept") == 2)
    }

    @Test func `there is one recorder of a registry and a catalog`() async throws {
        let runtime = try ForeignRuntime(on: stage, abi: 3)
        try await runtime.create()
        let first = try await record()
        let second = try await stage.varve("record")
        #expect(second.code == 1)
        #expect(second.output.isEmpty)
        #expect(
            second.errors
                == "varve: error: another varve record already records \(stage.registry) into "
                + "\(stage.catalog); there can be one\n")
        first.signal(SIGKILL)
        #expect(try await first.finish().code == 137)
        // A lock dies with its holder.
        let third = try await record()
        third.signal(SIGTERM)
        #expect(try await third.finish().code == 0)
    }
}
