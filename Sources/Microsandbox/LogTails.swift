public import HistoryModel

extension MicrosandboxHome {
    /// How much of the end of each log is kept.
    public static let logTailBytes: Int64 = 16_384

    /// The ends of the logs that the sandbox `name` has now; those that are missing, empty or no plain
    /// files are left out.
    ///
    /// Its next run goes on with them: they are read when a run ends, and are its only where they were last
    /// written while it lived.
    public func logTails(ofSandbox name: String, now: Timestamp) -> [RunLog] {
        guard let directory = logDirectory(ofSandbox: name) else { return [] }
        return Self.logNames.compactMap { log in
            guard let file = try? ForeignFile(directory + "/" + log), file.mark.size > 0 else {
                return nil
            }
            let count = min(file.mark.size, Self.logTailBytes)
            let tail = file.bytes(at: file.mark.size - count, count: Int(count))
            guard !tail.isEmpty else { return nil }
            var kept = RunLog(name: log, takenAt: now, writtenBytes: file.mark.size, tail: tail)
            kept.lastWrittenAt = file.mark.modifiedAt
            return kept
        }
    }
}
