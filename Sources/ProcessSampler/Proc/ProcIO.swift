/// What matters of `/proc/<pid>/io`, see `proc_pid_io(5)`.
///
/// The figures of children that were waited for are in it: the kernel adds them on `wait(2)`.
package struct ProcIO: Hashable, Sendable {
    /// `read_bytes`: fetched from storage; `nil` if the line is missing or beyond an `Int64`.
    var readBytes: UInt64?
    /// `write_bytes`: sent to storage; `nil` if the line is missing or beyond an `Int64`.
    var writeBytes: UInt64?

    /// Parses the text of the file of process `pid`; allocates nothing unless it throws.
    package static func parse(_ bytes: Span<UInt8>, of pid: Int32) throws(ProcessSampleError)
        -> ProcIO
    {
        var io = ProcIO()
        var position = 0
        while position < bytes.count {
            if bytes.has("read_bytes:", at: position) {
                position += 11
                io.readBytes = try value(bytes, &position, "read_bytes", pid)
            } else if bytes.has("write_bytes:", at: position) {
                position += 12
                io.writeBytes = try value(bytes, &position, "write_bytes", pid)
            }
            bytes.advance(&position, to: 0x0a)
            position += 1
        }
        return io
    }

    private static func value(
        _ bytes: Span<UInt8>, _ position: inout Int, _ field: String, _ pid: Int32
    ) throws(ProcessSampleError) -> UInt64? {
        bytes.skipBlanks(at: &position)
        // The line's end must be there: a number without it was cut off.
        guard let number = bytes.unsigned(at: &position), position < bytes.count,
            bytes[position] == 0x0a
        else { throw ProcessSampleError(malformed: field, in: "/proc/\(pid)/io") }
        return number.storable
    }
}
