#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// The clock that rates and deadlines are measured by; it stands still while the host sleeps.
enum MonotonicClock {
    static func nanoseconds() -> UInt64 {
        var time = timespec()
        // The pointer is to a local that outlives the call.
        #if canImport(Darwin)
            unsafe clock_gettime(CLOCK_UPTIME_RAW, &time)
        #else
            unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        #endif
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
