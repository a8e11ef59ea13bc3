extension Finding.Kind {
    // How it ended: one of them is the cause of every verdict.

    /// It goes on.
    public static let running = Self(rawValue: "running")
    /// It ended by itself with 0.
    public static let completed = Self(rawValue: "completed")
    /// It ended by itself with another code.
    public static let exited = Self(rawValue: "exited")
    /// A signal ended it, and it is not known whose.
    public static let killed = Self(rawValue: "killed")
    /// A signal ended it that the kernel sends for a fault of the program.
    public static let crashed = Self(rawValue: "crashed")
    /// It gave up: SIGABRT.
    public static let aborted = Self(rawValue: "aborted")
    /// Somebody asked its supervisor to stop it.
    public static let stopped = Self(rawValue: "stopped")
    /// It ran longer than it was allowed.
    public static let timeLimit = Self(rawValue: "time_limit")
    /// The kernel's OOM killer struck.
    public static let oomKill = Self(rawValue: "oom_kill")
    /// It could not be started.
    public static let startFailed = Self(rawValue: "start_failed")
    /// Its supervisor was gone before it.
    public static let supervisorLost = Self(rawValue: "supervisor_lost")
    /// The machine was restarted while it ran.
    public static let hostRestarted = Self(rawValue: "host_restarted")
    /// Nobody can tell.
    public static let unknown = Self(rawValue: "unknown")

    // What led to it, or may have.

    /// Its memory was at its limit.
    public static let memoryLimit = Self(rawValue: "memory_limit")
    /// A file system had no room left.
    public static let diskFull = Self(rawValue: "disk_full")
    /// It was refused a new process.
    public static let processLimit = Self(rawValue: "process_limit")
    /// It left a core dump.
    public static let coreDumped = Self(rawValue: "core_dumped")
    /// Its memory grew all the time.
    public static let memoryLeak = Self(rawValue: "memory_leak")
    /// It used as much CPU as it could get, to its end.
    public static let cpuPinned = Self(rawValue: "cpu_pinned")
    /// Its cgroup was held back by its CPU limit.
    public static let cpuThrottled = Self(rawValue: "cpu_throttled")
    /// It did nothing before its end.
    public static let stuck = Self(rawValue: "stuck")
    /// It computed and neither read nor wrote before its end.
    public static let spinning = Self(rawValue: "spinning")
    /// It read or wrote storage much faster than usual before its end.
    public static let diskBurst = Self(rawValue: "disk_burst")
    /// It sent or received much faster than usual before its end.
    public static let netBurst = Self(rawValue: "net_burst")
    /// What it read or wrote all the time it no longer did before its end.
    public static let ioSilence = Self(rawValue: "io_silence")
    /// What it wrote last.
    public static let errorOutput = Self(rawValue: "error_output")

    // What is not known of it.

    /// Its sampler stopped writing.
    public static let samplerStalled = Self(rawValue: "sampler_stalled")
    /// Nothing was recorded for a while.
    public static let notRecorded = Self(rawValue: "not_recorded")
    /// It was never sampled.
    public static let neverSampled = Self(rawValue: "never_sampled")
    /// The wall clock was set while it ran.
    public static let clockStepped = Self(rawValue: "clock_stepped")

    // What is to be seen beside it.

    /// Its sandbox ends like this again and again.
    public static let restartLoop = Self(rawValue: "restart_loop")
    /// Another run took much of the machine.
    public static let busyNeighbour = Self(rawValue: "busy_neighbour")
    /// It differs from earlier runs of its sandbox.
    public static let unlikeEarlierRuns = Self(rawValue: "unlike_earlier_runs")
    /// Its memory limit is close to what it uses.
    public static let limitTooSmall = Self(rawValue: "limit_too_small")
    /// Its memory limit is far from what it uses.
    public static let limitTooLarge = Self(rawValue: "limit_too_large")

    /// The words that varve writes.
    public static let known: [Self] = [
        .running, .completed, .exited, .killed, .crashed, .aborted, .stopped, .timeLimit, .oomKill,
        .startFailed, .supervisorLost, .hostRestarted, .unknown, .memoryLimit, .diskFull,
        .processLimit, .coreDumped, .memoryLeak, .cpuPinned, .cpuThrottled, .stuck, .spinning,
        .diskBurst, .netBurst, .ioSilence, .errorOutput, .samplerStalled, .notRecorded,
        .neverSampled, .clockStepped, .restartLoop, .busyNeighbour, .unlikeEarlierRuns,
        .limitTooSmall, .limitTooLarge,
    ]
}
