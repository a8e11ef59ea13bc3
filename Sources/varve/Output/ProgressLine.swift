internal import HistoryModel

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A line on the terminal that says how far long work has got, written over and over, and gone when
/// the work is done. Where stderr is no terminal there is none.
final class ProgressLine {
    private let isShown: Bool
    private var lastShown: ContinuousClock.Instant?

    init(isShown: Bool = true) {
        self.isShown = isShown && isatty(STDERR_FILENO) == 1
    }

    /// Shows `text`, if the line has been standing for a tenth of a second.
    func show(_ text: @autoclosure () -> String) {
        guard isShown else { return }
        let now = ContinuousClock.now
        if let lastShown, now - lastShown < .milliseconds(100) { return }
        lastShown = now
        // To the line's start, the text, and the rest of the line erased (ECMA-48 EL).
        Console.write("\r\(text().truncated(toWidth: 79))\u{1b}[K")
    }

    /// Removes the line.
    func end() {
        guard lastShown != nil else { return }
        lastShown = nil
        Console.write("\r\u{1b}[K")
    }
}
