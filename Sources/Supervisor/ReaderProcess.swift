internal import CPlatform

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A program that reads what this one writes, such as a pager.
///
/// It has the terminal, and of this program's own descriptors none. When the value goes away, its input
/// is closed and its end waited for.
///
/// ```swift
/// let pager = try ReaderProcess(["less"])
/// write(pager.input, "text\n", 5)
/// _ = pager.finish()
/// ```
public struct ReaderProcess: ~Copyable {
    /// The process.
    public let pid: Int32
    /// The descriptor of its standard input.
    public let input: Int32

    /// Starts `arguments[0]`, looked up in `PATH`.
    ///
    /// - Parameter variable: A variable that it has in its environment besides ours: `NAME=value`.
    /// - Precondition: `arguments` is not empty.
    /// - Throws: ``SpawnError`` if it could not be started.
    public init(_ arguments: [String], with variable: String? = nil) throws(SpawnError) {
        precondition(!arguments.isEmpty, "a program has a name")
        // Each is ended by a zero and freed at the end; the C function keeps none.
        var words = unsafe arguments.map { unsafe strdup($0) }
        unsafe words.append(nil)
        let extra = unsafe variable.flatMap { unsafe strdup($0) }
        defer {
            unsafe words.forEach { unsafe free($0) }
            unsafe free(extra)
        }
        var pid: pid_t = 0
        var input: Int32 = -1
        let errorNumber = unsafe words.withUnsafeBufferPointer { words in
            // An array that holds at least its final nil has a base address.
            unsafe cplatform_spawn_reader(words.baseAddress!, extra, &pid, &input)
        }
        guard errorNumber == 0 else {
            throw SpawnError(command: arguments[0], errorNumber: errorNumber)
        }
        self.pid = pid
        self.input = input
    }

    deinit {
        close(input)
        _ = Children.reap(pid)
    }

    /// Closes its input and waits for its end.
    ///
    /// - Returns: How it ended; `nil` if somebody else has waited for it.
    public consuming func finish() -> EndedProcess? {
        let (pid, input) = (pid, input)
        discard self
        close(input)
        return Children.reap(pid)
    }
}
