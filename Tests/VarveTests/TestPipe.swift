#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A pipe whose ends close with it.
final class TestPipe: Sendable {
    let readEnd: Int32
    let writeEnd: Int32

    init(isBlocking: Bool = true) throws {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { throw PipeError(code: errno) }
        readEnd = ends[0]
        writeEnd = ends[1]
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            if !isBlocking { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
        }
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    struct PipeError: Error {
        let code: Int32
    }
}
