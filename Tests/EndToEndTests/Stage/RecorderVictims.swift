import Foundation
import HistoryModel
import Testing

/// Recorders that are killed, one after the other.
struct RecorderVictims {
    /// One life, as it was seen from outside.
    struct Life {
        let pid: pid_t
        let startedAt: Int64
        var killedAt: Int64 = .max
    }

    static let poll: Int64 = 20
    static let interval: Int64 = 200

    private let stage: Stage
    private let lock: WriteLock
    private var generator: SeededGenerator
    private var recorder: Program?
    private(set) var lives: [Life] = []
    /// Of those that were killed: before they were at work, and inside a transaction.
    private(set) var killedEarly = 0
    private(set) var killedWriting = 0

    init(on stage: Stage, seed: UInt64) {
        self.stage = stage
        lock = WriteLock(ofCatalog: stage.catalog)
        generator = SeededGenerator(seed: seed)
    }

    mutating func flips() -> Bool { Bool.random(using: &generator) }

    mutating func startOne() async throws {
        let startedAt = SandboxLoad.now
        let recorder = try stage.start(
            Built.varve,
            ["record", "--poll", "\(Self.poll)ms", "--interval", "\(Self.interval)ms"])
        lives.append(Life(pid: recorder.pid, startedAt: startedAt))
        self.recorder = recorder
    }

    /// Lets it live up to some instant: any, or one at which it writes.
    mutating func live() async throws {
        guard let recorder else { return }
        let kind = Int.random(in: 0..<10, using: &generator)
        let milliseconds = Int.random(
            in: 0...(kind == 0 ? 20 : kind < 3 ? 100 : 400), using: &generator)
        try await Task.sleep(for: .milliseconds(milliseconds))
        guard kind > 6 else { return }
        let deadline = SandboxLoad.now + 2 * Self.interval
        while !lock.isHeld(by: recorder.pid), SandboxLoad.now < deadline { usleep(10) }
        usleep(UInt32.random(in: 0...500, using: &generator))
    }

    mutating func killOne() async throws {
        guard let recorder else { return }
        // It is stopped first, to look at where it stands; it never goes on.
        recorder.signal(SIGSTOP)
        var status: Int32 = 0
        // A child of this process that nobody else waits for.
        let stopped = unsafe waitpid(recorder.pid, &status, WUNTRACED)
        try #require(stopped == recorder.pid && status & 0xff == 0x7f, "\(recorder.errors)")
        killedWriting += lock.isHeld(by: recorder.pid) ? 1 : 0
        recorder.signal(SIGKILL)
        lives[lives.count - 1].killedAt = SandboxLoad.now
        let end = try await recorder.finish()
        try #require(end.code == 137)
        killedEarly += end.errors.isEmpty ? 1 : 0
        // On a machine that is busy with other tests polls may be missed, and it says so.
        let lines = end.errors.split(separator: "\n").filter { !$0.contains("does not keep up") }
        try #require(lines.count <= 1, "\(end.errors)")
        self.recorder = nil
    }

    mutating func finishLast() async throws -> Program.End {
        let recorder = try #require(recorder)
        recorder.signal(SIGTERM)
        return try await recorder.finish()
    }
}
