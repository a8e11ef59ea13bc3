#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A thread of its own for a function that blocks, with a result that can be waited for.
final class DedicatedThread<Result: Sendable>: Sendable {
    // Written by the thread before it ends and read after `pthread_join` has returned, which orders
    // the two.
    nonisolated(unsafe) private let work: Work<Result>
    #if canImport(Darwin)
        // Set in `init`, never changed; a pointer here, a number elsewhere.
        nonisolated(unsafe) private let thread: pthread_t
    #else
        private let thread: pthread_t
    #endif

    /// Starts `body` on a new thread.
    ///
    /// - Returns: `nil` if the system has no room for another thread.
    init?(_ body: @escaping @Sendable () -> Result) {
        let work = Work(body)
        let retained = unsafe Unmanaged<AnyWork>.passRetained(work)
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread = pthread_t()
        #endif
        let error = unsafe pthread_create(
            &thread, nil,
            { argument in
                // What is passed below, and owned by this thread from here on. Optional on one
                // platform and not on the other.
                let opaque: UnsafeMutableRawPointer? = unsafe argument
                if let opaque = unsafe opaque {
                    unsafe Unmanaged<AnyWork>.fromOpaque(opaque).takeRetainedValue().run()
                }
                return nil
            }, retained.toOpaque())
        guard error == 0 else {
            unsafe retained.release()
            return nil
        }
        unsafe self.work = work
        #if canImport(Darwin)
            guard let thread = unsafe thread else { return nil }
            unsafe self.thread = thread
        #else
            self.thread = thread
        #endif
    }

    /// Waits for the thread's end.
    ///
    /// - Precondition: Called once.
    func join() -> Result {
        #if canImport(Darwin)
            unsafe pthread_join(thread, nil)
        #else
            pthread_join(thread, nil)
        #endif
        guard let result = unsafe work.result else {
            fatalError("a thread ended without its result")
        }
        return result
    }
}

/// What a thread runs, whatever its result is: C's function pointer cannot be generic.
private class AnyWork {
    func run() {}
}

private final class Work<Result>: AnyWork {
    private let body: @Sendable () -> Result
    var result: Result?

    init(_ body: @escaping @Sendable () -> Result) {
        self.body = body
    }

    override func run() {
        result = body()
    }
}
