internal import HistoryModel
internal import Logging
internal import Supervisor

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// What varve says to people, on stderr.
enum Console {
    // Set once, before there are threads.
    nonisolated(unsafe) private static var reader: (target: StreamTarget, patience: Int32)?

    /// From now on nothing is said to a stderr that takes nothing for so long.
    static func giveUpReader(after patience: Duration) {
        unsafe reader = (
            StreamTarget(STDERR_FILENO), Int32(clamping: max(0, patience.milliseconds))
        )
    }

    /// Says one sentence. What it quotes from outside is escaped, if it was not yet.
    static func say(_ sentence: String) {
        write("varve: \(sentence.escapedForDisplay(keeping: ["\n"]))\n")
    }

    /// A logger for sentences; a quiet one says nothing at all.
    static func logger(isQuiet: Bool = false, isVerbose: Bool = false) -> Logger {
        guard !isQuiet else {
            return Logger(label: "varve") { _ in SwiftLogNoOpLogHandler() }
        }
        return Logger(label: "varve") { _ in
            ConsoleLogHandler(logLevel: isVerbose ? .debug : .notice)
        }
    }

    /// Writes `line` as it is.
    static func write(_ line: String) {
        var bytes = Array(line.utf8)
        if let reader = unsafe reader {
            reader.target.write(bytes, waitingAtMost: reader.patience)
            return
        }
        // One write, so that lines of several programs do not mix. A stderr that takes nothing has
        // nobody to be told.
        _ = unsafe bytes.withUnsafeMutableBytes { unsafe Self.write(STDERR_FILENO, $0) }
    }

    private static func write(_ descriptor: Int32, _ bytes: UnsafeMutableRawBufferPointer) -> Int {
        #if canImport(Darwin)
            unsafe Darwin.write(descriptor, bytes.baseAddress, bytes.count)
        #elseif canImport(Glibc)
            unsafe Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        #elseif canImport(Musl)
            unsafe Musl.write(descriptor, bytes.baseAddress, bytes.count)
        #endif
    }
}

/// Writes log messages as the sentences that they are, with their level where it is trouble.
struct ConsoleLogHandler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    init(logLevel: Logger.Level) {
        self.logLevel = logLevel
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let facts = metadata.merging(event.metadata ?? [:]) { _, new in new }
            .map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " ")
        let level = event.level >= .warning ? "\(event.level): " : ""
        let text = "\(level)\(event.message)\(facts.isEmpty ? "" : " (\(facts))")"
        Console.say(text.escapedForDisplay)
    }
}
