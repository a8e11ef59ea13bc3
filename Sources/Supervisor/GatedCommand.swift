internal import CPlatform

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A command whose process exists already but waits at a gate until it may start.
///
/// So its pid can be written down everywhere before its first instruction runs. The command inherits
/// the terminal, descriptors, environment, working directory, signal dispositions and limits; its
/// signal mask is the one that ``SignalGate`` found. Dropped without having been opened it runs nothing
/// and leaves nothing.
///
/// ```swift
/// let words = ["sleep", "1"].map { Array($0.utf8) }
/// let command = try GatedCommand(words, mask: gate.inheritedMask)
/// print(command.pid)
/// try command.open()
/// ```
public struct GatedCommand: ~Copyable {
    /// The process that waits.
    public let pid: Int32
    private let name: String
    private let gate: Int32
    private let gateReadEnd: Int32
    private let report: Int32
    private var isWaiting = true

    /// Forks a process that will run `arguments`, the first of which is looked up in `PATH`.
    ///
    /// Arguments are bytes, since file names need not be UTF-8; what follows a zero is cut off.
    ///
    /// Call it early: the kernel counts what this process holds in memory now as the command's own
    /// peak.
    ///
    /// - Parameter errors: The descriptor that is to be its stderr; `nil` for the one of this program.
    /// - Precondition: `arguments` is not empty.
    /// - Throws: ``SpawnError`` if no process could be made.
    public init(
        _ arguments: [[UInt8]], mask: SignalMask, errors: Int32? = nil
    ) throws(SpawnError) {
        precondition(!arguments.isEmpty, "a command has a name")
        var pointers: [UnsafeMutablePointer<CChar>?] = unsafe arguments.map { bytes in
            unsafe (bytes + [0]).withUnsafeBytes { raw in
                // The bytes end with a zero.
                unsafe strdup(raw.baseAddress!.assumingMemoryBound(to: CChar.self))
            }
        }
        unsafe pointers.append(nil)
        defer { unsafe pointers.forEach { unsafe free($0) } }
        var child = cplatform_gated_child()
        let errorNumber = unsafe pointers.withUnsafeBufferPointer { pointers in
            // An array that holds at least its final nil has a base address.
            unsafe withUnsafePointer(to: mask.signals) { signals in
                unsafe cplatform_spawn_gated(pointers.baseAddress!, signals, errors ?? -1, &child)
            }
        }
        name = String(decoding: arguments[0], as: UTF8.self)
        guard errorNumber == 0 else {
            throw SpawnError(command: name, errorNumber: errorNumber)
        }
        pid = child.pid
        gate = child.gate
        gateReadEnd = child.gate_read_end
        report = child.report
    }

    deinit {
        close(gate)
        close(gateReadEnd)
        close(report)
        guard isWaiting else { return }
        // Without the byte its process ends, with 125. Nobody else waits for it; it may be stopped.
        kill(pid, SIGCONT)
        _ = Children.reap(pid)
    }

    /// Lets the command start, and returns once it has.
    ///
    /// - Throws: ``SpawnError`` if it could not be executed; its process then ends with
    ///   ``SpawnError/exitCode`` and has to be reaped as any other.
    public consuming func open() throws(SpawnError) {
        // From here on its process is a command as any other, and its supervisor's to reap.
        isWaiting = false
        var byte: UInt8 = 1
        while unsafe write(gate, &byte, 1) < 0, errno == EINTR {}
        var errorNumber: Int32 = 0
        var count: Int
        repeat {
            count = unsafe read(report, &errorNumber, MemoryLayout<Int32>.size)
        } while count < 0 && errno == EINTR
        if count == MemoryLayout<Int32>.size {
            throw SpawnError(command: name, errorNumber: errorNumber)
        }
    }
}
