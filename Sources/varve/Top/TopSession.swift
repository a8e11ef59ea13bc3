internal import ArgumentParser
internal import HistoryModel

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// What `varve top` shows, and for how long.
struct TopPlan {
    var subject: LiveSubject
    var interval: Duration
    /// How many refreshes; `nil` for ever.
    var count: Int?
    var order: LiveOrder
    var isReversed: Bool
    /// Whether slots whose run has ended are shown, too.
    var isForAll: Bool

    /// What is shown, not read yet.
    var board: LiveBoard { LiveBoard(of: subject, isForAll: isForAll) }
}

/// `varve top` on a terminal.
struct TopSession: ~Copyable {
    private let plan: TopPlan
    private let usesColour: Bool
    private var screen = Screen()
    private let signals: SignalPipe
    private var keys = TopKeyParser()
    private var board: LiveBoard
    private var state: TopState
    private var hasKeys: Bool
    /// The code to end with.
    private var end: Int32?

    /// - Returns: `nil` if the system has no descriptors left.
    init?(_ plan: TopPlan, usesColour: Bool) {
        guard let signals = SignalPipe() else { return nil }
        self.plan = plan
        board = plan.board
        self.usesColour = usesColour
        self.signals = signals
        state = TopState(order: plan.order, isReversed: plan.isReversed)
        hasKeys = screen.hasKeys
    }

    /// Shows what runs until it is ended, and gives the code to end with.
    mutating func run() throws(OutputError) -> Int32 {
        try screen.enter()
        var due = ContinuousClock.now
        var refreshes = 0
        while end == nil {
            if ContinuousClock.now >= due {
                board.refresh()
                refreshes += 1
                // Refreshes whose time has passed are left out.
                repeat { due += plan.interval } while due <= .now
                if let key = keys.finish() { take(key) }
            }
            try draw()
            if let count = plan.count, refreshes >= count { break }
            wait(until: due)
            try takeSignals()
        }
        screen.leave()
        return end ?? 0
    }

    private var view: TopView {
        TopView(
            subject: plan.subject, interval: plan.interval, size: screen.size,
            usesColour: usesColour)
    }

    private func draw() throws(OutputError) {
        let view = view
        try screen.draw(view.lines(of: board, state), in: view.size)
    }

    private mutating func take(_ key: TopKey) {
        let asksToEnd = state.take(
            key, pageLength: view.pageLength(of: board, state), rowCount: board.rows.count)
        if asksToEnd { end = 0 }
    }

    /// Waits for a key, a signal or the time, and takes the keys.
    private mutating func wait(until due: ContinuousClock.Instant) {
        var sources = [
            pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0),
            // One below zero is not looked at.
            pollfd(fd: hasKeys ? STDIN_FILENO : -1, events: Int16(POLLIN), revents: 0),
        ]
        // A wait that ends a little early goes round once more.
        let rest = min(max(0, (due - .now).milliseconds + 1), 60_000)
        // The array has the two that are said.
        guard unsafe poll(&sources, 2, Int32(rest)) > 0, sources[1].revents != 0 else { return }
        guard let bytes = screen.readKeys() else {
            hasKeys = false
            // The terminal is gone, and not only its input at an end.
            if Int32(sources[1].revents) & (POLLHUP | POLLERR) != 0 { end = 128 + SIGHUP }
            return
        }
        for key in keys.keys(in: bytes) where end == nil { take(key) }
    }

    private mutating func takeSignals() throws(OutputError) {
        for number in signals.read() {
            switch number {
            case SIGINT: end = end ?? 0
            case SIGTERM, SIGHUP, SIGQUIT: end = end ?? 128 + number
            case SIGTSTP:
                screen.leave()
                signals.stop()
                try screen.enter()
            // Whoever stopped it may have let another program change the terminal.
            case SIGCONT: try screen.enter()
            // A new size is seen when it is drawn.
            default: break
            }
        }
    }
}
