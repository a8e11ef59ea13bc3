import Foundation
import Synchronization
import Testing

/// A program that a test has started; it is killed when nobody holds it any more.
final class Program: @unchecked Sendable {
    /// How a program ended, and what it wrote and used.
    struct End: Sendable {
        /// The code it ended with, or 128 and the signal's number.
        var code: Int32
        var output: [UInt8]
        var errors: String
        var cpuNanoseconds: Int64
        var peakMemoryBytes: Int64
        var milliseconds: Int64

        /// What it wrote on standard output, as text.
        var text: String { String(decoding: output, as: UTF8.self) }
    }

    let pid: pid_t
    private let outputPath: String
    private let errorsPath: String
    private let start = ContinuousClock.now
    // Used by one test at a time, each of which waits for its own programs.
    private var end: End?
    private var input: Int32
    private let crashes: Crashes?

    /// Starts `arguments[0]`, a path, in `directory`.
    ///
    /// - Parameter hasInput: whether standard input is a pipe that ``send(_:)`` writes to; else it is
    ///   empty.
    init(
        _ arguments: [[UInt8]], in directory: String, environment: [String: String],
        hasInput: Bool = false, crashes: Crashes? = nil
    ) throws {
        self.crashes = crashes
        outputPath = directory + "/.out-" + UUID().uuidString
        errorsPath = outputPath.replacingOccurrences(of: ".out-", with: ".err-")
        var pipe: [Int32] = [-1, -1]
        if hasInput {
            // The array has room for the two descriptors.
            try #require(unsafe Foundation.pipe(&pipe) == 0)
            for end in pipe { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        }
        // The shell's way to a directory is the same on all systems.
        let mover = ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", directory].map { Array($0.utf8) }
        // Each ends with a zero and is freed at the end.
        let words = unsafe (mover + arguments).map { unsafe Self.cString($0) }
        let variables = unsafe environment.map {
            unsafe Self.cString(Array("\($0.key)=\($0.value)".utf8))
        }
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #else
            var actions = unsafe posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        // Both are initialised before their first use and destroyed at the end.
        unsafe posix_spawn_file_actions_init(&actions)
        unsafe posix_spawnattr_init(&attributes)
        defer {
            unsafe posix_spawn_file_actions_destroy(&actions)
            unsafe posix_spawnattr_destroy(&attributes)
            unsafe (words + variables).forEach { unsafe free($0) }
        }
        if hasInput {
            unsafe posix_spawn_file_actions_adddup2(&actions, pipe[0], 0)
        } else {
            unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        let flags = O_WRONLY | O_CREAT | O_TRUNC | O_APPEND
        unsafe posix_spawn_file_actions_addopen(&actions, 1, outputPath, flags, 0o600)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, errorsPath, flags, 0o600)
        // Whatever the test runner blocks or ignores, the program starts like one from a shell.
        var none = sigset_t()
        var all = sigset_t()
        unsafe sigemptyset(&none)
        unsafe sigfillset(&all)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        unsafe posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var child: pid_t = 0
        let result = unsafe posix_spawn(
            &child, "/bin/sh", &actions, &attributes, words + [nil], variables + [nil])
        if hasInput { close(pipe[0]) }
        input = pipe[1]
        pid = child
        try #require(result == 0, "cannot start a shell: error \(result)")
    }

    deinit {
        if input >= 0 { close(input) }
        if end == nil, pid > 0 {
            kill(pid, SIGKILL)
            var status: Int32 = 0
            // A child of this process that nobody else waits for.
            _ = unsafe waitpid(pid, &status, 0)
        }
    }

    private static func cString(_ bytes: [UInt8]) -> UnsafeMutablePointer<CChar>? {
        let text = (bytes + [0]).map(CChar.init(bitPattern:))
        // The array ends with a zero.
        return unsafe text.withUnsafeBufferPointer { unsafe strdup($0.baseAddress!) }
    }

    /// Writes a line to its standard input.
    func send(_ line: String) throws {
        var bytes = Array((line + "\n").utf8)
        // The buffer is valid for the length of the call.
        let count = unsafe bytes.withUnsafeMutableBytes {
            unsafe write(input, $0.baseAddress, $0.count)
        }
        try #require(count == bytes.count)
    }

    /// What it has written on standard output so far.
    var output: [UInt8] { [UInt8](FileManager.default.contents(atPath: outputPath) ?? Data()) }

    /// What it has written on standard error so far.
    var errors: String {
        String(decoding: FileManager.default.contents(atPath: errorsPath) ?? Data(), as: UTF8.self)
    }

    func signal(_ number: Int32) {
        if end == nil { kill(pid, number) }
    }

    /// Waits for its end; it is killed if that does not come.
    func finish(
        within limit: Duration = .seconds(120), sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> End {
        if let end { return end }
        var status: Int32 = 0
        var usage = rusage()
        try await eventually(
            "process \(pid) ends; on stderr: \(errors)", within: limit,
            sourceLocation: sourceLocation
        ) {
            // A child of this process that nobody else waits for.
            unsafe wait4(pid, &status, WNOHANG, &usage) == pid
        }
        let signal = status & 0x7f
        #if canImport(Darwin)
            let unit: Int64 = 1
        #else
            let unit: Int64 = 1024
        #endif
        let end = End(
            code: signal == 0 ? (status >> 8) & 0xff : 128 + signal,
            output: output, errors: errors,
            cpuNanoseconds: usage.ru_utime.nanoseconds + usage.ru_stime.nanoseconds,
            peakMemoryBytes: Int64(usage.ru_maxrss) * unit,
            milliseconds: (ContinuousClock.now - start).milliseconds)
        self.end = end
        crashes?.note(signal)
        return end
    }
}

/// How many programs have crashed: ended by a signal that they had brought upon themselves.
final class Crashes: Sendable {
    private static let signals: Set<Int32> = [
        SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS,
    ]
    private let number = Mutex(0)

    var count: Int { number.withLock(\.self) }

    func note(_ signal: Int32) {
        if Self.signals.contains(signal) { number.withLock { $0 += 1 } }
    }
}

extension timeval {
    fileprivate var nanoseconds: Int64 { Int64(tv_sec) * 1_000_000_000 + Int64(tv_usec) * 1000 }
}

extension Duration {
    var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}

/// What a test waited for and did not come.
struct NeverHappened: Error, CustomStringConvertible {
    let description: String
}

/// Looks again and again whether `condition` holds; the limit only ends a test that fails.
func eventually(
    _ what: @autoclosure () -> String, within limit: Duration = .seconds(120),
    sourceLocation: SourceLocation = #_sourceLocation, _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else {
            let sentence = "never: \(what())"
            Issue.record("\(sentence)", sourceLocation: sourceLocation)
            throw NeverHappened(description: sentence)
        }
        try await Task.sleep(for: .milliseconds(5))
    }
}
