#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// How large the kernel's units are: what turns ticks and pages into nanoseconds and bytes.
package struct ProcUnits: Hashable, Sendable {
    var nanosecondsPerTick: UInt64
    var bytesPerPage: UInt64

    /// The running system's: `sysconf(_SC_CLK_TCK)` and `sysconf(_SC_PAGESIZE)`.
    package static let system = ProcUnits(
        nanosecondsPerTick: 1_000_000_000 / UInt64(max(1, sysconf(Int32(_SC_CLK_TCK)))),
        bytesPerPage: UInt64(max(1, sysconf(Int32(_SC_PAGESIZE)))))
}

/// One line of `/proc/<pid>/stat`, see `proc_pid_stat(5)`, in nanoseconds and bytes.
package struct ProcStat: Hashable, Sendable {
    /// Field 1.
    var pid: Int32
    /// Field 3: `R`, `S`, `D`, `Z`, `X`…
    var state: UInt8
    /// Field 4; 0 if the parent is in no namespace that we see.
    var parentPID: Int32
    /// Fields 14 and 15; `nil` if no `Int64` can hold it.
    var cpuTimeNanoseconds: UInt64?
    /// Fields 16 and 17: children that were waited for; `nil` if negative or beyond an `Int64`.
    var childrenCPUTimeNanoseconds: UInt64?
    /// Field 20.
    var threads: UInt64
    /// Field 22.
    var startTimeNanoseconds: Int64
    /// Field 24; `nil` if beyond an `Int64`.
    var memoryBytes: UInt64?

    /// ``memoryBytes`` where it can be true: `nil` for a dead process, and for 0. A process that runs
    /// has some memory, but the kernel adds up its counters of all processors only now and then
    /// (`percpu_counter`), and of a small or young process this field then knows nothing yet.
    var measuredMemoryBytes: UInt64? {
        isDead || memoryBytes == 0 ? nil : memoryBytes
    }

    /// A zombie leader whose other threads still run has not exited: `num_threads` counts them.
    var hasExited: Bool { isDead && threads <= 1 }
    /// Whether the main thread is dead: it has no memory map then, and field 24 is a zero that
    /// means *absent*.
    var isDead: Bool { state == UInt8(ascii: "Z") || isReleased }
    /// Whether a parent has already taken its counters over (`EXIT_DEAD`).
    var isReleased: Bool { state == UInt8(ascii: "X") || state == UInt8(ascii: "x") }

    /// Parses the text of the file of process `pid`; allocates nothing unless it throws.
    ///
    /// The command name stands raw in field 2, with spaces, parentheses and line ends: it ends at
    /// the *last* `)`.
    package static func parse(
        _ bytes: Span<UInt8>, of pid: Int32, units: ProcUnits = .system
    ) throws(ProcessSampleError) -> ProcStat {
        var position = 0
        guard let ownPID = bytes.processID(at: &position), ownPID == pid,
            bytes.skip(0x20, at: &position), bytes.skip(UInt8(ascii: "("), at: &position)
        else { throw malformed("pid (field 1)", pid) }

        var close = bytes.count - 1
        while close >= position, bytes[close] != UInt8(ascii: ")") { close -= 1 }
        guard close >= position else { throw malformed("comm (field 2)", pid) }
        position = close + 1

        guard bytes.skip(0x20, at: &position), position < bytes.count,
            (0x41...0x7a).contains(bytes[position])
        else { throw malformed("state (field 3)", pid) }
        let state = bytes[position]
        position += 1

        guard let parent = next(bytes, &position), let parentPID = Int32(exactly: parent) else {
            throw malformed("ppid (field 4)", pid)
        }
        skip(9, bytes, &position)
        guard let user = next(bytes, &position) else { throw malformed("utime (field 14)", pid) }
        guard let system = next(bytes, &position) else { throw malformed("stime (field 15)", pid) }
        guard let childUser = nextSigned(bytes, &position) else {
            throw malformed("cutime (field 16)", pid)
        }
        guard let childSystem = nextSigned(bytes, &position) else {
            throw malformed("cstime (field 17)", pid)
        }
        skip(2, bytes, &position)
        guard let threads = next(bytes, &position) else {
            throw malformed("num_threads (field 20)", pid)
        }
        skip(1, bytes, &position)
        guard let start = next(bytes, &position)?.storable(times: units.nanosecondsPerTick) else {
            throw malformed("starttime (field 22)", pid)
        }
        skip(1, bytes, &position)
        // A field 25 always follows: a number that ends with the text was cut off.
        guard let pages = next(bytes, &position), position < bytes.count else {
            throw malformed("rss (field 24)", pid)
        }
        return ProcStat(
            pid: pid, state: state, parentPID: parentPID,
            cpuTimeNanoseconds: user.storable(plus: system)?
                .storable(times: units.nanosecondsPerTick),
            childrenCPUTimeNanoseconds: children(childUser, childSystem, units),
            threads: threads, startTimeNanoseconds: Int64(start),
            memoryBytes: pages.storable(times: units.bytesPerPage))
    }

    private static func malformed(_ field: String, _ pid: Int32) -> ProcessSampleError {
        ProcessSampleError(malformed: field, in: "/proc/\(pid)/stat")
    }

    private static func children(_ user: UInt64?, _ system: UInt64?, _ units: ProcUnits) -> UInt64?
    {
        guard let user, let system else { return nil }
        return user.storable(plus: system)?.storable(times: units.nanosecondsPerTick)
    }

    /// The next unsigned field, behind one space and before another byte that is no digit.
    private static func next(_ bytes: Span<UInt8>, _ position: inout Int) -> UInt64? {
        guard bytes.skip(0x20, at: &position), let value = bytes.unsigned(at: &position) else {
            return nil
        }
        guard position == bytes.count || bytes[position] == 0x20 || bytes[position] == 0x0a else {
            return nil
        }
        return value
    }

    /// The next field that the kernel prints signed: `.some(nil)` if it is negative.
    private static func nextSigned(_ bytes: Span<UInt8>, _ position: inout Int) -> UInt64?? {
        guard position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "-") else {
            return next(bytes, &position).map { .some($0) }
        }
        skip(1, bytes, &position)
        return .some(nil)
    }

    private static func skip(_ fields: Int, _ bytes: Span<UInt8>, _ position: inout Int) {
        for _ in 0..<fields where position < bytes.count {
            position += 1
            bytes.advance(&position, to: 0x20)
        }
    }
}
