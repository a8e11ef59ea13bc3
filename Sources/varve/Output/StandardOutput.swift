internal import Supervisor

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Where text is printed to, in order.
protocol TextSink: AnyObject {
    /// Prints `text`, now or at the latest when the sink is flushed.
    func write(_ text: String) throws(OutputError)
}

/// A descriptor that is written in large pieces: what `print` is not, an output whose failures show.
///
/// Nothing is flushed by itself at the end: whoever prints calls ``flush()``, and learns there that
/// the disk was full.
///
/// With a pager, what is longer than the screen goes through that; until so much was written, or
/// somebody flushes, nothing is shown. ``endPaging()`` waits until the reader has had enough.
final class StandardOutput: TextSink {
    private var descriptor: Int32
    private var buffer: [UInt8] = []
    private static let capacity = 64 * 1024
    /// What is started once so many more lines were written.
    private var pager: (Pager, lines: Int)?
    private var reader: ReaderProcess?
    private var dispositions: SignalDispositions?

    /// A buffered output to `descriptor`, which stays open and the caller's.
    init(descriptor: Int32 = STDOUT_FILENO) {
        self.descriptor = descriptor
        buffer.reserveCapacity(2 * Self.capacity)
    }

    /// Standard output through `pager` if it is longer than a screen of so many `rows`.
    convenience init(pager: Pager, rows: Int) {
        self.init()
        self.pager = (pager, rows)
    }

    func write(_ text: String) throws(OutputError) {
        buffer.append(contentsOf: text.utf8)
        if let (pager, lines) = pager {
            let left = lines - text.utf8.count { $0 == UInt8(ascii: "\n") }
            self.pager = (pager, left)
            // The prompt needs the screen's last line.
            guard left <= 0 || buffer.count >= Self.capacity else { return }
            start(pager)
        }
        if buffer.count >= Self.capacity { try flush() }
    }

    private func start(_ pager: Pager) {
        self.pager = nil
        // The terminal's keys are the pager's from now on; a pager that is gone shows in the write.
        dispositions = SignalDispositions(ignoring: [SIGINT, SIGQUIT, SIGPIPE])
        reader = pager.start()
        if let input = reader?.input {
            descriptor = input
        } else {
            dispositions = nil
        }
    }

    /// Closes the pager's input, if there is a pager, and waits until it has ended.
    ///
    /// - Returns: Whether there was one.
    @discardableResult
    func endPaging() -> Bool {
        guard let reader = reader.take() else { return false }
        descriptor = STDOUT_FILENO
        let code = reader.finish()?.exitCode
        dispositions = nil
        // A shell has no other way to say that there is no such program.
        if code == 127 { Console.say("the pager could not be started; --no-pager does without") }
        return true
    }

    /// Hands over what is buffered. After an error the rest is dropped, never written twice.
    func flush() throws(OutputError) {
        pager = nil
        defer { buffer.removeAll(keepingCapacity: true) }
        var position = 0
        while position < buffer.count {
            // The slice lies within the buffer, for position is below its count, and outlives the call.
            let written = unsafe buffer.withUnsafeBytes { bytes in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[position...])
                #if canImport(Darwin)
                    return unsafe Darwin.write(descriptor, rest.baseAddress, rest.count)
                #elseif canImport(Glibc)
                    return unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
                #elseif canImport(Musl)
                    return unsafe Musl.write(descriptor, rest.baseAddress, rest.count)
                #endif
            }
            if written > 0 {
                position += written
                continue
            }
            let code = errno
            switch code {
            case _ where written == 0: throw OutputError(code: ENOSPC)
            case EINTR: continue
            case EAGAIN: waitUntilWritable()
            default: throw OutputError(code: code)
            }
        }
    }

    /// Another program may have made the terminal that we share non-blocking.
    private func waitUntilWritable() {
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = unsafe poll(&request, 1, -1)
    }
}
