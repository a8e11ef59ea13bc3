internal import CPlatform

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A pipe between a command and where it writes to, with an eye on what goes through.
///
/// Every byte is passed on at once and in order. Nothing is held back beyond what a pipe holds: where
/// the reader is slow, so is the writer.
///
/// ```swift
/// let tap = try StreamTap(into: STDERR_FILENO, keeping: 65_536, for: "make")
/// let command = try GatedCommand(words, mask: gate.inheritedMask, errors: tap.input)
/// tap.closeInput()
/// // on a thread of its own:
/// let tail = tap.passOn()
/// // once the command has ended:
/// tap.finish()
/// ```
public final class StreamTap: Sendable {
    /// What the command is to write to.
    public let input: Int32
    private let source: Int32
    private let destination: Int32
    private let limit: Int
    private let finishing: StickySignal
    private let abandoning: StickySignal

    /// A pipe into the descriptor `destination`, which stays the caller's, with the last `limit` bytes
    /// kept.
    ///
    /// - Throws: ``SpawnError`` about `command` if the system grants no pipe.
    public init(
        into destination: Int32, keeping limit: Int, for command: String
    ) throws(SpawnError) {
        finishing = try StickySignal(for: command)
        abandoning = try StickySignal(for: command)
        var ends: (read: Int32, write: Int32) = (-1, -1)
        // The pointers are to locals that outlive the call.
        let errorNumber = unsafe cplatform_make_private_pipe(&ends.read, &ends.write)
        guard errorNumber == 0 else {
            throw SpawnError(command: command, errorNumber: errorNumber)
        }
        input = ends.write
        source = ends.read
        self.destination = destination
        self.limit = limit
        _ = fcntl(source, F_SETFL, O_NONBLOCK)
    }

    /// Closes this program's own copy of ``input``, once the command has it: the pipe ends with those
    /// who can write to it.
    ///
    /// - Precondition: Called once.
    public func closeInput() {
        close(input)
    }

    /// Has what was written until now passed on, and then ends it. What others still write later, they
    /// write to nobody.
    public func finish() { finishing.give() }

    /// Ends it at once, though something was not passed on.
    public func abandon() { abandoning.give() }

    /// Passes on until nobody can write any more, the reader is gone, or it is told to end.
    ///
    /// Where the reader is gone its writer learns so, as it would without a tap: the pipe is closed.
    /// Any other failure to pass on loses what could not be; what comes is kept all the same.
    ///
    /// - Precondition: Called once.
    public func passOn() -> StreamTail {
        defer { close(source) }
        var tail = StreamTail(limit: limit)
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        var left = Int.max
        // poll(2) waits for ever for what is no descriptor.
        var canPass = destination >= 0
        while left > 0 {
            switch waitForInput() {
            case .abandon: return tail
            // What had been written by then is no more than the pipe holds.
            case .finish: if left == .max { left = Self.pipeCapacity }
            case nil: break
            }
            let room = min(buffer.count, left)
            let count = unsafe buffer.withUnsafeMutableBytes { buffer in
                // The pointer is that of the array, which has that much room.
                unsafe read(source, buffer.baseAddress, room)
            }
            if count > 0 {
                tail.append(buffer[..<count])
                if left < .max { left -= count }
                guard canPass else { continue }
                switch pass(buffer[..<count]) {
                case .passed: break
                case .failed: canPass = false
                case .readerGone, .abandoned: return tail
                }
            } else if count < 0, errno == EAGAIN {
                if left < .max { return tail }
            } else if count == 0 || errno != EINTR {
                return tail
            }
        }
        return tail
    }

    private enum Order {
        case finish, abandon
    }

    private enum Passing {
        case passed, failed, readerGone, abandoned
    }

    /// A page at a time, and only when there is room: else a reader that never reads could not be
    /// given up.
    private func pass(_ bytes: ArraySlice<UInt8>) -> Passing {
        var rest = bytes
        while !rest.isEmpty {
            guard waitForRoom() else { return .abandoned }
            let count = unsafe rest.withUnsafeBytes { bytes in
                // The pointer and the count are those of the slice.
                unsafe write(destination, bytes.baseAddress, min(bytes.count, Self.pageSize))
            }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EPIPE {
                return .readerGone
            } else if errno != EAGAIN && errno != EINTR {
                return .failed
            }
        }
        return .passed
    }

    /// What a pipe takes at once where it takes anything, see `pipe(7)`.
    private static let pageSize = 4096
    /// As much as a pipe can be made to hold without privileges (`/proc/sys/fs/pipe-max-size`).
    private static let pipeCapacity = 1 << 20

    /// Waits for something to read, or for an order.
    private func waitForInput() -> Order? {
        var polled = [polling(source), polling(finishing.reader), polling(abandoning.reader)]
        // An array of three, as it is said to be. What fails is read as if something were there.
        _ = unsafe poll(&polled, 3, -1)
        if polled[2].revents != 0 { return .abandon }
        return polled[1].revents != 0 ? .finish : nil
    }

    /// Waits until the reader takes something, or is gone.
    ///
    /// - Returns: Whether to go on: no if it is told to give up.
    private func waitForRoom() -> Bool {
        var polled = [polling(destination, for: POLLOUT), polling(abandoning.reader)]
        // An array of two, as it is said to be. A wait that is interrupted is begun anew by a write
        // that may not go through at once.
        _ = unsafe poll(&polled, 2, -1)
        return polled[1].revents == 0
    }

    private func polling(_ descriptor: Int32, for events: Int32 = POLLIN) -> pollfd {
        pollfd(fd: descriptor, events: Int16(events), revents: 0)
    }
}

/// A pipe that is never read: once something is in it, everybody who waits for it knows, for ever.
private final class StickySignal: Sendable {
    let reader: Int32
    private let writer: Int32

    init(for command: String) throws(SpawnError) {
        var ends: (read: Int32, write: Int32) = (-1, -1)
        // The pointers are to locals that outlive the call.
        let errorNumber = unsafe cplatform_make_private_pipe(&ends.read, &ends.write)
        guard errorNumber == 0 else {
            throw SpawnError(command: command, errorNumber: errorNumber)
        }
        reader = ends.read
        writer = ends.write
        // A signal that is given very often must not block at last.
        _ = fcntl(writer, F_SETFL, O_NONBLOCK)
    }

    deinit {
        close(reader)
        close(writer)
    }

    func give() {
        var byte: UInt8 = 1
        // One byte of a local; a full pipe holds the signal already.
        while unsafe write(writer, &byte, 1) < 0, errno == EINTR {}
    }
}
