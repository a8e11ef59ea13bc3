import HistoryModel

/// What is not known of the run, and why.
enum RecordingRules {
    static func findings(_ exam: Examination) -> [Finding] {
        var findings: [Finding] = []
        if let never = neverSampled(exam) {
            findings.append(never)
        } else {
            findings += [stalled(exam), notRecorded(exam)].compactMap(\.self)
        }
        if let event = exam.file.events(.clockStepped).last {
            findings.append(
                Finding(
                    .clockStepped, weight: .note, .certain,
                    "The wall clock was set while it ran: times before and after do not add up",
                    from: event.at, evidence: [Evidence(event)]))
        }
        return findings
    }

    private static func neverSampled(_ exam: Examination) -> Finding? {
        guard exam.ending.isEmpty, exam.course.isEmpty, exam.run.usage.sampleCount ?? 0 <= 0,
            exam.file.events(.startFailed).isEmpty
        else { return nil }
        let reasons = Set(exam.file.history.gaps.map(\.reason.rawValue)).sorted()
        var evidence = [
            Evidence("lived for", .milliseconds(exam.file.length), from: "run.duration_ns")
        ]
        if let count = exam.run.usage.sampleCount {
            evidence.insert(Evidence("samples", .count(count), from: "run.sample_count"), at: 0)
        }
        if !reasons.isEmpty {
            evidence.append(
                Evidence("why", .text(reasons.joined(separator: ", ")), from: "gaps of its history")
            )
        }
        return Finding(
            .neverSampled, weight: .note, .certain,
            "It was never sampled, so that nobody knows what it used while it ran",
            evidence: evidence,
            advice: exam.run.source.kind == .microsandbox
                ? "A sandbox that does not boot leaves none, nor one beyond a full registry, or of a "
                    + "time in which nobody recorded."
                : "Runs that are shorter than the interval leave none: --interval 100ms.")
    }

    private static func stalled(_ exam: Examination) -> Finding? {
        let events = exam.file.events.filter { $0.kind == .stalled || $0.kind == .resumed }
        guard let last = events.last else { return nil }
        let count = events.count { $0.kind == .stalled }
        let isStalled = last.kind == .stalled
        return Finding(
            .samplerStalled, weight: isStalled ? .warning : .note, .certain,
            isStalled
                ? "Its sampler had stopped writing before the end, while its process lived"
                : "Its sampler stopped writing \(count == 1 ? "once" : "\(count) times")",
            from: isStalled ? last.at : events.first?.at,
            evidence: [Evidence(last), Evidence("times", .count(Int64(count)), from: "events")],
            advice: isStalled
                ? "A sampler that does not get the CPU, or was stopped: the machine was overloaded."
                : nil)
    }

    private static func notRecorded(_ exam: Examination) -> Finding? {
        let file = exam.file
        let gaps = file.history.gaps.filter { $0.to > $0.from && $0.reason != .clockStepped }
        guard let last = gaps.max(by: { $0.to < $1.to }) else { return nil }
        let total = gaps.reduce(0.0) { $0 + Double($1.to.milliseconds(since: $1.from)) }
        let share = total / Double(max(1, file.length))
        let length = last.to.milliseconds(since: last.from)
        let isAtEnd =
            file.end.milliseconds(since: last.to) <= Threshold.gapAtEnd
            && length >= Threshold.gapAtEnd && file.moments.isEmpty
        guard isAtEnd || share >= Threshold.gapShare else { return nil }
        let why = words(of: last.reason)
        return Finding(
            .notRecorded, weight: isAtEnd ? .warning : .note, .certain,
            isAtEnd
                ? "Nothing is known of its last \(Words.length(length)): \(why)"
                : "Of \(Words.percent(min(1, share))) of its time nothing is known, the last time "
                    + "because \(why)",
            from: last.from, to: last.to,
            evidence: gaps.suffix(3).map { gap in
                Evidence(
                    "gap \(gap.reason.rawValue)",
                    .milliseconds(gap.to.milliseconds(since: gap.from)), at: gap.from,
                    from: "gaps of its history")
            })
    }

    private static func words(of reason: Series.Gap.Reason) -> String {
        switch reason {
        case .recorderDown: "no recorder was at work"
        case .notSampled: "its slot held no new sample"
        case .stalled: "its sampler did not write"
        case .torn: "its slot could not be read whole"
        case .implausible: "its samples had impossible times"
        case .clockStepped: "the clock was set"
        case .hostDown: "the machine was down or asleep"
        case .dropped: "the catalog could not be written"
        }
    }
}
