internal import HistoryModel
internal import PostMortem

extension FuzzTarget {
    /// The end of what a sandbox wrote, and the report of a failed boot.
    static let logs = FuzzTarget("logs", byteLimit: 16_384, shortRunCount: 2_000) { bytes in
        let now = Timestamp(unixMilliseconds: 1_795_435_200_000)
        var isUnderstood = false
        for name in [
            "stderr", BootError.logName, String(decoding: bytes.prefix(40), as: UTF8.self),
        ] {
            let log = RunLog(
                name: name, takenAt: now, writtenBytes: bytes.count % 2 == 0 ? .max : -1,
                tail: bytes)
            let text = LogText(log)
            try Harmless.check(text: text.name, of: "a log's name")
            for line in text.lines { try Harmless.check(text: line, of: "a line of a log") }
            if let line = text.lastLine(with: ["error", "no space left"]) {
                try Harmless.check(text: line, of: "a quoted line")
                isUnderstood = true
            }
            for line in LogTail(log).lines {
                let html: HTMLText = "\(line)"
                try Harmless.check(markdown: html.markup, of: "a line of a page")
            }
            isUnderstood = isUnderstood || BootError(log) != nil
        }
        return isUnderstood ? .understood : .refused
    }
}
