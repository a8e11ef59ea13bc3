import HistoryModel

/// What a signal that ended a program says of why, see `signal(7)`.
struct SignalMeaning {
    /// What kind of end it is.
    let kind: Finding.Kind
    /// What goes on after `It was killed by SIG…`.
    let explanation: String
    /// What to do.
    let advice: String?

    init(of number: Int32) {
        let fault = " (the kernel sends it for that; anybody else could, too)"
        let unknownSender = ", and it is not known who sent it"
        (kind, explanation, advice) =
            switch SignalName.name(of: number) {
            case "SIGSEGV":
                (
                    .crashed, ": it used memory that it does not have" + fault,
                    "Look at its core dump, or run it under a debugger."
                )
            case "SIGBUS":
                (
                    .crashed,
                    ": it used memory that has nothing behind it, as a mapped file that was cut short "
                        + "or has no room on its disk" + fault,
                    "Look whether a file that it maps was truncated, and at free room."
                )
            case "SIGFPE":
                (.crashed, ": it divided by zero or the like" + fault, "Look at its core dump.")
            case "SIGILL", "SIGTRAP":
                (
                    .crashed,
                    ": it came to an instruction that traps: a failed check of its language, or one "
                        + "that this processor does not know" + fault,
                    "Look at what it wrote last, and at its core dump."
                )
            case "SIGABRT":
                (
                    .aborted,
                    ": it gave up itself, as programs do on a failed check (abort() sends it; anybody "
                        + "else could, too)",
                    "Look at what it wrote last."
                )
            case "SIGSYS":
                (
                    .crashed, ": it made a system call that a filter (seccomp) forbids" + fault,
                    "Look at the filter of its sandbox."
                )
            case "SIGXCPU":
                (
                    .killed, ": it used more CPU time than its limit (RLIMIT_CPU) allows" + fault,
                    "Raise the limit (ulimit -t), or look what it computed."
                )
            case "SIGXFSZ":
                (
                    .killed,
                    ": it wrote a file longer than its limit (RLIMIT_FSIZE) allows" + fault,
                    "Raise the limit (ulimit -f), or look what it wrote."
                )
            case "SIGPIPE":
                (
                    .killed, ": it wrote to a pipe or socket that nobody reads any more" + fault,
                    "Look at the program that it wrote to."
                )
            case "SIGHUP":
                (
                    .killed, unknownSender + "; a session that is closed sends it to its programs",
                    "Start it where it does not belong to a session (nohup, setsid, a service)."
                )
            case "SIGKILL":
                (
                    .killed, " from an unknown sender",
                    "Ask the kernel's log (dmesg) about the OOM killer at that time, then who may send "
                        + "signals there."
                )
            default: (.killed, unknownSender, nil)
            }
    }
}
