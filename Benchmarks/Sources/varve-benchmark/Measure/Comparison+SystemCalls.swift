internal import Floors

extension Comparison {
    /// Counts how many system calls `body`, which has run before, makes each time.
    ///
    /// They are counted in a forked copy of this process, which has this thread alone.
    mutating func countSystemCalls(times: Int = 100, _ body: () throws -> Void) {
        let count = withoutActuallyEscaping(body) { body in
            let work = Work { for _ in 0..<times { try? body() } }
            // The function gets back what it was given, within the call.
            return unsafe floor_system_call_count(
                { unsafe Unmanaged<Work>.fromOpaque($0!).takeUnretainedValue().body() },
                Unmanaged.passUnretained(work).toOpaque())
        }
        if count >= 0 { systemCalls = Double(count) / Double(times) }
    }

    private final class Work {
        let body: () -> Void

        init(_ body: @escaping () -> Void) {
            self.body = body
        }
    }
}
