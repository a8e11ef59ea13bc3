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
final class StandardOutput: TextSink {
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private static let capacity = 64 * 1024

    /// A buffered output to `descriptor`, which stays open and the caller's.
    init(descriptor: Int32 = STDOUT_FILENO) {
        self.descriptor = descriptor
        buffer.reserveCapacity(2 * Self.capacity)
    }

    func write(_ text: String) throws(OutputError) {
        buffer.append(contentsOf: text.utf8)
        if buffer.count >= Self.capacity { try flush() }
    }

    /// Hands over what is buffered. After an error the rest is dropped, never written twice.
    func flush() throws(OutputError) {
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
