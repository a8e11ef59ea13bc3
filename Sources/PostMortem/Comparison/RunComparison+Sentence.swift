internal import HistoryModel

extension RunComparison {
    /// What differs beyond noise, in one sentence with its full stop.
    public var sentence: String {
        let parts = [amounts, ends].compactMap(\.self)
        guard !parts.isEmpty else {
            return "The two differ by no more than runs of the same program do"
                + "\(howBothEnded.map { "; \($0)" } ?? "")."
        }
        return parts.joined(separator: "; ").withLargeInitial + "."
    }

    /// `the second took 2.4 times as long and 1.8 GiB more memory`.
    private var amounts: String? {
        var phrases: [String] = []
        if let length = difference("duration_ms") { phrases.append(took(length)) }
        if let memory = difference("memory_max_bytes") {
            let size = ByteText.format(memory.difference?.magnitude ?? 0)
            let more = (memory.difference ?? 0) > 0 ? "more" : "less"
            let amount = "\(size) \(more) memory"
            // Time and memory are both taken: one verb does.
            if let took = phrases.popLast() {
                phrases.append(
                    took.hasPrefix("took ") ? "\(took) and \(amount)" : "\(took) with \(amount)")
            } else {
                phrases.append("took \(amount)")
            }
        }
        for (key, verb, noun) in Self.counters {
            guard let figure = difference(key), let size = figure.difference else { continue }
            let amount =
                figure.unit == .nanoseconds
                ? Duration.nanoseconds(Int64(clamping: size.magnitude)).compactText
                : ByteText.format(size.magnitude)
            phrases.append("\(verb) \(amount) \(size > 0 ? "more" : "less")\(noun)")
        }
        guard let last = phrases.popLast() else { return nil }
        let list = phrases.isEmpty ? last : phrases.joined(separator: ", ") + ", and " + last
        return "the second " + list
    }

    private static let counters = [
        ("cpu_time_ns", "used", " CPU time"), ("disk_read_bytes", "read", ""),
        ("disk_write_bytes", "wrote", ""), ("net_rx_bytes", "received", ""),
        ("net_tx_bytes", "sent", ""),
    ]

    private func took(_ figure: ComparedFigure) -> String {
        let length = Duration.milliseconds(Int64(clamping: figure.difference?.magnitude ?? 0))
        guard let ratio = figure.ratio, ratio > 0, ratio.isFinite else {
            return "took \(length.compactText) \((figure.difference ?? 0) > 0 ? "longer" : "less")"
        }
        if ratio >= 1.5 { return "took \(Words.times(ratio)) as long" }
        if ratio > 1 { return "took \(Words.percent(ratio - 1)) longer" }
        // What died early was not fast.
        if ratio <= 0.5, second.caseFile.run.exitCode == 0 {
            return "was \(Words.times(1 / ratio)) as fast"
        }
        return "took \(Words.percent(1 - ratio)) less time"
    }

    /// `it ended by SIGKILL, the first with exit code 0`.
    private var ends: String? {
        let (one, other) = (first.caseFile.run, second.caseFile.run)
        guard one.endPhrase != other.endPhrase else { return nil }
        let subject = amounts == nil ? "the second" : "it"
        if other.status == .running { return "\(subject) still runs, the first \(one.endPhrase)" }
        if one.status == .running { return "\(subject) \(other.endPhrase), the first still runs" }
        let short = one.endPhrase.hasPrefix("ended ") && other.endPhrase.hasPrefix("ended ")
        return "\(subject) \(other.endPhrase), the first "
            + (short ? String(one.endPhrase.dropFirst("ended ".count)) : one.endPhrase)
    }

    private var howBothEnded: String? {
        let run = first.caseFile.run
        return run.status == .running ? "both still run" : "both \(run.endPhrase)"
    }
}

extension Run {
    /// How it ended, as a sentence goes on with it.
    fileprivate var endPhrase: String {
        if status == .running { return "still runs" }
        if let exitSignal { return "ended by \(SignalName.name(of: exitSignal))" }
        return exitCode.map { "ended with exit code \($0)" } ?? "ended nobody knows how"
    }
}

extension Words {
    /// `2.4 times`, `twice`.
    static func times(_ ratio: Double) -> String {
        let text = number(ratio, places: ratio < 10 ? 1 : 0)
        return text == "2.0" ? "twice" : "\(text) times"
    }
}

extension String {
    fileprivate var withLargeInitial: String {
        guard let first else { return self }
        return first.uppercased() + dropFirst()
    }
}
