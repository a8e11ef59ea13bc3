internal import CPlatform

/// The memory that the C library hands out.
public enum Heap {
    /// Lets all threads share one heap, which those of a supervisor rarely want at the same time. glibc gives
    /// each thread its own, and grows it by the page: a hundred system calls in the shortest of runs.
    ///
    /// To be called before there is a second thread. Elsewhere than with glibc it does nothing.
    public static func shareAmongThreads() { cplatform_keep_one_heap() }
}
