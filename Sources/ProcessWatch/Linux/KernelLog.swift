#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// What the kernel writes into its log from now on, for those who may read it (`CAP_SYSLOG`, or
/// `kernel.dmesg_restrict` is 0).
///
/// It is the only place where the kernel names the processes that its out-of-memory killer has killed,
/// whatever cgroup they were in.
///
/// ```swift
/// let log = KernelLog()
/// // … the command runs and ends …
/// log?.oomVictims().contains { $0.pid == command.pid }
/// ```
public final class KernelLog: Sendable {
    private let descriptor: Int32

    /// - Returns: `nil` if the log cannot be read, or it counts processes otherwise than this program,
    ///   which is in a pid namespace of its own. Always so on macOS.
    public init?() {
        #if canImport(Darwin)
            return nil
        #else
            guard Self.isInFirstNamespace else { return nil }
            let descriptor = unsafe open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC)
            guard descriptor >= 0 else { return nil }
            self.descriptor = descriptor
            guard lseek(descriptor, 0, SEEK_END) >= 0 else { return nil }
        #endif
    }

    deinit { close(descriptor) }

    /// Those that were killed since this value was made, or this was asked last, whoever they were.
    ///
    /// - Complexity: one `read` for each line that the kernel wrote meanwhile.
    public func oomVictims() -> [OOMVictim] {
        var victims: [OOMVictim] = []
        // The kernel gives no record that is longer.
        var buffer = [UInt8](repeating: 0, count: 8192)
        for _ in 0..<Self.recordLimit {
            let count = unsafe buffer.withUnsafeMutableBytes { buffer in
                // The pointer and the count are those of the array.
                unsafe read(descriptor, buffer.baseAddress, buffer.count)
            }
            // Some were overwritten before they were read; the next ones are there.
            if count < 0, errno == EPIPE || errno == EINTR { continue }
            guard count > 0 else { break }
            if let victim = KernelLogText.oomVictim(in: Array(buffer.prefix(count))) {
                victims.append(victim)
            }
        }
        return victims
    }

    /// More than a log has room for.
    private static let recordLimit = 100_000

    /// The inode of the pid namespace that the host began with (`PROC_PID_INIT_INO`).
    private static let firstNamespace: UInt64 = 0xefff_fffc

    private static var isInFirstNamespace: Bool {
        var status = stat()
        // The pointer is to a local that outlives the call.
        return unsafe stat("/proc/self/ns/pid", &status) == 0
            && UInt64(status.st_ino) == firstNamespace
    }
}
