public import HistoryModel

extension MicrosandboxHome {
    /// How much of the end of each log is kept.
    public static let logTailBytes: Int64 = 16_384

    /// The ends of the logs that the sandbox `name` has now; those that are missing, empty or no plain
    /// files are left out.
    ///
    /// They are of the sandbox's latest run, so they are taken when it ends.
    public func logTails(ofSandbox name: String, now: Timestamp) -> [RunLog] {
        guard let directory = logDirectory(ofSandbox: name) else { return [] }
        return Self.logNames.compactMap { log in
            guard let file = try? ForeignFile(directory + "/" + log), file.mark.size > 0 else {
                return nil
            }
            let count = min(file.mark.size, Self.logTailBytes)
            let tail = file.bytes(at: file.mark.size - count, count: Int(count))
            guard !tail.isEmpty else { return nil }
            return RunLog(name: log, takenAt: now, writtenBytes: file.mark.size, tail: tail)
        }
    }
}
