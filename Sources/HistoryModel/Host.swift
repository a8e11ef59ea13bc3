#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A machine during one boot: what a pid and a registry are valid in.
public struct Host: Hashable, Sendable {
    /// The machine's name, see `gethostname(2)`.
    public var name: String
    /// A value that no other boot has; `nil` where the system does not tell.
    ///
    /// Source: `/proc/sys/kernel/random/boot_id` on Linux, `kern.bootsessionuuid` on macOS.
    public var bootID: String?

    /// The machine `name` during the boot `bootID`.
    public init(name: String, bootID: String?) {
        self.name = name
        self.bootID = bootID
    }

    /// The machine that this program runs on.
    public static func current() -> Host {
        Host(name: currentName() ?? "unknown", bootID: currentBootID())
    }

    private static func currentName() -> String? {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            guard let start = buffer.baseAddress, unsafe gethostname(start, buffer.count - 1) == 0
            else { return nil }
            unsafe buffer[buffer.count - 1] = 0
            return unsafe String(cString: start)
        }
    }

    private static func currentBootID() -> String? {
        unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 64) { buffer in
            guard let start = buffer.baseAddress else { return nil }
            #if canImport(Darwin)
                var size = buffer.count
                guard unsafe sysctlbyname("kern.bootsessionuuid", start, &size, nil, 0) == 0 else {
                    return nil
                }
                let count = size
            #else
                let file = unsafe open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
                guard file >= 0 else { return nil }
                defer { close(file) }
                let count = unsafe read(file, start, buffer.count)
            #endif
            guard count > 0 else { return nil }
            let text = unsafe UnsafeBufferPointer(rebasing: buffer[..<min(count, buffer.count)])
            let identifier = unsafe text.prefix { $0 != 0 && $0 != UInt8(ascii: "\n") }
            return unsafe identifier.isEmpty ? nil : String(decoding: identifier, as: UTF8.self)
        }
    }
}
