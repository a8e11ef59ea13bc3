internal import HistoryModel

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// How far long work has come, on stderr: a line that changes on a terminal, else a line now and then.
///
/// Work that is done soon says nothing.
struct ProgressLine: ~Copyable {
    private let isTerminal: Bool
    private let pause: Duration
    private var next: ContinuousClock.Instant
    private var isShown = false

    init() {
        isTerminal = Terminal.of(descriptor: STDERR_FILENO).isTerminal
        pause = isTerminal ? .milliseconds(200) : .seconds(10)
        next = .now + .seconds(1)
    }

    /// Says `sentence` if it is time for it.
    mutating func say(_ sentence: @autoclosure () -> String) {
        guard ContinuousClock.now >= next else { return }
        next = .now + pause
        guard isTerminal else { return Console.say(sentence()) }
        // To the line's start, and what the line before had more is wiped away.
        Console.write("\rvarve: \(sentence())\u{1b}[K")
        isShown = true
    }

    deinit {
        if isShown { Console.write("\r\u{1b}[K") }
    }
}
