import CPlatform

/// The clock of a watch's deadlines.
func monotonicNanoseconds() -> UInt64 { cplatform_monotonic_nanoseconds() }
