#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// The signals that a program on a screen must answer, as bytes that can be waited for beside keys.
///
/// There is one at a time: handlers belong to the process.
struct SignalPipe: ~Copyable {
    /// Readable when a signal came.
    let descriptor: Int32
    private let writer: Int32

    /// What ends the program. Of each the first is answered; the second ends the program at once,
    /// should it hang in a terminal that takes nothing.
    private static let ending = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]
    private static let others = [SIGWINCH, SIGCONT, SIGTSTP]

    /// Handles the signals from now on.
    ///
    /// - Returns: `nil` if the system has no descriptors left.
    init?() {
        var ends: [Int32] = [-1, -1]
        // The array has room for the two descriptors.
        guard unsafe pipe(&ends) == 0 else { return nil }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        descriptor = ends[0]
        writer = ends[1]
        unsafe signalWriter = writer
        for number in Self.ending + Self.others { Self.handle(number) }
    }

    deinit {
        for number in Self.ending + Self.others { signal(number, SIG_DFL) }
        unsafe signalWriter = -1
        close(descriptor)
        close(writer)
    }

    /// The signals that came, in order.
    borrowing func read() -> [Int32] {
        var bytes = [UInt8](repeating: 0, count: 64)
        let descriptor = descriptor
        // The array has room for as many bytes as are asked for.
        let count = unsafe bytes.withUnsafeMutableBytes {
            unsafe readBytes(descriptor, $0)
        }
        return count > 0 ? bytes.prefix(count).map(Int32.init) : []
    }

    /// Stops this program as Ctrl-Z does any other, and returns when it goes on.
    borrowing func stop() {
        signal(SIGTSTP, SIG_DFL)
        kill(getpid(), SIGTSTP)
        Self.handle(SIGTSTP)
    }

    private static func handle(_ number: Int32) {
        signal(number) { number in
            // Only what signal-safety(7) allows.
            let code = errno
            if number == SIGINT || number == SIGTERM || number == SIGHUP || number == SIGQUIT {
                signal(number, SIG_DFL)
            }
            var byte = UInt8(truncatingIfNeeded: number)
            // A pipe that is full has told already that there are signals.
            _ = unsafe write(signalWriter, &byte, 1)
            errno = code
        }
    }
}

// Set before the handlers are installed and after they are removed, only read by them.
nonisolated(unsafe) private var signalWriter: Int32 = -1

private func readBytes(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    // The buffer is as long as it says, and outlives the call.
    unsafe read(descriptor, buffer.baseAddress, buffer.count)
}
