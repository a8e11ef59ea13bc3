import Foundation
import Synchronization
import Testing

@testable import varve

@Suite("Standard output")
struct StandardOutputTests {
    @Test("text arrives in order and whole, through a pipe that takes little and blocks nobody")
    func shortWrites() throws {
        let pipe = try TestPipe(isBlocking: false)
        let received = Mutex<[UInt8]>([])
        let isDone = DispatchSemaphore(value: 0)
        let expected = (0..<200_000).map { "line \($0)\n" }.joined()
        let total = expected.utf8.count
        let reader = Thread {
            var buffer = [UInt8](repeating: 0, count: 1000)
            var count = 0
            while count < total {
                var request = pollfd(fd: pipe.readEnd, events: Int16(POLLIN), revents: 0)
                _ = unsafe poll(&request, 1, -1)
                let read = unsafe read(pipe.readEnd, &buffer, buffer.count)
                guard read > 0 else { continue }
                received.withLock { $0 += buffer[..<read] }
                count += read
            }
            isDone.signal()
        }
        reader.start()
        let output = StandardOutput(descriptor: pipe.writeEnd)
        for index in 0..<200_000 { try output.write("line \(index)\n") }
        try output.flush()
        isDone.wait()
        #expect(received.withLock { $0 } == Array(expected.utf8))
    }

    @Test("nothing is written before it is flushed, nor twice")
    func buffered() throws {
        let pipe = try TestPipe(isBlocking: false)
        let output = StandardOutput(descriptor: pipe.writeEnd)
        var buffer = [UInt8](repeating: 0, count: 100)
        try output.write("héllo")
        #expect(unsafe read(pipe.readEnd, &buffer, 100) == -1)
        try output.flush()
        try output.flush()
        #expect(unsafe read(pipe.readEnd, &buffer, 100) == 6)
        #expect(unsafe read(pipe.readEnd, &buffer, 100) == -1)
    }

    @Test("a reader that went away ends the printing quietly, as SIGPIPE would")
    func closedPipe() throws {
        // The program ignores it too; a test process that did not would die here.
        signal(SIGPIPE, SIG_IGN)
        let pipe = Pipe()
        try pipe.fileHandleForReading.close()
        let output = StandardOutput(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        try output.write("x")
        let error = #expect(throws: OutputError.self) { try output.flush() }
        #expect(error?.isClosedPipe == true)
        #expect(error?.exitCode == 141)
        #expect(throws: Never.self) { try output.flush() }
    }

    @Test("a full disk is told", .enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
    func fullDisk() throws {
        let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
        let output = StandardOutput(descriptor: full.fileDescriptor)
        try output.write("x")
        let error = #expect(throws: OutputError.self) { try output.flush() }
        #expect(error?.isClosedPipe == false)
        #expect(error?.exitCode == 1)
        #expect(
            error?.description == "Cannot write to standard output: No space left on device "
                + "(errno 28). What was printed is incomplete: "
                + "make room or choose another place, and ask again.")
    }

    @Test("a text larger than the buffer is written at once and fails at once")
    func largeText() throws {
        let output = StandardOutput(descriptor: -1)
        let error = #expect(throws: OutputError.self) {
            try output.write(String(repeating: "x", count: 70_000))
        }
        #expect(error?.code == EBADF)
    }
}
