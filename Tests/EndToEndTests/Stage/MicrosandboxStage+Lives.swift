import Foundation
import Testing

extension MicrosandboxStage {
    /// Starts a recorder of `homes`, of this one if none are named, and waits until it is at work.
    func record(_ homes: String...) async throws -> Program {
        let homes = homes.isEmpty ? [home] : homes
        let record = try stage.start(
            Built.varve,
            ["record", "--poll", "50ms", "--interval", "500ms"]
                + homes.flatMap { ["--msb-home", $0] })
        for home in homes {
            try await eventually("a recorder is at work; it said: \(record.errors)") {
                record.errors.contains("recording microsandbox in \(home) ")
            }
        }
        return record
    }

    /// Has a registry made by a program that shares nothing with varve.
    func foreign(
        _ abi: Int, capacity: Int = 8, createdAt: Int64 = 1_795_435_200_000
    ) async throws -> ForeignRuntime {
        let runtime = try ForeignRuntime(
            program: stage.start(
                Built.foreignWriter, [registry(abi), "\(abi)", "\(capacity)"], hasInput: true))
        try await runtime.create(at: createdAt)
        return runtime
    }

    /// A run, whose runtime is a shell that ends with the code that it is told.
    struct Life {
        var program: Program
        var slot: ForeignRuntime.Slot?
        var sandbox: Int
        var run: Int
    }

    func begin(
        _ runtime: ForeignRuntime, sandbox: Int, _ name: String, run: Int, hasSlot: Bool = true,
        status: String = "Running"
    ) async throws -> Life {
        let program = try stage.start("/bin/sh", ["-c", "read code; exit $code"], hasInput: true)
        try insert(sandbox: sandbox, name, run: run, pid: program.pid, status: status)
        var life = Life(program: program, slot: nil, sandbox: sandbox, run: run)
        guard hasSlot else { return life }
        let slot = try await runtime.reserve(
            sandbox: Int32(sandbox), limit: 512 << 20, name: Array(name.utf8))
        try await activate(slot, of: life, by: runtime)
        life.slot = slot
        return life
    }

    /// Makes `slot` that of `life`, with a first sample.
    func activate(
        _ slot: ForeignRuntime.Slot, of life: Life, by runtime: ForeignRuntime
    ) async throws {
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        try await runtime.activate(
            slot, run: Int32(life.run), pid: life.program.pid, startedAt: now)
        try await runtime.write(
            ForeignRuntime.Sample(at: now + 1, flags: 0x7f, cpuPercent: 25, memory: 1 << 20),
            to: slot)
    }

    func end(
        _ life: Life, _ runtime: ForeignRuntime, code: Int, isRemoved: Bool = false
    ) async throws {
        try end(
            sandbox: life.sandbox, run: life.run, code: code,
            reason: code == 0 ? "Completed" : "Failed")
        if let slot = life.slot { try await runtime.release(slot) }
        if isRemoved { try execute("DELETE FROM sandbox WHERE id = \(life.sandbox)") }
        try life.program.send("\(code)")
        _ = try await life.program.finish()
    }
}

extension Stage {
    /// Waits until `count` runs are known, of which `ended` have ended.
    func eventuallyKnown(
        _ count: Int, ended: Int, to recorder: Program,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await eventually(
            "\(count) runs, \(ended) of them ended; the recorder said: \(recorder.errors)",
            sourceLocation: sourceLocation
        ) {
            let runs = try await runs()
            return runs.count == count && runs.count { $0["status"] == "Terminated" } == ended
        }
    }
}
