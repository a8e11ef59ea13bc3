#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Signals that are ignored as long as this value lives, and then as they were before.
final class SignalDispositions {
    private let before: [(number: Int32, action: sigaction)]

    /// Ignores the signals of these numbers.
    init(ignoring numbers: [Int32]) {
        before = numbers.map { number in
            var action = sigaction()
            // Both are plain numbers that the kernel reads and writes during the calls only.
            unsafe sigaction(number, nil, &action)
            signal(number, SIG_IGN)
            return (number, action)
        }
    }

    deinit {
        for entry in before {
            var action = entry.action
            _ = unsafe sigaction(entry.number, &action, nil)
        }
    }
}
