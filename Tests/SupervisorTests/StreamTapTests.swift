import Foundation
import Supervisor
import Testing

/// A pipe, an end of which may be closed early.
private final class Pipe: @unchecked Sendable {
    // Used by one test, which orders its threads by waiting for them.
    private(set) var reader: Int32
    private(set) var writer: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        // An array of two, as pipe(2) wants it.
        unsafe precondition(pipe(&ends) == 0)
        (reader, writer) = (ends[0], ends[1])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    }

    deinit {
        closeReader()
        closeWriter()
    }

    func closeReader() {
        if reader >= 0 { close(reader) }
        reader = -1
    }

    func closeWriter() {
        if writer >= 0 { close(writer) }
        writer = -1
    }

    func readToEnd() -> [UInt8] {
        closeWriter()
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe read(reader, &buffer, buffer.count)
            guard count > 0 else { return all }
            all += buffer[..<count]
        }
    }
}

/// How many bytes of `bytes` the descriptor took without waiting.
private func fill(_ descriptor: Int32, with bytes: [UInt8]) -> Int {
    let flags = fcntl(descriptor, F_GETFL)
    _ = fcntl(descriptor, F_SETFL, flags | O_NONBLOCK)
    defer { _ = fcntl(descriptor, F_SETFL, flags) }
    var total = 0
    while true {
        let count = unsafe write(descriptor, bytes, bytes.count)
        guard count > 0 else { return total }
        total += count
    }
}

@Suite("A tap on a stream")
struct StreamTapTests {
    private func noise(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    @Test("every byte goes through, in order, and the last are kept", arguments: [0, 1, 1_000_003])
    func order(count: Int) async throws {
        let target = Pipe()
        let tap = try StreamTap(into: target.writer, keeping: 1000, for: "x")
        let bytes = noise(count)
        async let tail = onThread { tap.passOn() }
        async let passed = onThread { target.readAfter(bytes.count) }
        await onThread {
            writeAll(bytes, to: tap.input)
            tap.closeInput()
        }
        let end = await tail
        #expect(end.writtenBytes == Int64(count))
        #expect(end.bytes == Array(bytes.suffix(1000)))
        #expect(await passed == bytes)
    }

    @Test("who holds the pipe on does not keep it from ending, and what was written is passed on")
    func heldOpen() async throws {
        let target = Pipe()
        let tap = try StreamTap(into: target.writer, keeping: 1000, for: "x")
        let bytes = noise(30_000)
        writeAll(bytes, to: tap.input)
        tap.finish()
        let tail = await onThread { tap.passOn() }
        #expect(tail.writtenBytes == 30_000)
        #expect(target.readToEnd() == bytes)
        tap.closeInput()
    }

    @Test("who writes without end does not keep it from ending either")
    func endless() async throws {
        let target = try FileHandle(forWritingTo: URL(filePath: "/dev/null"))
        let tap = try StreamTap(into: target.fileDescriptor, keeping: 1000, for: "x")
        signal(SIGPIPE, SIG_IGN)
        async let tail = onThread { tap.passOn() }
        async let written = onThread { writeUntilRefused(to: tap.input) }
        try await Task.sleep(for: .milliseconds(20))
        tap.finish()
        #expect(await tail.writtenBytes <= written)
        tap.closeInput()
    }

    @Test("where the reader does not read, the writer has to wait, and giving up ends it")
    func backPressure() async throws {
        let target = Pipe()
        _ = fill(target.writer, with: noise(4096))
        let tap = try StreamTap(into: target.writer, keeping: 1000, for: "x")
        async let tail = onThread { tap.passOn() }
        // All that it takes is what it has in hand and what its pipe holds.
        let taken = await onThread { () -> Int in
            var total = 0
            for _ in 0..<50 {
                total += fill(tap.input, with: [UInt8](repeating: 1, count: 4096))
                usleep(1000)
            }
            return total
        }
        #expect(taken > 0 && taken <= 4 * 65_536, "\(taken)")
        tap.finish()
        tap.abandon()
        #expect(await tail.writtenBytes <= Int64(taken))
        tap.closeInput()
    }

    @Test("a terminal or a socket that nobody reads can be given up", arguments: Unread.allCases)
    func unread(kind: Unread) async throws {
        let (kept, target) = try kind.open()
        defer { for end in [kept, target] { close(end) } }
        let flags = fcntl(target, F_GETFL)
        let tap = try StreamTap(into: target, keeping: 1000, for: "x")
        let done = Flag()
        Thread {
            _ = tap.passOn()
            done.raise()
        }.start()
        // More than it holds: the rest waits, and is told to be given up.
        let taken = await onThread { () -> Int in
            var total = 0
            for _ in 0..<100 {
                total += fill(tap.input, with: [UInt8](repeating: 65, count: 4096))
                usleep(1000)
            }
            return total
        }
        #expect(taken > 4096 && taken < 4 << 20)
        #expect(fcntl(target, F_GETFL) == flags)
        tap.abandon()
        #expect(await done.isRaised(within: 10))
        tap.closeInput()
    }

    @Test("through a terminal and a socket every byte goes in order", arguments: Unread.allCases)
    func through(kind: Unread) async throws {
        let (reader, target) = try kind.open()
        defer { for end in [reader, target] { close(end) } }
        let tap = try StreamTap(into: target, keeping: 1000, for: "x")
        let bytes = noise(300_007)
        async let tail = onThread { tap.passOn() }
        async let passed = onThread { read(reader, bytes.count) }
        await onThread {
            writeAll(bytes, to: tap.input)
            tap.closeInput()
        }
        #expect(await passed == bytes)
        #expect(await tail.writtenBytes == 300_007)
    }

    @Test("what stands in a file stays, and what is written by others between stays, too")
    func file() async throws {
        let path = FileManager.default.temporaryDirectory.appending(
            path: "tap-\(UUID().uuidString)"
        ).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let file = unsafe open(path, O_WRONLY | O_CREAT, 0o600)
        defer { close(file) }
        writeAll(Array("before\n".utf8), to: file)
        let tap = try StreamTap(into: file, keeping: 1000, for: "x")
        writeAll(Array("through\n".utf8), to: tap.input)
        tap.closeInput()
        _ = await onThread { tap.passOn() }
        writeAll(Array("after\n".utf8), to: file)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "before\nthrough\nafter\n")
    }

    #if os(Linux)
        @Test("of what a full device does not take the end is kept")
        func full() async throws {
            let device = try FileHandle(forWritingTo: URL(filePath: "/dev/full"))
            let tap = try StreamTap(into: device.fileDescriptor, keeping: 1000, for: "x")
            let bytes = noise(200_000)
            async let tail = onThread { tap.passOn() }
            await onThread {
                writeAll(bytes, to: tap.input)
                tap.closeInput()
            }
            #expect(await tail.bytes == bytes.suffix(1000))
        }
    #endif

    @Test("where the reader is gone, the writer learns of it")
    func readerGone() async throws {
        let target = Pipe()
        signal(SIGPIPE, SIG_IGN)
        let tap = try StreamTap(into: target.writer, keeping: 1000, for: "x")
        target.closeReader()
        async let tail = onThread { tap.passOn() }
        #expect(writeAll([1, 2, 3], to: tap.input))
        #expect(await tail.bytes == [1, 2, 3])
        #expect(!writeAll([4], to: tap.input) && errno == EPIPE)
        tap.closeInput()
    }

    @Test("where there is no reader at all, the end is kept")
    func noReader() async throws {
        let tap = try StreamTap(into: -1, keeping: 1000, for: "x")
        #expect(writeAll([1, 2, 3], to: tap.input))
        tap.closeInput()
        #expect(await onThread { tap.passOn() }.bytes == [1, 2, 3])
    }

    @Test("of any pieces the last bytes are kept", arguments: [0, 1, 7, 64])
    func tail(limit: Int) {
        var tail = StreamTail(limit: limit)
        var all: [UInt8] = []
        for size in [0, 1, 3, 64, 200, 2, 0, 65, 1, 127, 128, 5] {
            let piece = noise(size)
            tail.append(piece)
            all += piece
            #expect(tail.bytes == Array(all.suffix(limit)))
            #expect(tail.writtenBytes == Int64(all.count))
        }
    }
}

/// Runs `body`, which blocks, on a thread that no other test waits for.
private func onThread<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
    await withCheckedContinuation { continuation in
        Thread { continuation.resume(returning: body()) }.start()
    }
}

/// Whether all of `bytes` could be written.
@discardableResult
private func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = unsafe rest.withUnsafeBytes {
            // The pointer and the count are those of the slice.
            unsafe write(descriptor, $0.baseAddress, $0.count)
        }
        guard count > 0 else { return false }
        rest = rest.dropFirst(count)
    }
    return true
}

/// How much could be written until the reader was gone.
private func writeUntilRefused(to descriptor: Int32) -> Int64 {
    let piece = [UInt8](repeating: 7, count: 4096)
    var total: Int64 = 0
    while true {
        let count = unsafe write(descriptor, piece, piece.count)
        guard count > 0 else { return total }
        total += Int64(count)
    }
}

extension Pipe {
    /// So many bytes.
    fileprivate func readAfter(_ count: Int) -> [UInt8] {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while all.count < count {
            let more = unsafe read(reader, &buffer, min(buffer.count, count - all.count))
            guard more > 0 else { break }
            all += buffer[..<more]
        }
        return all
    }
}

/// What holds less than it may be given.
enum Unread: CaseIterable, Sendable {
    case terminal, socket

    /// The end that somebody could read, and the one to write to.
    func open() throws -> (reader: Int32, target: Int32) {
        guard self == .terminal else {
            var ends: [Int32] = [-1, -1]
            #if canImport(Glibc)
                let kind = Int32(SOCK_STREAM.rawValue)
            #else
                let kind = SOCK_STREAM
            #endif
            // An array of two, as socketpair(2) wants it.
            try #require(unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0)
            return (ends[0], ends[1])
        }
        var (controller, terminal): (Int32, Int32) = (-1, -1)
        // Both are written by the call only.
        try #require(unsafe openpty(&controller, &terminal, nil, nil, nil) == 0)
        var settings = termios()
        // As it is filled by the first call.
        _ = unsafe tcgetattr(terminal, &settings)
        unsafe cfmakeraw(&settings)
        _ = unsafe tcsetattr(terminal, TCSANOW, &settings)
        return (controller, terminal)
    }
}

/// Something that happens once, on another thread.
private final class Flag: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func raise() { semaphore.signal() }

    func isRaised(within seconds: Int) async -> Bool {
        await onThread { self.semaphore.wait(timeout: .now() + .seconds(seconds)) == .success }
    }
}

/// So many bytes of `descriptor`.
private func read(_ descriptor: Int32, _ count: Int) -> [UInt8] {
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while all.count < count {
        let more = unsafe Foundation.read(descriptor, &buffer, min(buffer.count, count - all.count))
        guard more > 0 else { break }
        all += buffer[..<more]
    }
    return all
}
