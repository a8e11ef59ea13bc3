package import HistoryModel

/// What a run, or its runtime, wrote last, as lines that are safe to show.
package struct LogText {
    /// What it is the end of, escaped.
    package let name: String
    /// When it was read.
    let takenAt: Timestamp
    /// Its lines that are not empty, escaped, the last one last.
    package let lines: [String]

    package init(_ log: RunLog) {
        name = log.name.escapedForDisplay
        takenAt = log.takenAt
        let text = String(decoding: log.tail.suffix(Threshold.searchedBytes), as: UTF8.self)
        // By scalars, so that the two of a line break of DOS are not one Character.
        lines = text.unicodeScalars.split { $0 == "\n" || $0 == "\r" }.compactMap { part in
            let line = String(Substring(part)).escapedForDisplay
            let trimmed = line.drop { $0 == " " }
            return trimmed.isEmpty ? nil : String(trimmed)
        }
    }

    /// The last line with one of `phrases` and none of `others`, however it is capitalised, cut to what
    /// is quoted.
    package func lastLine(with phrases: [String], without others: [String] = []) -> String? {
        lines.last { line in
            let folded = line.lowercased()
            return phrases.contains { folded.contains($0) }
                && !others.contains { folded.contains($0) }
        }.map { $0.truncated(toWidth: Threshold.quotedWidth) }
    }
}

extension CaseFile {
    /// All texts, standard error first.
    var texts: [LogText] {
        logs.sorted {
            ($0.name != "stderr" ? 1 : 0, $0.name) < ($1.name != "stderr" ? 1 : 0, $1.name)
        }
        .map(LogText.init)
    }

    /// A line that complains with one of `phrases` and none of `others`, as evidence.
    func complaint(
        of phrases: [String], without others: [String] = [], in texts: [LogText]
    ) -> Evidence? {
        for text in texts {
            if let line = text.lastLine(with: phrases, without: others) {
                return Evidence("last complaint", .text(line), at: text.takenAt, from: text.name)
            }
        }
        return nil
    }
}

/// What programs write when something is refused them, in small letters.
enum Complaint {
    /// ENOSPC and EDQUOT, see `errno(3)`.
    static let noRoom = ["no space left on device", "enospc", "disk quota exceeded", "edquot"]
    /// What inotify says with the words of a full disk when its watches are used up, see
    /// `inotify_add_watch(2)`.
    static let noWatches = ["inotify", "file watcher", "watch"]
    /// EAGAIN of `fork(2)`, `clone(2)` and `pthread_create(3)`, as shells and runtimes say it.
    static let noProcess = [
        "cannot fork", "can't fork", "fork failed", "fork: retry", "unable to fork",
        "fork: resource temporarily unavailable", "can't start new thread",
        "cannot create thread", "pthread_create failed", "unable to create native thread",
        "blockingioerror: [errno 11]", "failed to create new os thread",
    ]
    /// The bare word, which also a socket without data says.
    static let tryAgain = ["resource temporarily unavailable"]
    /// ENOMEM, and what allocators say of it.
    static let noMemory = [
        "cannot allocate memory", "out of memory", "memoryerror", "bad_alloc", "enomem",
        "memory exhausted", "allocation failed", "outofmemoryerror",
    ]
    /// The kernel of a guest, on its console.
    static let guestOutOfMemory = ["invoked oom-killer", "oom-kill:", "out of memory: kill"]
    /// What a line of trouble mostly has.
    static let trouble = ["error", "fatal", "panic", "exception", "failed", "cannot", "denied"]
}
