#if os(Linux)
    import Foundation
    import Glibc
    import HistoryModel
    import ProcessSampler

    @testable import ProcessWatch

    /// A process that is no child of the tests: its parent is a shell, which says its pid.
    final class Stranger {
        /// What becomes of it once it has died.
        enum Parent: String {
            /// Its parent waits for it at once.
            case reaps = "wait"
            /// Its parent never does: it stays a zombie.
            case neglects = "exec sleep 1000"
            /// It is an orphan, and init's.
            case leaves = "exit"
        }

        /// The stranger.
        let pid: Int32
        let parentPID: Int32
        private let input: Int32
        private let output: Int32

        /// Starts `script` below a shell; file 3 is where ``proceed()`` writes to.
        init(_ script: String, parent: Parent = .reaps) {
            var toChild: [Int32] = [-1, -1]
            var fromChild: [Int32] = [-1, -1]
            // Arrays of two, as pipe(2) wants them; closed on exec but for what is given on.
            unsafe precondition(pipe(&toChild) == 0 && pipe(&fromChild) == 0)
            for end in toChild + fromChild { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            var actions = unsafe posix_spawn_file_actions_t()
            var child: pid_t = 0
            // The actions live until they are destroyed; the argument strings until freed.
            unsafe posix_spawn_file_actions_init(&actions)
            unsafe posix_spawn_file_actions_adddup2(&actions, toChild[0], 3)
            unsafe posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
            // Threads of a test run block SIGCHLD, which a shell's `wait` needs.
            var attributes = posix_spawnattr_t()
            var nothing = sigset_t()
            unsafe sigemptyset(&nothing)
            unsafe posix_spawnattr_init(&attributes)
            unsafe posix_spawnattr_setsigmask(&attributes, &nothing)
            unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
            let text =
                "sh -c '\(script)' >/dev/null 2>&1 & echo $!; exec 2>/dev/null; \(parent.rawValue)"
            let arguments: [UnsafeMutablePointer<CChar>?] =
                unsafe [strdup("sh"), strdup("-c"), strdup(text), nil]
            let result = unsafe posix_spawn(
                &child, "/bin/sh", &actions, &attributes, arguments, environ)
            unsafe arguments.forEach { unsafe free($0) }
            unsafe posix_spawnattr_destroy(&attributes)
            unsafe posix_spawn_file_actions_destroy(&actions)
            precondition(result == 0)
            close(toChild[0])
            close(fromChild[1])
            parentPID = child
            input = toChild[1]
            output = fromChild[0]
            pid = Int32(Self.line(from: output))!
            // Until its parent is no shell any more, that may wait for it all the same.
            while parent == .neglects,
                (try? String(contentsOfFile: "/proc/\(child)/comm", encoding: .utf8)) != "sleep\n"
            { sched_yield() }
        }

        deinit {
            close(input)
            close(output)
            kill(pid, SIGKILL)
            kill(parentPID, SIGKILL)
            var status: Int32 = 0
            while unsafe waitpid(parentPID, &status, 0) < 0, errno == EINTR {}
        }

        /// Lets it read a line from file 3.
        func proceed() {
            var byte: UInt8 = 0x0a
            precondition(unsafe write(input, &byte, 1) == 1)
        }

        private static func line(from descriptor: Int32) -> String {
            var text: [UInt8] = []
            var byte: UInt8 = 0
            while unsafe read(descriptor, &byte, 1) == 1, byte != 0x0a { text.append(byte) }
            return String(decoding: text, as: UTF8.self)
        }
    }

    /// A watch as `varve` makes it.
    func makeWatch(exitLimit: Duration = .seconds(3)) throws -> ProcessWatch {
        try ProcessWatch(exitLimit: exitLimit) { try? ProcessIdentity.of(pid: $0) }
    }

    /// A process of which nothing is known.
    let anyProcess = ExpectedProcess(startedAt: nil)

    extension ProcessReport {
        /// When `token` died; `nil` if this tells something else.
        func death(of token: UInt64) -> Timestamp? {
            guard case .died(token, let at) = self else { return nil }
            return at
        }

        /// How `token` ended; `nil` if this tells something else.
        func end(of token: UInt64) -> ProcessEnd? {
            guard case .ended(token, let end) = self else { return nil }
            return end
        }
    }

    extension ProcessWatch {
        /// Waits until `count` reports are there, for ten seconds at most.
        mutating func reports(_ count: Int) -> [ProcessReport] {
            let deadline = monotonicNanoseconds() + 10_000_000_000
            var reports: [ProcessReport] = []
            while reports.count < count, monotonicNanoseconds() < deadline {
                reports += wait(until: deadline)
            }
            return reports
        }
    }
#endif
