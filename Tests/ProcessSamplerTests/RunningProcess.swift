#if os(Linux)
    import CPlatform
    import Glibc
    import HistoryModel
    import ProcessSampler

    /// A shell that the test talks to: it says a line when it has done something, and waits for one
    /// before it goes on. So no test sleeps to be in step with it.
    final class RunningProcess {
        let pid: Int32
        private let input: Int32
        private let output: Int32
        private var isReaped = false

        init(_ script: String) {
            var toChild: [Int32] = [-1, -1]
            var fromChild: [Int32] = [-1, -1]
            // Arrays of two, as pipe(2) wants them; closed on exec but for what is given on.
            unsafe precondition(pipe(&toChild) == 0 && pipe(&fromChild) == 0)
            for end in toChild + fromChild { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            var actions = unsafe posix_spawn_file_actions_t()
            var child: pid_t = 0
            // The actions live until they are destroyed; the argument strings until freed.
            unsafe posix_spawn_file_actions_init(&actions)
            unsafe posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
            unsafe posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
            // Threads of a test run block SIGCHLD, which a shell's `wait` needs.
            var attributes = posix_spawnattr_t()
            var nothing = sigset_t()
            unsafe sigemptyset(&nothing)
            unsafe posix_spawnattr_init(&attributes)
            unsafe posix_spawnattr_setsigmask(&attributes, &nothing)
            unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
            let arguments: [UnsafeMutablePointer<CChar>?] =
                unsafe [strdup("sh"), strdup("-c"), strdup(script), nil]
            let result = unsafe posix_spawn(
                &child, "/bin/sh", &actions, &attributes, arguments, environ)
            unsafe arguments.forEach { unsafe free($0) }
            unsafe posix_spawnattr_destroy(&attributes)
            unsafe posix_spawn_file_actions_destroy(&actions)
            precondition(result == 0)
            close(toChild[0])
            close(fromChild[1])
            pid = child
            input = toChild[1]
            output = fromChild[0]
        }

        deinit {
            close(input)
            close(output)
            if !isReaped {
                kill(pid, SIGKILL)
                _ = reap()
            }
        }

        var identity: ProcessIdentity {
            get throws { try ProcessIdentity.of(pid: pid)! }
        }

        /// The next line that it says, without its end.
        func line() -> String {
            var text: [UInt8] = []
            var byte: UInt8 = 0
            while unsafe read(output, &byte, 1) == 1, byte != 0x0a { text.append(byte) }
            return String(decoding: text, as: UTF8.self)
        }

        /// Lets it go on.
        func proceed() {
            var byte: UInt8 = 0x0a
            precondition(unsafe write(input, &byte, 1) == 1)
        }

        /// Waits until it has exited, and leaves it a zombie.
        func waitUntilZombie() {
            var status = unsafe siginfo_t()
            while unsafe waitid(P_PID, id_t(pid), &status, WEXITED | WNOWAIT) != 0, errno == EINTR {
            }
        }

        /// Waits for its end and gives the exact CPU time in nanoseconds.
        @discardableResult
        func reap() -> UInt64 {
            isReaped = true
            var status: Int32 = 0
            var usage = rusage()
            while unsafe wait4(pid, &status, 0, &usage) < 0, errno == EINTR {}
            return usage.cpuNanoseconds
        }
    }

    extension rusage {
        var cpuNanoseconds: UInt64 {
            UInt64(ru_utime.tv_sec + ru_stime.tv_sec) * 1_000_000_000
                + UInt64(ru_utime.tv_usec + ru_stime.tv_usec) * 1000
        }
    }

    /// Shell text that uses about 0.2 s of CPU.
    let busy = "i=0; while [ $i -lt 150000 ]; do i=$((i+1)); done"
#endif
