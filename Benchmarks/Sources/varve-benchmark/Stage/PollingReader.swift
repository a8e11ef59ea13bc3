internal import Foundation
internal import SlotRegistry
internal import Synchronization

/// Somebody who reads all slots of a registry again and again, on a thread of its own.
final class PollingReader: Sendable {
    private let isToEnd = Atomic(false)
    private let hasEnded = Atomic(false)
    private let polls = Atomic(0)

    /// How often it has read all slots.
    var pollCount: Int { polls.load(ordering: .relaxed) }

    /// Reads the registry `name`, with `pause` between two readings, until ``end()``; it has read it once
    /// when this returns.
    init(of name: RegistryName, pause: Duration) throws {
        let reader = try RegistryReader.open(name)
        let microseconds = UInt32(pause / .microseconds(1))
        let thread = Thread { [self] in
            var seen = 0
            while !isToEnd.load(ordering: .relaxed) {
                // It is the benchmark's own registry, which nobody cuts short.
                try? reader.snapshot { reading in
                    if reading.identity.pid > 0 { seen += 1 }
                }
                polls.add(1, ordering: .relaxed)
                if microseconds > 0 { usleep(microseconds) }
            }
            hasEnded.store(seen >= 0, ordering: .releasing)
        }
        thread.start()
        while pollCount == 0 { usleep(100) }
    }

    /// Ends it, and waits until it has ended.
    func end() {
        isToEnd.store(true, ordering: .relaxed)
        while !hasEnded.load(ordering: .acquiring) { usleep(100) }
    }
}
