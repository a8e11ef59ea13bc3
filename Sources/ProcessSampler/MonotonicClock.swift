internal import CPlatform

/// The clock that rates and deadlines are measured by; it stands still while the host sleeps.
enum MonotonicClock {
    static func nanoseconds() -> UInt64 {
        cplatform_monotonic_nanoseconds()
    }
}
