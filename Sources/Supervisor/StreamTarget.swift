#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Where a stream is passed on to: a descriptor that is written to without waiting in the write, so that a
/// reader that never reads can be given up.
///
/// The descriptor's own flags stay as they are: they are shared with every program that has it. A pipe or
/// a terminal is opened a second time instead, which is another open file description (`open(2)`) of the
/// same one. A socket cannot be, but can be written to without waiting all the same, and a plain file is
/// never waited for.
///
/// ```swift
/// let target = StreamTarget(STDERR_FILENO)
/// while case .full = target.write(bytes[...]) { _ = target.waitForRoom(milliseconds: 100) }
/// ```
public final class StreamTarget: Sendable {
    /// What came of a write.
    public enum Outcome: Hashable, Sendable {
        /// So many bytes were taken, at least one.
        case took(Int)
        /// There is no room now.
        case full
        /// Nobody can read any more.
        case readerGone
        /// It cannot be written: it is closed, or the disk is full.
        case failed
    }

    private enum Way {
        /// A second description of the same pipe or terminal, owned here.
        case opened
        case socket
        /// What could not be opened a second time: a write waits where it takes less than it is given.
        case shared
        /// What never makes anybody wait.
        case plain
        case closed
    }

    private let descriptor: Int32
    private let way: Way

    /// The target of `descriptor`, which stays the caller's.
    public init(_ descriptor: Int32) {
        var status = stat()
        // `status` is written by the call only.
        guard descriptor >= 0, unsafe fstat(descriptor, &status) == 0 else {
            (self.descriptor, way) = (-1, .closed)
            return
        }
        let kind = status.st_mode & S_IFMT
        let isTerminal = kind == S_IFCHR && isatty(descriptor) == 1
        if kind == S_IFSOCK {
            (self.descriptor, way) = (descriptor, .socket)
        } else if kind == S_IFIFO || isTerminal {
            // The path is NUL-terminated for the call. Without O_NOCTTY a terminal could become this
            // program's own.
            let second = unsafe open(
                "/proc/self/fd/\(descriptor)", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
            (self.descriptor, way) =
                second > 2 ? (second, .opened) : (descriptor, .shared)
            // One of 0 to 2 would be what a command is given.
            if (0...2).contains(second) { close(second) }
        } else {
            (self.descriptor, way) = (descriptor, .plain)
        }
    }

    deinit {
        if way == .opened { close(descriptor) }
    }

    /// What a pipe takes at once where it takes anything, see `pipe(7)`.
    private static let pageSize = 4096
    /// A terminal says that it has room before it has any more than this (`WAKEUP_CHARS` of Linux).
    private static let leastRoom = 256

    /// Writes what there is room for, a page at most.
    public func write(_ bytes: ArraySlice<UInt8>) -> Outcome {
        guard !bytes.isEmpty else { return .took(0) }
        guard way != .closed else { return .failed }
        if way == .shared, !waitForRoom(milliseconds: 0) { return .full }
        let most = min(bytes.count, way == .shared ? Self.leastRoom : Self.pageSize)
        while true {
            let count = unsafe bytes.withUnsafeBytes { bytes in
                // The pointer is that of the slice, which has at least so many bytes.
                unsafe put(bytes.baseAddress, most)
            }
            if count > 0 { return .took(count) }
            if count == 0 { return .full }
            switch errno {
            case EINTR: continue
            case EAGAIN, EWOULDBLOCK, ENOBUFS: return .full
            case EPIPE: return .readerGone
            default: return .failed
            }
        }
    }

    private func put(_ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
        guard way == .socket else {
            #if canImport(Darwin)
                return unsafe Darwin.write(descriptor, bytes, count)
            #elseif canImport(Glibc)
                return unsafe Glibc.write(descriptor, bytes, count)
            #elseif canImport(Musl)
                return unsafe Musl.write(descriptor, bytes, count)
            #endif
        }
        #if canImport(Darwin)
            return unsafe send(descriptor, bytes, count, MSG_DONTWAIT)
        #else
            return unsafe send(
                descriptor, bytes, count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
        #endif
    }

    /// Waits until something can be written, or the reader is gone.
    ///
    /// - Returns: Whether that is so; no when `milliseconds` are over, or something can be read of `order`.
    public func waitForRoom(milliseconds: Int32, orFor order: Int32 = -1) -> Bool {
        var polled = [
            pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0),
            pollfd(fd: order, events: Int16(POLLIN), revents: 0),
        ]
        // An array of two, as it is said to be; one below zero is passed over.
        let count = unsafe poll(&polled, 2, milliseconds)
        return count > 0 && polled[1].revents == 0 && polled[0].revents != 0
    }

    /// Writes all of `bytes`, and gives up once nothing could be written for so long.
    ///
    /// - Returns: Whether all was written.
    @discardableResult
    public func write(_ bytes: [UInt8], waitingAtMost milliseconds: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            switch write(rest) {
            case .took(let count): rest = rest.dropFirst(count)
            case .full: guard waitForRoom(milliseconds: milliseconds) else { return false }
            case .readerGone, .failed: return false
            }
        }
        return true
    }
}
