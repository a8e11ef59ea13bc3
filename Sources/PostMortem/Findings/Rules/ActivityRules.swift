import HistoryModel

/// What it did, or did not do, before its end.
enum ActivityRules {
    static func findings(_ exam: Examination) -> [Finding] {
        var findings: [Finding] = []
        if let stuck = stuck(exam) {
            findings.append(stuck)
        } else if let spinning = spinning(exam) {
            findings.append(spinning)
        } else if let pinned = pinned(exam) {
            findings.append(pinned)
        }
        if let throttled = throttled(exam) { findings.append(throttled) }
        findings += traffic(exam)
        return findings
    }

    /// The moments at the end for which `holds` is true without a break, with the length of that.
    private static func lastStretch(
        of moments: [Moment], to end: Timestamp, while holds: (Moment) -> Bool
    ) -> (moments: ArraySlice<Moment>, from: Timestamp)? {
        let start = moments.lastIndex { !holds($0) }.map { $0 + 1 } ?? moments.startIndex
        let stretch = moments[start...]
        guard let first = stretch.first, stretch.count > 1 else { return nil }
        // What a moment tells is of the time from the one before.
        let from = first.from
        return from <= end ? (stretch, from) : nil
    }

    /// The last moment is near the end; else nobody knows what it did then.
    private static func isSeenToTheEnd(_ exam: Examination) -> Bool {
        guard let last = exam.ending.last else { return false }
        let distances = zip(exam.ending.dropFirst(), exam.ending)
            .map { Double($0.at.milliseconds(since: $1.at)) }
        let usual = Int64(held: (distances.median ?? 0) * 3)
        return exam.file.end.milliseconds(since: last.at) <= max(Threshold.gapAtEnd, usual)
    }

    private static func stuck(_ exam: Examination) -> Finding? {
        guard isSeenToTheEnd(exam),
            let (stretch, begin) = lastStretch(
                of: exam.ending, to: exam.file.end,
                while: { moment in
                    moment.isSilent && moment.cpu.map { $0 < Threshold.idleCPU } ?? false
                })
        else { return nil }
        var from = hasNoBegin(stretch, exam) ? reachingBack(exam, begin) : begin
        // Intervals do not tell of the gaps between them, as each sample does of the time before it.
        if exam.file.moments.isEmpty, let gapEnd = lastGapEnd(exam, before: exam.file.end) {
            from = max(from, gapEnd)
        }
        let length = exam.file.end.milliseconds(since: from)
        guard length >= Threshold.stuckFor, exam.run.exitCode != 0 else { return nil }
        let cpu = stretch.compactMap(\.cpu).max() ?? 0
        let isLong = length >= exam.file.length / 2
        // Waiting is what many programs do all day; that it was ended while it waited says more.
        let led = exam.wasEndedByOthers
        return Finding(
            .stuck, weight: led ? .cause : .note, led && isLong ? .likely : .possible,
            "It did nothing for its last \(Words.length(length)): no CPU, no disk"
                + (stretch.contains { $0.net != nil } ? ", no network" : ""),
            from: from, to: exam.file.end,
            evidence: [
                Evidence("nothing done for", .milliseconds(length), from: exam.file.endingSource),
                Evidence("highest CPU then", .cpuPercent(cpu / 100), from: exam.file.endingSource),
                Evidence("samples", .count(Int64(stretch.count)), from: exam.file.endingSource),
            ],
            advice: led
                ? "Look what it waited for: a lock, a reply, input that never came." : nil)
    }

    /// Whether nothing else is known before `stretch`: the first sample has no rates.
    private static func hasNoBegin(_ stretch: ArraySlice<Moment>, _ exam: Examination) -> Bool {
        stretch.startIndex == 0 || stretch.startIndex == 1 && exam.ending[0].disk == nil
    }

    /// How far back the whole run was as idle as all of its end.
    private static func reachingBack(_ exam: Examination, _ from: Timestamp) -> Timestamp {
        let before = exam.course.filter { $0.from < from }
        let busy = before.last { moment in
            !(moment.isSilent && moment.cpu.map { $0 < Threshold.idleCPU } ?? false)
        }
        // The step that was busy may have been so to its end.
        let idleSince = busy?.at ?? before.first?.from ?? from
        let known = lastGapEnd(exam, before: from) ?? exam.run.startedAt
        return min(from, max(idleSince, exam.run.startedAt, known))
    }

    /// From where on everything is known, up to `instant`: what nobody recorded may have been no
    /// idleness. `nil` without a gap that is long enough for that.
    private static func lastGapEnd(_ exam: Examination, before instant: Timestamp) -> Timestamp? {
        exam.file.history.gaps.filter {
            $0.from < instant && $0.to.milliseconds(since: $0.from) >= Threshold.stuckFor
        }.map(\.to).max()
    }

    private static func spinning(_ exam: Examination) -> Finding? {
        guard isSeenToTheEnd(exam), exam.wasEndedByOthers || exam.run.status == .running,
            let (stretch, from) = lastStretch(
                of: exam.ending, to: exam.file.end,
                while: { moment in
                    (moment.isSilent || moment.disk == nil)
                        && moment.cpu.map { $0 >= Threshold.spinningCPU / 2 } ?? true
                })
        else { return nil }
        let length = exam.file.end.milliseconds(since: from)
        let cpu = average(stretch)
        guard let cpu, length >= Threshold.spinningFor, stretch.count >= Threshold.fewestSamples,
            stretch.contains(where: { $0.disk != nil }), cpu >= Threshold.spinningCPU
        else { return nil }
        let led = exam.run.status != .running
        return Finding(
            .spinning, weight: led ? .cause : .note, .possible,
            "It computed for its last \(Words.length(length)), \(Words.cpu(cpu)) CPU, and neither "
                + "read nor wrote",
            from: from, to: exam.file.end,
            evidence: [
                Evidence("average CPU then", .cpuPercent(cpu / 100), from: exam.file.endingSource),
                Evidence("for", .milliseconds(length), from: exam.file.endingSource),
                Evidence("samples", .count(Int64(stretch.count)), from: exam.file.endingSource),
            ],
            advice: "If it should have been done by then: look for a loop that does not end.")
    }

    private static func average(_ moments: some Sequence<Moment>) -> Double? {
        let values = moments.compactMap(\.cpu)
        return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }

    private static func pinned(_ exam: Examination) -> Finding? {
        let last = exam.lastMoments(within: max(Threshold.pinnedFor, 30_000))
        let values = last.compactMap(\.cpu).sorted()
        guard values.count >= Threshold.fewestSamples, let average = average(last),
            let from = last.first?.from, let to = last.last?.at,
            to.milliseconds(since: from) >= Threshold.pinnedFor
        else { return nil }
        // One that is early or late does not count.
        let low = values[values.count / 10]
        var sentence: String?
        if let limit = exam.run.cpuLimitCentipercent.map(Double.init), limit > 0,
            average >= limit * Threshold.pinnedShare
        {
            sentence = "It used all the CPU that its limit grants, \(Words.cpu(limit))"
        } else {
            let cores = average.isFinite ? max(1, min(1e6, (average / 10_000).rounded())) : 1
            if average >= cores * 10_000 * Threshold.pinnedShare,
                average <= cores * 10_000 * Threshold.pinnedExcess,
                low >= cores * 10_000 * (Threshold.pinnedShare - 0.1)
            {
                sentence =
                    "It used \(Words.count(Int(cores), "core")) without a pause"
            }
        }
        guard let sentence else { return nil }
        return Finding(
            .cpuPinned, weight: .note, .likely,
            exam.run.status == .running ? sentence : sentence + " before its end", from: from,
            to: to,
            evidence: [
                Evidence("average CPU", .cpuPercent(average / 100), from: exam.file.endingSource),
                Evidence("low CPU", .cpuPercent(low / 100), from: exam.file.endingSource),
            ])
    }

    private static func throttled(_ exam: Examination) -> Finding? {
        guard let nanoseconds = exam.run.cpuThrottledNanoseconds, nanoseconds > 0,
            exam.file.length > 0
        else { return nil }
        let held = nanoseconds / 1_000_000
        let share = Double(held) / Double(exam.file.length)
        guard share >= Threshold.throttledShare else { return nil }
        var evidence = [
            Evidence(
                "held back for", .milliseconds(held),
                from: "run.cpu_throttled_ns, summed over cores")
        ]
        // Several cores that were held back at once are longer than the run together: no share of it.
        if share <= 1 {
            evidence.append(
                Evidence("share of the run", .share(share), from: "run.cpu_throttled_ns, duration"))
        }
        if let limit = exam.run.cpuLimitCentipercent {
            evidence.append(
                Evidence(
                    "limit", .cpuPercent(Double(limit) / 100), from: "run.cpu_limit_centipercent"))
        }
        return Finding(
            .cpuThrottled, weight: .warning, .certain,
            "Its CPU limit held it back for \(Words.length(held)), summed over cores",
            evidence: evidence,
            advice: "Raise the CPU limit, or let it use fewer threads at once.")
    }

    /// Bursts before the end, and silence after traffic.
    private static func traffic(_ exam: Examination) -> [Finding] {
        let end = exam.lastMoments(within: Threshold.burstWindow)
        var findings: [Finding] = []
        let kinds: [(KeyPath<Moment, Double?>, Finding.Kind, String)] = [
            (\.disk, .diskBurst, "It read or wrote storage"),
            (\.net, .netBurst, "It sent or received"),
        ]
        for (rate, kind, what) in kinds {
            let usual = exam.course.dropLast().compactMap { $0[keyPath: rate] }.median
            guard let usual, exam.course.count >= Threshold.fewestSamples,
                let highest = end.compactMap({ moment in
                    moment[keyPath: rate].map { (rate: $0, at: moment.at) }
                }).max(by: { $0.rate < $1.rate }),
                highest.rate >= Threshold.burstBytes,
                highest.rate >= usual * Threshold.burstFactor
            else { continue }
            findings.append(
                Finding(
                    kind, weight: .note, .certain,
                    "\(what) at \(Words.rate(highest.rate)) shortly before its end",
                    from: highest.at,
                    evidence: [
                        Evidence(
                            "highest rate", .bytesPerSecond(highest.rate), at: highest.at,
                            from: exam.file.endingSource),
                        Evidence("usual rate", .bytesPerSecond(usual), from: "history, median"),
                    ]))
        }
        if let silence = silence(exam) { findings.append(silence) }
        return findings
    }

    private static func silence(_ exam: Examination) -> Finding? {
        let rates = exam.course.dropLast().compactMap { CaseFile.sum($0.disk, $0.net) }
        guard rates.count >= Threshold.fewestSamples, let usual = rates.median,
            usual >= Threshold.steadyTraffic, isSeenToTheEnd(exam),
            let (stretch, from) = lastStretch(
                of: exam.ending, to: exam.file.end, while: \.isSilent)
        else { return nil }
        let length = exam.file.end.milliseconds(since: from)
        guard length >= Threshold.silentFor, stretch.count >= Threshold.fewestSamples else {
            return nil
        }
        return Finding(
            .ioSilence, weight: .warning, .certain,
            "It neither read nor wrote for its last \(Words.length(length)), unlike before",
            from: from, to: exam.file.end,
            evidence: [
                Evidence("silent for", .milliseconds(length), from: exam.file.endingSource),
                Evidence("usual rate", .bytesPerSecond(usual), from: "history, median"),
            ])
    }
}
