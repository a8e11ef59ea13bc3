internal import CPlatform

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

extension SignalMask {
    /// What this thread blocks now.
    public static var current: SignalMask {
        var set = sigset_t()
        // With nil the mask is only read.
        unsafe pthread_sigmask(SIG_BLOCK, nil, &set)
        return SignalMask(signals: set)
    }
}
