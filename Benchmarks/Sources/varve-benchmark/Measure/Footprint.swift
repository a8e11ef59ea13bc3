internal import Floors

/// What something asks of the system each time: memory and system calls, both counted, not timed.
struct Footprint {
    /// Allocations each time; `nil` where they cannot be counted.
    let allocations: Double?
    /// System calls each time; `nil` where they cannot be counted.
    let systemCalls: Double?

    /// Repeats `body`, which has run before, and counts.
    ///
    /// System calls are counted in a forked copy of this process, which has this thread alone.
    init(times: Int = 100, _ body: () throws -> Void) rethrows {
        let before = floor_allocation_count()
        for _ in 0..<times { try body() }
        let after = floor_allocation_count()
        allocations = before < 0 ? nil : Double(after - before) / Double(times)

        let count = withoutActuallyEscaping(body) { body in
            let work = Work { for _ in 0..<times { try? body() } }
            // The function gets back what it was given, within the call.
            return unsafe floor_system_call_count(
                { unsafe Unmanaged<Work>.fromOpaque($0!).takeUnretainedValue().body() },
                Unmanaged.passUnretained(work).toOpaque())
        }
        systemCalls = count < 0 ? nil : Double(count) / Double(times)
    }

    private final class Work {
        let body: () -> Void

        init(_ body: @escaping () -> Void) {
            self.body = body
        }
    }
}

extension Table {
    /// A table of what things take, and what they ask of the system.
    init(_ rows: [(comparison: Comparison, footprint: Footprint?)]) {
        self.init([
            "what", "ours", "floor", "ratio", "allocations", "system calls", "times",
        ])
        for (comparison, footprint) in rows {
            func each(_ times: [UInt64]) -> String {
                times.median.map { Text.time(Double($0) / Double(comparison.count)) } ?? "-"
            }
            func count(_ number: Double?) -> String { number.map { Text.fixed($0, 2) } ?? "-" }
            add([
                comparison.what, each(comparison.ours), each(comparison.floor),
                comparison.ratio.map { Text.fixed($0, 2) } ?? "-",
                count(footprint?.allocations), count(footprint?.systemCalls),
                "\(comparison.ours.count)",
            ])
        }
    }
}
