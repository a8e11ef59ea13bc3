import Testing

@testable import ProcessWatch

@Suite struct ProcessExitTests {
    @Test(
        "a wait status tells a code or a signal",
        arguments: [
            (0x0000, 0, nil, false), (0x0700, 7, nil, false), (0xff00, 255, nil, false),
            (0x0009, nil, 9, false), (0x000b, nil, 11, false), (0x008b, nil, 11, true),
            (0x0086, nil, 6, true), (0x0040, nil, 64, false),
        ] as [(Int32, Int32?, Int32?, Bool)])
    func decodes(status: Int32, code: Int32?, signal: Int32?, coreDumped: Bool) throws {
        let exit = try #require(ProcessExit(waitStatus: status))
        #expect(exit.code == code)
        #expect(exit.signal == signal)
        #expect(exit.coreDumped == coreDumped)
    }

    @Test(
        "a status of a process that did not end is none",
        arguments: [0x137f, 0xffff, 0x007f, 0x0080, 0x0109, -1, 0x10000, .max, .min] as [Int32])
    func refuses(status: Int32) {
        #expect(ProcessExit(waitStatus: status) == nil)
    }

    @Test("every status tells a code or a signal, never both, and each of them once")
    func isTotal() {
        let exits = (Int32(0)...0xffff).compactMap { ProcessExit(waitStatus: $0) }
        #expect(exits.allSatisfy { ($0.code == nil) != ($0.signal == nil) })
        #expect(Set(exits).count == exits.count)
        #expect(exits.count == 256 + 2 * 126)
    }

    @Test(
        "a missing core flag is unknown where the status may lack it, and only for signals that dump"
    )
    func unknownCoreDumps() {
        #expect(ProcessExit(waitStatus: 11, tellsCoreDumps: false)?.coreDumped == nil)
        #expect(ProcessExit(waitStatus: 0x8b, tellsCoreDumps: false)?.coreDumped == true)
        #expect(ProcessExit(waitStatus: 9, tellsCoreDumps: false)?.coreDumped == false)
        #expect(ProcessExit(waitStatus: 0x700, tellsCoreDumps: false)?.coreDumped == false)
    }
}
