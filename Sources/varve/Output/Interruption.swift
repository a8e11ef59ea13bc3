#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Ctrl-C and SIGTERM, noted instead of obeyed: work that has no end ends with what it is about.
///
/// The second signal ends the program at once.
enum Interruption {
    // Written by the signal handler, a plain store of a number; read by the main thread.
    nonisolated(unsafe) private static var received: Int32 = 0

    /// Notes signals from now on.
    static func expect() {
        for number in [SIGINT, SIGTERM] {
            // The handler makes async-signal-safe calls only, see signal-safety(7).
            signal(number) { number in
                unsafe Interruption.received = number
                signal(number, SIG_DFL)
            }
        }
    }

    /// The number of the signal that came; `nil` if none did.
    static var signalNumber: Int32? {
        let number = unsafe received
        return number == 0 ? nil : number
    }

    /// Waits for so many milliseconds, a signal, or until nobody can read `descriptor` any more.
    ///
    /// - Returns: Whether somebody still can.
    static func pause(milliseconds: Int32, writingTo descriptor: Int32) -> Bool {
        var request = pollfd(fd: descriptor, events: 0, revents: 0)
        // The request lives for the length of the call.
        let count = unsafe poll(&request, 1, milliseconds)
        return count <= 0 || request.revents & Int16(POLLERR | POLLHUP | POLLNVAL) == 0
    }
}
