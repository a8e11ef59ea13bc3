import HistoryModel
import Testing

@testable import ProcessSampler

/// A made-up system: processes that fork, work, end and are waited for, as the kernel does it.
final class FakeKernel {
    struct Process {
        var parent: Int32
        var counters = MemberCounters()
        var isZombie = false
    }
    var processes: [Int32: Process] = [:]
    var reaperChildren: UInt64 = 0
    var reads = 0
    /// Run right before the n-th read of a pass.
    var interruptions: [Int: () -> Void] = [:]
    let reaper: Int32 = 1

    @discardableResult
    func fork(_ parent: Int32, _ pid: Int32, start: Int64? = nil) -> Int32 {
        var process = Process(parent: parent)
        process.counters.startTimeNanoseconds = start ?? Int64(pid)
        process.counters.memoryBytes = 100
        process.counters.diskReadBytes = 0
        process.counters.diskWriteBytes = 0
        processes[pid] = process
        return pid
    }

    func work(_ pid: Int32, _ cpu: UInt64, disk: UInt64 = 0) {
        processes[pid]?.counters.cpuTime += cpu
        processes[pid]?.counters.diskWriteBytes! += disk
    }

    func orphan(_ children: Int32, to adopter: Int32) {
        for pid in processes.keys where processes[pid]?.parent == children {
            processes[pid]?.parent = adopter
        }
    }

    /// Ends a process; its parent waits for it and inherits its counters, unless it ignores it.
    func end(_ pid: Int32, ignored: Bool = false, adopter: Int32 = 1) {
        guard let process = processes.removeValue(forKey: pid) else { return }
        orphan(pid, to: adopter)
        guard !ignored else { return }
        if process.parent == reaper {
            reaperChildren += process.counters.totalCPUTime
        } else {
            processes[process.parent]?.counters.childrenCPUTime += process.counters.totalCPUTime
            processes[process.parent]?.counters.diskWriteBytes! += process.counters.diskWriteBytes!
        }
    }
}

struct FakeReader: TreeReader {
    let kernel: FakeKernel
    var inheritsDiskCounters: Bool { true }
    mutating func beginPass() { kernel.reads = 0 }
    mutating func read(_ pid: Int32, slot: Int) -> MemberRead {
        kernel.interruptions.removeValue(forKey: kernel.reads)?()
        kernel.reads += 1
        guard let process = kernel.processes[pid] else { return .gone }
        var counters = process.counters
        counters.parentPID = process.parent
        counters.hasExited = process.isZombie
        return .alive(counters)
    }
    mutating func appendChildren(
        of pid: Int32, slot: Int, threads: UInt64, to list: inout ContiguousArray<Int32>
    ) {
        list.append(contentsOf: kernel.processes.filter { $0.value.parent == pid }.keys.sorted())
    }
    mutating func appendChildren(ofReaper pid: Int32, to list: inout ContiguousArray<Int32>) {
        appendChildren(of: pid, slot: -1, threads: 1, to: &list)
    }
    mutating func childrenCPUTime(ofReaper pid: Int32) -> UInt64? { kernel.reaperChildren }
    mutating func release(slot: Int) {}
}

@Suite("Tree account")
struct TreeAccountTests {
    let kernel = FakeKernel()

    func account(
        reaper: Int32? = 1, capacity: Int = 4, limit: Int = 100
    ) -> TreeAccount<FakeReader> {
        kernel.fork(1, 10)
        return TreeAccount(
            FakeReader(kernel: kernel), root: ProcessIdentity(pid: 10, startTimeNanoseconds: 10),
            reaper: reaper, capacity: capacity, memberLimit: limit)
    }

    @Test("the sum is the root and all its descendants")
    func sum() throws {
        var tree = account()
        for pid in Int32(11)...30 { kernel.work(kernel.fork(pid - 1, pid), 5, disk: 2) }
        kernel.work(10, 7)
        let counters = try #require(try tree.read(at: 99))
        #expect(counters.cpuTimeNanoseconds == 107)
        #expect(counters.diskWriteBytes == 40 && counters.diskReadBytes == 0)
        #expect(counters.memoryBytes == 2100)
        #expect(counters.readAtNanoseconds == 99)
        #expect(!counters.hasExited && tree.memberCount == 21)
    }

    @Test("a child that a member waited for is counted once, with its last work")
    func absorbed() throws {
        var tree = account()
        kernel.work(kernel.fork(10, 11), 50, disk: 8)
        _ = try tree.read(at: 0)
        kernel.work(11, 30, disk: 1)
        kernel.work(10, 1)
        kernel.end(11)
        let counters = try #require(try tree.read(at: 1))
        #expect(counters.cpuTimeNanoseconds == 81 && counters.diskWriteBytes == 9)
        #expect(tree.memberCount == 1)
        #expect(try tree.read(at: 2)?.cpuTimeNanoseconds == 81)
    }

    @Test("a process that lived between two reads is counted when it was waited for")
    func shortLived() throws {
        var tree = account()
        _ = try tree.read(at: 0)
        kernel.work(kernel.fork(10, 11), 50)
        kernel.end(11)
        #expect(try tree.read(at: 1)?.cpuTimeNanoseconds == 50)
    }

    @Test("an orphan that the reaper adopts and waits for is counted to its end")
    func orphan() throws {
        var tree = account()
        kernel.fork(10, 11)
        kernel.work(kernel.fork(11, 12), 50, disk: 5)
        _ = try tree.read(at: 0)
        kernel.end(11)
        #expect(try tree.read(at: 1)?.cpuTimeNanoseconds == 50)
        kernel.work(12, 20)
        kernel.end(12)
        let counters = try tree.read(at: 2)
        #expect(counters?.cpuTimeNanoseconds == 70)
        #expect(counters?.diskWriteBytes == 5)
        // A double fork within one interval: parent and orphan are both gone at the next read.
        kernel.fork(10, 13)
        kernel.work(kernel.fork(13, 14), 100)
        _ = try tree.read(at: 3)
        kernel.end(13)
        kernel.end(14)
        #expect(try tree.read(at: 4)?.cpuTimeNanoseconds == 170)
    }

    @Test("an orphan that was never seen before is found with the reaper")
    func newOrphan() throws {
        var tree = account()
        _ = try tree.read(at: 0)
        kernel.fork(10, 11)
        kernel.work(kernel.fork(11, 12), 50)
        kernel.end(11)
        #expect(try tree.read(at: 1)?.cpuTimeNanoseconds == 50)
    }

    @Test("a known orphan stays a member without a reaper, and what it did is kept")
    func noReaper() throws {
        var tree = account(reaper: nil)
        kernel.fork(10, 11)
        kernel.work(kernel.fork(11, 12), 50, disk: 3)
        _ = try tree.read(at: 0)
        kernel.end(11)
        kernel.work(12, 5)
        #expect(try tree.read(at: 1)?.cpuTimeNanoseconds == 55)
        kernel.end(12)
        #expect(try tree.read(at: 2)?.cpuTimeNanoseconds == 55)
        #expect(try tree.read(at: 3)?.diskWriteBytes == 3)
    }

    @Test("a parent that ignores its children keeps their last known counters in the sum")
    func ignored() throws {
        var tree = account()
        kernel.work(kernel.fork(10, 11), 50, disk: 4)
        _ = try tree.read(at: 0)
        kernel.work(10, 9)
        kernel.end(11, ignored: true)
        let counters = try tree.read(at: 1)
        #expect(counters?.cpuTimeNanoseconds == 59 && counters?.diskWriteBytes == 4)
    }

    @Test("an orphan adopted and waited for inside the tree is not counted twice")
    func innerReaper() throws {
        var tree = account()
        kernel.fork(10, 11)
        kernel.fork(11, 12)
        kernel.work(kernel.fork(12, 13), 40)
        _ = try tree.read(at: 0)
        kernel.end(12, adopter: 10)
        kernel.end(13)
        #expect(try tree.read(at: 1)?.cpuTimeNanoseconds == 40)
        #expect(try tree.read(at: 2)?.cpuTimeNanoseconds == 40)
    }

    @Test("a pid given out again is another process")
    func reusedPID() throws {
        var tree = account()
        kernel.work(kernel.fork(10, 11), 50)
        _ = try tree.read(at: 0)
        kernel.end(11)
        kernel.work(kernel.fork(10, 11, start: 999), 5)
        #expect(try tree.read(at: 1)?.cpuTimeNanoseconds == 55)
        kernel.end(10)
        kernel.fork(1, 10, start: 1000)
        #expect(try tree.read(at: 2) == nil)
    }

    @Test("a child that is waited for in the middle of a read is not lost, nor counted twice")
    func middle() throws {
        var tree = account()
        kernel.work(kernel.fork(10, 11), 50)
        kernel.work(kernel.fork(10, 12), 50)
        _ = try tree.read(at: 0)
        // The root was read; its first child is next.
        kernel.interruptions[1] = { [kernel] in kernel.end(11) }
        #expect(try tree.read(at: 1)?.cpuTimeNanoseconds == 100)
        #expect(try tree.read(at: 2)?.cpuTimeNanoseconds == 100)
        #expect(kernel.interruptions.isEmpty)
    }

    @Test("a zombie root ends the tree with its totals; a root that is gone ends it")
    func rootEnds() throws {
        var tree = account()
        kernel.work(10, 5)
        kernel.processes[10]?.isZombie = true
        kernel.processes[10]?.counters.memoryBytes = nil
        let last = try #require(try tree.read(at: 0))
        #expect(last.hasExited && last.memoryBytes == nil && last.cpuTimeNanoseconds == 5)
        kernel.end(10)
        #expect(try tree.read(at: 1) == nil)
    }

    @Test("cycles and more processes than the limit are survived")
    func hostile() throws {
        var tree = account(capacity: 2, limit: 50)
        for pid in Int32(11)...500 { kernel.fork(pid - 1, pid) }
        kernel.processes[10]?.parent = 12
        #expect(try tree.read(at: 0)?.memoryBytes == 5000)
        #expect(tree.memberCount == 50)
        kernel.processes[10]?.parent = 1
        for pid in Int32(11)...500 { kernel.end(pid) }
        #expect(try tree.read(at: 1)?.memoryBytes == 100)
        #expect(tree.memberCount == 1)
    }

    @Test("over random lives the sum never falls, never exceeds the truth, and misses nothing")
    func randomLives() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(state: seed)
        var exact = 0
        var steps = 0
        for _ in 0..<60 {
            let kernel = FakeKernel()
            kernel.fork(1, 10)
            var tree = TreeAccount(
                FakeReader(kernel: kernel),
                root: ProcessIdentity(pid: 10, startTimeNanoseconds: 10), reaper: 1)
            var truth: UInt64 = 0
            var last: UInt64 = 0
            var nextPID: Int32 = 11
            for step in 0..<50 {
                for _ in 0..<Int.random(in: 0..<12, using: &random) {
                    let pids = kernel.processes.keys.sorted()
                    let pid = pids.randomElement(using: &random)!
                    switch Int.random(in: 0..<6, using: &random) {
                    case 0, 1:
                        kernel.fork(pid, nextPID)
                        nextPID += 1
                    case 2, 3:
                        let work = UInt64.random(in: 0..<100, using: &random)
                        kernel.work(pid, work)
                        truth += work
                    case 4 where pid != 10: kernel.end(pid)
                    default: break
                    }
                }
                let sum = try #require(try tree.read(at: UInt64(step))?.cpuTimeNanoseconds)
                #expect(sum >= last, "seed \(seed)")
                #expect(sum <= truth, "seed \(seed)")
                if sum == truth { exact += 1 }
                steps += 1
                last = sum
            }
        }
        #expect(steps == 3000)
        // With a reaper every process is waited for by somebody who is read: all is exact.
        #expect(exact == steps, "seed \(seed)")
    }
}
