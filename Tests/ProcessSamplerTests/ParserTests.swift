import HistoryModel
import Testing

@testable import ProcessSampler

@Suite("Parsing /proc")
struct ParserTests {
    static let units = ProcUnits(nanosecondsPerTick: 10_000_000, bytesPerPage: 4096)

    /// A line as the kernel writes it, with the given fields.
    static func line(
        comm: String = "cat", state: String = "R", ppid: String = "3850", utime: String = "12",
        stime: String = "30", cutime: String = "4", cstime: String = "5", threads: String = "1",
        start: String = "123491", rss: String = "386"
    ) -> String {
        "3852 (\(comm)) \(state) \(ppid) 3850 2564 0 -1 4194304 100 0 0 0 \(utime) \(stime) "
            + "\(cutime) \(cstime) 20 0 \(threads) 0 \(start) 3133440 \(rss) "
            + "18446744073709551615 94067543691264 94067543711145 140720975247360 0 0 0 0 0\n"
    }

    static func parse(_ text: String) throws(ProcessSampleError) -> ProcStat {
        let bytes = Array(text.utf8)
        return try ProcStat.parse(bytes.span, of: 3852, units: units)
    }

    @Test("a line of stat gives nanoseconds and bytes")
    func stat() throws {
        let stat = try Self.parse(Self.line())
        #expect(stat.pid == 3852 && stat.parentPID == 3850 && stat.state == UInt8(ascii: "R"))
        #expect(stat.cpuTimeNanoseconds == 420_000_000)
        #expect(stat.childrenCPUTimeNanoseconds == 90_000_000)
        #expect(stat.threads == 1)
        #expect(stat.startTimeNanoseconds == 1_234_910_000_000)
        #expect(stat.memoryBytes == UInt64(386 * 4096))
        #expect(!stat.hasExited)
    }

    @Test(
        "a command's name may hold anything",
        arguments: [
            "a) R (b", "with space", "", "((()))", "line\nend", ") S 1 1 1", "a\u{1}\u{7f}é",
        ])
    func comm(name: String) throws {
        #expect(try Self.parse(Self.line(comm: name)) == Self.parse(Self.line()))
    }

    @Test(
        "a process has exited when its only thread is dead",
        arguments: [("Z", "1", true), ("X", "1", true), ("Z", "3", false), ("S", "1", false)])
    func exited(state: String, threads: String, hasExited: Bool) throws {
        let stat = try Self.parse(Self.line(state: state, threads: threads))
        #expect(stat.hasExited == hasExited)
        #expect(stat.isDead == (state != "S"))
    }

    @Test("a value that no 64 bits can hold in nanoseconds or bytes is absent")
    func overflow() throws {
        let most = "18446744073709551615"
        let stat = try Self.parse(Self.line(utime: most, cutime: most, rss: most))
        #expect(stat.cpuTimeNanoseconds == nil)
        #expect(stat.childrenCPUTimeNanoseconds == nil)
        #expect(stat.memoryBytes == nil)
        #expect(try Self.parse(Self.line(cutime: "-3")).childrenCPUTimeNanoseconds == nil)
        let wide = try Self.parse(Self.line(utime: "0000000000000012", rss: "1234567890123456"))
        #expect(wide.cpuTimeNanoseconds == 420_000_000)
        #expect(wide.memoryBytes == UInt64(1_234_567_890_123_456 * 4096))
    }

    @Test(
        "a malformed stat names its file and field",
        arguments: [
            ("", "pid (field 1)"), ("garbage", "pid (field 1)"), ("1 (a) R 1", "pid (field 1)"),
            ("3852 (cat R 1 2", "comm (field 2)"), ("3852 (cat)", "state (field 3)"),
            ("3852 (cat) 7", "state (field 3)"), ("3852 (cat) R", "ppid (field 4)"),
            (line(ppid: "x"), "ppid (field 4)"), (line(utime: "-1"), "utime (field 14)"),
            (line(stime: "1x"), "stime (field 15)"), (line(cutime: "?"), "cutime (field 16)"),
            (line(cstime: "1e3"), "cstime (field 17)"),
            (line(threads: ""), "num_threads (field 20)"),
            (line(start: "18446744073709551615"), "starttime (field 22)"),
            (line(rss: "18446744073709551616"), "rss (field 24)"),
            (
                "3852 (cat) R 1 1 1 0 -1 0 0 0 0 0 1 1 1 1 20 0 1 0 5 0 38",
                "rss (field 24)"
            ),
        ])
    func malformed(text: String, field: String) {
        let error = #expect(throws: ProcessSampleError.self) { try Self.parse(text) }
        #expect(error?.field == field)
        #expect(error?.path == "/proc/3852/stat")
    }

    @Test("every truncation of stat up to field 24 is refused")
    func truncated() throws {
        let bytes = Array(Self.line().utf8)
        var refused = 0
        var wrong = 0
        for length in 0..<bytes.count {
            let piece = Array(bytes[..<length])
            do throws(ProcessSampleError) {
                let stat = try ProcStat.parse(piece.span, of: 3852, units: Self.units)
                if stat.memoryBytes != 1_581_056 { wrong += 1 }
            } catch { refused += 1 }
        }
        #expect(wrong == 0)
        #expect(refused > 60)
    }

    @Test("io gives what was really read and written")
    func io() throws {
        let text = """
            rchar: 6976
            wchar: 1
            syscr: 10
            syscw: 0
            read_bytes: 4096
            write_bytes: 1234567890123456
            cancelled_write_bytes: 77

            """
        let bytes = Array(text.utf8)
        let io = try ProcIO.parse(bytes.span, of: 7)
        #expect(io == ProcIO(readBytes: 4096, writeBytes: 1_234_567_890_123_456))
    }

    @Test("a missing line of io is absent, not zero")
    func ioMissing() throws {
        #expect(try ProcIO.parse(Array("rchar: 1\n".utf8).span, of: 7) == ProcIO())
        #expect(try ProcIO.parse([UInt8]().span, of: 7) == ProcIO())
        let only = try ProcIO.parse(Array("write_bytes: 5\n".utf8).span, of: 7)
        #expect(only == ProcIO(readBytes: nil, writeBytes: 5))
        let huge = try ProcIO.parse(Array("read_bytes: 18446744073709551615\n".utf8).span, of: 7)
        #expect(huge == ProcIO())
    }

    @Test(
        "a malformed io names its field",
        arguments: [
            ("read_bytes: x\n", "read_bytes"), ("write_bytes:\n", "write_bytes"),
            ("write_bytes: 12", "write_bytes"),
            ("read_bytes: 18446744073709551616\n", "read_bytes"),
        ])
    func ioMalformed(text: String, field: String) {
        let error = #expect(throws: ProcessSampleError.self) {
            try ProcIO.parse(Array(text.utf8).span, of: 7)
        }
        #expect(error?.field == field && error?.path == "/proc/7/io")
    }

    static let heading = """
        Inter-|   Receive                                                |  Transmit
         face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs

        """

    @Test("net/dev sums every interface but lo")
    func netDev() throws {
        let text =
            Self.heading + """
                    lo:    3293      31    0    0    0     0    0     0     3293      31    0    0
                  eth0:    6135      45    0    0    0     0    0     0     5945      65    0    0
                  lo2:1000      45    0    0    0     0    0     0     10      65    0    0

                """
        let total = try ProcNetDev.parse(Array(text.utf8).span, of: 7)
        #expect(total == ProcNetDev(rxBytes: 7135, txBytes: 5955))
        #expect(try ProcNetDev.parse(Array(Self.heading.utf8).span, of: 7) == ProcNetDev())
    }

    @Test(
        "a malformed net/dev is refused",
        arguments: [
            "", "one line\n", heading + "eth0 1 2 3\n", heading + "eth0: 1 2\n",
            heading + "eth0: 1 0 0 0 0 0 0 0 5", heading + "eth0: x\n",
            heading + "a: 9223372036854775807 0 0 0 0 0 0 0 1 0\nb: 1 0 0 0 0 0 0 0 1 0\n",
        ])
    func netDevMalformed(text: String) {
        #expect(throws: ProcessSampleError.self) {
            try ProcNetDev.parse(Array(text.utf8).span, of: 7)
        }
    }

    @Test("a list of pids may be cut anywhere")
    func pidList() {
        let bytes = Array("12 345 6789 99999999999999999999999 0 2147483647 5".utf8)
        for cut in 0...bytes.count {
            var list: ContiguousArray<Int32> = []
            var parser = PIDListParser()
            parser.append(Array(bytes[..<cut]).span, to: &list, limit: 100)
            parser.append(Array(bytes[cut...]).span, to: &list, limit: 100)
            parser.finish(&list, limit: 100)
            #expect(list == [12, 345, 6789, 2_147_483_647, 5])
        }
    }

    @Test("an error says what failed, on what, why, and what to do")
    func sentences() {
        #expect(
            ProcessSampleError(malformed: "utime (field 14)", in: "/proc/7/stat").description
                == "cannot understand /proc/7/stat: utime (field 14) is missing or malformed; "
                + "please report this with the text of that file")
        #expect(
            ProcessSampleError(.open, "/proc/7/stat", errorNumber: 13).description
                == "cannot open /proc/7/stat: Permission denied (errno 13); "
                + "run as the user who owns that process")
        #expect(
            ProcessSampleError(.open, "/proc/7/stat", errorNumber: 24).description
                == "cannot open /proc/7/stat: Too many open files (errno 24); "
                + "raise the limit of open files (ulimit -n)")
        #expect(
            ProcessSampleError(.read, "/proc/7/io", errorNumber: 5).description
                == "cannot read /proc/7/io: Input/output error (errno 5); "
                + "its values are missing from this sample")
    }
}
