internal import CPlatform
public import HistoryModel

/// What this machine's clocks tell of it.
public enum HostClock {
    /// When it was started, by the wall clock as it shows now.
    public static var bootedAt: Timestamp {
        let uptime = Int64(clamping: cplatform_boot_nanoseconds() / 1_000_000)
        return Timestamp.now().advanced(byMilliseconds: -uptime)
    }
}

extension ProcessWatch {
    /// Blocks as ``wait(until:)`` does, for at most `duration`; a negative one only looks.
    public mutating func wait(atMost duration: Duration) -> [ProcessReport] {
        let (seconds, attoseconds) = max(.zero, duration).components
        // A day is as good as for ever, and cannot overflow.
        let whole = UInt64(min(seconds, 86_400)) * 1_000_000_000
        let limit = whole + UInt64(attoseconds / 1_000_000_000)
        return wait(until: cplatform_monotonic_nanoseconds() &+ limit)
    }
}
