#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// This program as a process.
enum ProcessID {
    /// Its pid.
    static var own: Int32 { getpid() }
}
