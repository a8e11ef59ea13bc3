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
/// the reader is slow, so is the writer, and one that does not read at all is given up when that is asked
/// for, and never waited for in a write.
///
/// ```swift
/// let tap = try StreamTap(into: STDERR_FILENO, keeping: 65_536, for: "make")
/// let command = try GatedCommand(words, mask: gate.inheritedMask, errors: tap.input)
/// tap.closeInput()
/// // on a thread of its own:
/// let tail = tap.passOn()  // or passOn(noting:), to know of it meanwhile
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

    /// Ends it at once, though something is not passed on. What had been written until then comes all the
    /// same.
    public func abandon() { abandoning.give() }

    /// What happens while it passes on.
    public enum Progress {
        /// The command has written this.
        case came(ArraySlice<UInt8>)
        /// So many bytes were passed on.
        case passed(Int)
    }

    /// Passes on until nobody can write any more, the reader is gone, or it is told to end.
    ///
    /// - Returns: The end of what came.
    /// - Precondition: Called once, and not with ``passOn(noting:)``.
    public func passOn() -> StreamTail {
        var tail = StreamTail(limit: limit)
        passOn { if case .came(let bytes) = $0 { tail.append(bytes) } }
        return tail
    }

    /// Passes on until nobody can write any more, the reader is gone, or it is told to end.
    ///
    /// Where the reader is gone its writer learns so, as it would without a tap: the pipe is closed.
    /// Any other failure to pass on loses what could not be; what comes is noted all the same.
    ///
    /// - Precondition: Called once.
    public func passOn(noting note: (Progress) -> Void) {
        defer { close(source) }
        // Only while it passes on: as long as it is there the reader waits for more.
        let target = StreamTarget(destination)
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        var left = Int.max
        var canPass = true
        while left > 0 {
            switch waitForInput() {
            // What had been written by then is no more than the pipe holds.
            case .finish: left = min(left, Self.pipeCapacity)
            case .abandon: (left, canPass) = (min(left, Self.pipeCapacity), false)
            case nil: break
            }
            let room = min(buffer.count, left)
            let count = unsafe buffer.withUnsafeMutableBytes { buffer in
                // The pointer is that of the array, which has that much room.
                unsafe read(source, buffer.baseAddress, room)
            }
            if count > 0 {
                note(.came(buffer[..<count]))
                if left < .max { left -= count }
                guard canPass else { continue }
                switch pass(buffer[..<count], to: target, note) {
                case .passed: break
                case .failed, .abandoned: canPass = false
                case .readerGone: return
                }
            } else if count < 0, errno == EAGAIN {
                if left < .max { return }
            } else if count == 0 || errno != EINTR {
                return
            }
        }
    }

    private enum Order {
        case finish, abandon
    }

    private enum Passing {
        case passed, failed, readerGone, abandoned
    }

    private func pass(
        _ bytes: ArraySlice<UInt8>, to target: StreamTarget, _ note: (Progress) -> Void
    ) -> Passing {
        var rest = bytes
        var wasFull = false
        while !rest.isEmpty {
            switch target.write(rest) {
            case .took(let count):
                rest = rest.dropFirst(count)
                wasFull = false
                note(.passed(count))
            case .full:
                guard waitForRoom(in: target, afterPausing: wasFull) else { return .abandoned }
                wasFull = true
            case .readerGone: return .readerGone
            case .failed: return .failed
            }
        }
        return .passed
    }

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
    private func waitForRoom(in target: StreamTarget, afterPausing isPausing: Bool) -> Bool {
        // A terminal may say that it has room, and take nothing all the same: it is not asked in a rush.
        var order = polling(abandoning.reader)
        // One that lives for the length of the call.
        if unsafe poll(&order, 1, isPausing ? Self.pause : 0) > 0 { return false }
        while !target.waitForRoom(milliseconds: 1_000, orFor: abandoning.reader) {
            if unsafe poll(&order, 1, 0) > 0 { return false }
        }
        return true
    }

    /// In milliseconds.
    private static let pause: Int32 = 5

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
