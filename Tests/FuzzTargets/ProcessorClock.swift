internal import CPlatform

/// How much of the processor this thread has used: what waits for its turn takes no longer by it.
enum ProcessorClock {
    static var now: Duration { .nanoseconds(Int64(clamping: cplatform_thread_nanoseconds())) }
}
