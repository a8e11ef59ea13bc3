internal import HistoryModel

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// How far long work has come, on stderr: a line that changes on a terminal and is gone at the end, else
/// a line now and then.
///
/// Work that is done soon says nothing.
final class ProgressLine {
    private let isQuiet: Bool
    private let isTerminal: Bool
    private let pause: Duration
    private var next: ContinuousClock.Instant
    private var isShown = false

    init(isQuiet: Bool = false) {
        self.isQuiet = isQuiet
        isTerminal = Terminal.of(descriptor: STDERR_FILENO).isTerminal
        pause = isTerminal ? .milliseconds(200) : .seconds(10)
        next = .now + (isTerminal ? .milliseconds(500) : .seconds(5))
    }

    /// Says `sentence` if it is time for it.
    func say(_ sentence: @autoclosure () -> String) {
        guard !isQuiet, ContinuousClock.now >= next else { return }
        next = .now + pause
        guard isTerminal else { return Console.say(sentence()) }
        // To the line's start, the text, and the rest of the line erased (ECMA-48 EL).
        Console.write("\rvarve: \(sentence().truncated(toWidth: 72))\u{1b}[K")
        isShown = true
    }

    /// Removes the line.
    func end() {
        guard isShown else { return }
        isShown = false
        Console.write("\r\u{1b}[K")
    }

    deinit { end() }
}
