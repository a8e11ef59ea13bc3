#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Standard output took no more.
struct OutputError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The `errno` of the failed call.
    let code: Int32

    /// Whether the reader closed its end, as `head` does: no fault, and nothing to say about it.
    var isClosedPipe: Bool { code == EPIPE }

    /// What the process ends with: 141 (128 + `SIGPIPE`) as if the signal had ended it, else 1.
    var exitCode: Int32 { isClosedPipe ? 128 + SIGPIPE : 1 }

    var description: String {
        // strerror's text is static for every code that write(2) can give.
        let reason = unsafe String(cString: strerror(code))
        return "Cannot write to standard output: \(reason) (errno \(code)). "
            + "What was printed is incomplete: make room or choose another place, and ask again."
    }
}
