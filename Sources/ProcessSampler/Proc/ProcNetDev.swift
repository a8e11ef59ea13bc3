/// The sums of `/proc/<pid>/net/dev` over every interface but `lo`, see `proc_pid_net(5)`.
package struct ProcNetDev: Hashable, Sendable {
    /// Bytes received.
    var rxBytes: UInt64 = 0
    /// Bytes sent.
    var txBytes: UInt64 = 0

    /// Parses the text of the file of process `pid`; allocates nothing unless it throws.
    package static func parse(_ bytes: Span<UInt8>, of pid: Int32) throws(ProcessSampleError)
        -> ProcNetDev
    {
        var total = ProcNetDev()
        var position = 0
        // Two lines of headings come first.
        for _ in 0..<2 {
            bytes.advance(&position, to: 0x0a)
            guard bytes.skip(0x0a, at: &position) else { throw malformed("the heading", pid) }
        }
        while position < bytes.count {
            bytes.skipBlanks(at: &position)
            let isLoopback = bytes.has("lo:", at: position)
            // No interface's name can hold a colon; an old kernel puts no blank behind it.
            while position < bytes.count, bytes[position] != UInt8(ascii: ":"),
                bytes[position] != 0x0a
            {
                position += 1
            }
            guard bytes.skip(UInt8(ascii: ":"), at: &position) else {
                throw malformed("the name of an interface", pid)
            }
            if !isLoopback {
                guard let rx = next(bytes, &position), let sum = total.rxBytes.storable(plus: rx)
                else { throw malformed("the bytes received", pid) }
                total.rxBytes = sum
                for _ in 0..<7 where next(bytes, &position) == nil {
                    throw malformed("a column", pid)
                }
                guard let tx = next(bytes, &position), let sum = total.txBytes.storable(plus: tx),
                    position < bytes.count
                else { throw malformed("the bytes sent", pid) }
                total.txBytes = sum
            }
            bytes.advance(&position, to: 0x0a)
            guard bytes.skip(0x0a, at: &position) else { throw malformed("the last line", pid) }
        }
        return total
    }

    private static func next(_ bytes: Span<UInt8>, _ position: inout Int) -> UInt64? {
        bytes.skipBlanks(at: &position)
        return bytes.unsigned(at: &position)
    }

    private static func malformed(_ field: String, _ pid: Int32) -> ProcessSampleError {
        ProcessSampleError(malformed: field, in: "/proc/\(pid)/net/dev")
    }
}
