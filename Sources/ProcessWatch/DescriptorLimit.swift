internal import CPlatform

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// How many files this process may have open: a watch holds one for every process.
public enum DescriptorLimit {
    /// Raises the soft limit to `wanted` descriptors, as far as the hard limit allows.
    ///
    /// For a program without children, such as a recorder: they would inherit the raised limit, and
    /// those that still use `select(2)` break on descriptors above 1023.
    ///
    /// - Returns: the soft limit from now on; `nil` if the system does not tell.
    @discardableResult
    public static func raise(to wanted: UInt64 = 8192) -> UInt64? {
        let limit = cplatform_raise_descriptor_limit(wanted)
        return limit > 0 ? limit : nil
    }

    /// Whether `count` more files could be opened now, those that this process was started with counted.
    public static func hasRoom(for count: Int) -> Bool {
        var opened: [Int32] = []
        defer { for descriptor in opened { close(descriptor) } }
        for _ in 0..<count {
            // The path is a constant, NUL-terminated for the call.
            let descriptor = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return false }
            opened.append(descriptor)
        }
        return true
    }

    /// The soft limit; `nil` if the system does not tell.
    static var current: UInt64? { raise(to: 0) }
}
