internal import CPlatform

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Ends a ``ProcessWatch``'s wait at once, from any thread or from a signal's handler.
///
/// It may outlive its watch, and does nothing then.
public final class Waker: Sendable {
    let descriptor: Int32

    /// Owns `descriptor` from now on.
    init(owning descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Ends the wait that goes on, or the next one. Many wakes before a wait returns are one.
    public func wake() {
        cplatform_watch_wake(descriptor)
    }
}
