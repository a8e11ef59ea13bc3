/// How a process ended, as its wait status tells: it exited with a code, or a signal ended it.
///
/// ```swift
/// ProcessExit(waitStatus: 0x700)?.code  // 7
/// ProcessExit(waitStatus: 0x8b)?.signal  // 11, and it left a core dump
/// ```
public struct ProcessExit: Hashable, Sendable {
    /// The code that it exited with, 0 to 255; `nil` if a signal ended it.
    public let code: Int32?
    /// The number of the signal that ended it; `nil` if it exited.
    public let signal: Int32?
    /// Whether it left a core dump; `nil` if that is not known.
    public let coreDumped: Bool?

    /// What `waitStatus` says; `nil` if it is no status of a process that ended.
    ///
    /// Source: `wait(2)`; bits 0 to 6 are the signal, bit 7 the core dump, bits 8 to 15 the code.
    ///
    /// - Parameter tellsCoreDumps: `false` if the status may lack bit 7 although there is a core dump.
    public init?(waitStatus: Int32, tellsCoreDumps: Bool = true) {
        guard (0...0xffff).contains(waitStatus) else { return nil }
        let number = waitStatus & 0x7f
        let hasCoreFlag = waitStatus & 0x80 != 0
        switch number {
        case 0:
            // No process that exits has the flag, nor a signal's number.
            guard !hasCoreFlag else { return nil }
            code = waitStatus >> 8
            signal = nil
            coreDumped = false
        case 0x7f:
            // Stopped or continued.
            return nil
        default:
            guard waitStatus >> 8 == 0 else { return nil }
            code = nil
            signal = number
            let isTold = tellsCoreDumps || hasCoreFlag || !Self.coreDumpingSignals.contains(number)
            coreDumped = isTold ? hasCoreFlag : nil
        }
    }

    // signal(7), on Linux: QUIT, ILL, TRAP, ABRT, BUS, FPE, SEGV, XCPU, XFSZ, SYS. The numbers differ
    // between architectures in part; a signal too many here makes only an unknown of a no.
    private static let coreDumpingSignals: Set<Int32> = [3, 4, 5, 6, 7, 8, 10, 11, 12, 24, 25, 31]
}
