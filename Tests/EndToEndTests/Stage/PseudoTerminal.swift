import Foundation
import Testing

/// A program on a terminal of its own; it is killed when nobody holds it any more.
final class PseudoTerminal: @unchecked Sendable {
    let pid: pid_t
    // Used by one test at a time.
    private let controller: Int32
    private var shown: [UInt8] = []
    private var end: Int32?

    /// Starts `arguments[0]`, a path, as the leader of a session whose terminal is this.
    init(
        _ arguments: [String], environment: [String: String], columns: UInt16 = 80,
        rows: UInt16 = 24
    ) throws {
        let (controller, name) = try #require(Self.open())
        _ = fcntl(controller, F_SETFD, FD_CLOEXEC)
        _ = fcntl(controller, F_SETFL, O_NONBLOCK)
        self.controller = controller
        Self.resize(controller, columns, rows)
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #else
            var actions = unsafe posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        // Each ends with a zero and is freed at the end.
        let words = unsafe arguments.map { unsafe strdup($0) }
        let variables = unsafe environment.map { unsafe strdup("\($0.key)=\($0.value)") }
        unsafe posix_spawn_file_actions_init(&actions)
        unsafe posix_spawnattr_init(&attributes)
        defer {
            unsafe posix_spawn_file_actions_destroy(&actions)
            unsafe posix_spawnattr_destroy(&attributes)
            unsafe (words + variables).forEach { unsafe free($0) }
        }
        // The first terminal that the leader of a session opens is the session's.
        for descriptor in 0...2 as ClosedRange<Int32> {
            unsafe posix_spawn_file_actions_addopen(&actions, descriptor, name, O_RDWR, 0)
        }
        var none = sigset_t()
        var all = sigset_t()
        unsafe sigemptyset(&none)
        unsafe sigfillset(&all)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        unsafe posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF) | Self.newSession)
        var child: pid_t = 0
        let result = unsafe posix_spawn(
            &child, arguments[0], &actions, &attributes, words + [nil], variables + [nil])
        pid = child
        try #require(result == 0, "cannot start \(arguments[0]): error \(result)")
    }

    deinit {
        if end == nil, pid > 0 {
            kill(pid, SIGKILL)
            var status: Int32 = 0
            // A child of this process that nobody else waits for.
            _ = unsafe waitpid(pid, &status, 0)
        }
        close(controller)
    }

    #if canImport(Darwin)
        private static let newSession = Int16(POSIX_SPAWN_SETSID)

        /// The controlling end of a new terminal, and the name of the other.
        private static func open() -> (controller: Int32, name: String)? {
            let controller = posix_openpt(O_RDWR | O_NOCTTY)
            guard controller >= 0, grantpt(controller) == 0, unlockpt(controller) == 0,
                let name = unsafe ptsname(controller)
            else { return nil }
            // Static, and copied at once; the tests that open terminals run one after another.
            return (controller, unsafe String(cString: name))
        }
    #else
        // spawn.h of glibc and musl; Swift does not see what needs _GNU_SOURCE.
        private static let newSession: Int16 = 0x80

        /// The controlling end of a new terminal, and the name of the other: pts(4), ioctl_tty(2).
        private static func open() -> (controller: Int32, name: String)? {
            let controller = unsafe Foundation.open("/dev/ptmx", O_RDWR | O_NOCTTY)
            var isLocked: Int32 = 0
            var number: UInt32 = 0
            let (setLock, getNumber) = (0x4004_5431 as UInt, 0x8004_5430 as UInt)
            guard controller >= 0, unsafe ioctl(controller, setLock, &isLocked) == 0,
                unsafe ioctl(controller, getNumber, &number) == 0
            else { return nil }
            return (controller, "/dev/pts/\(number)")
        }
    #endif

    private static func resize(_ controller: Int32, _ columns: UInt16, _ rows: UInt16) {
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = unsafe ioctl(controller, UInt(TIOCSWINSZ), &size)
    }

    /// Changes the window's size, as pulling at its corner does.
    func resize(columns: UInt16, rows: UInt16) {
        Self.resize(controller, columns, rows)
    }

    /// Types `keys`.
    func type(_ keys: String) throws {
        let bytes = Array(keys.utf8)
        // The array outlives the call.
        let count = unsafe bytes.withUnsafeBytes {
            unsafe write(controller, $0.baseAddress, $0.count)
        }
        try #require(count == bytes.count)
    }

    /// All that was written to the terminal so far.
    var output: String {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while true {
            // The array has room for as many bytes as are asked for.
            let count = unsafe bytes.withUnsafeMutableBytes {
                unsafe read(controller, $0.baseAddress, $0.count)
            }
            guard count > 0 else { break }
            shown += bytes.prefix(count)
        }
        return String(decoding: shown, as: UTF8.self)
    }

    /// Waits until what was written after `mark` characters holds `text`, and gives how much that was.
    @discardableResult
    func waitFor(
        _ text: String, after mark: Int = 0, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Int {
        try await eventually(
            "\(text.debugDescription) is shown; it was \(output.debugDescription)",
            sourceLocation: sourceLocation
        ) { output.dropFirst(mark).contains(text) }
        return output.count
    }

    /// Whether what is typed is shown, and given a line at a time, as a shell wants it.
    var isCooked: Bool {
        var settings = termios()
        guard unsafe tcgetattr(controller, &settings) == 0 else { return false }
        let flags = tcflag_t(ECHO | ICANON)
        return settings.c_lflag & flags == flags
    }

    /// Waits for its end: the code, or 128 and the signal's number.
    func finish(sourceLocation: SourceLocation = #_sourceLocation) async throws -> Int32 {
        var status: Int32 = 0
        try await eventually("process \(pid) ends", sourceLocation: sourceLocation) {
            // What is written must be taken, or the program waits. A child that nobody else waits for.
            _ = output
            return unsafe waitpid(pid, &status, WNOHANG) == pid
        }
        let signal = status & 0x7f
        let code = signal == 0 ? (status >> 8) & 0xff : 128 + signal
        end = code
        return code
    }
}
