import HistoryModel

/// Memory against its limit, and over time.
enum MemoryRules {
    static func findings(_ exam: Examination) -> [Finding] {
        let limit = atLimit(exam)
        // Who is at the limit is told to raise it already.
        return [limit, leak(exam), limit == nil ? size(exam) : nil].compactMap(\.self)
    }

    /// The run's limit, if it is one.
    private static func limit(_ exam: Examination) -> (bytes: Double, kind: MemoryLimitKind)? {
        guard let bytes = exam.run.memoryLimitBytes, bytes > 0 else { return nil }
        // Without a word it is what a registry said: what the runtime was told.
        return (Double(bytes), exam.run.memoryLimitKind ?? .source)
    }

    /// Whether allocations fail at the limit, and nobody is killed.
    private static func isVirtual(_ kind: MemoryLimitKind) -> Bool {
        kind == .addressSpace || kind == .dataSegment
    }

    private static func words(of kind: MemoryLimitKind) -> String {
        switch kind {
        case .cgroup: "the limit of its cgroup"
        case .addressSpace: "its limit on address space (ulimit -v)"
        case .dataSegment: "its limit on data (ulimit -d)"
        default: "its memory limit"
        }
    }

    private static func atLimit(_ exam: Examination) -> Finding? {
        guard let (limit, kind) = limit(exam) else { return nil }
        let isVirtual = isVirtual(kind)
        let last = exam.lastMemory?.bytes
        let complaint = exam.file.complaint(of: Complaint.noMemory, in: exam.texts)
        // A limit on address space is one of each process: the largest counts, not the sum.
        let peak =
            isVirtual
            ? exam.run.usage.memoryPeakBytes.map(Double.init) ?? last : exam.file.peakMemory
        let threshold = isVirtual ? Threshold.atVirtualLimit : Threshold.atLimit
        let share = max(last ?? 0, peak ?? 0) / limit
        // One large request fails long before anything is resident: only the program tells of that.
        let isRefused =
            isVirtual && share < threshold && complaint != nil
            && exam.file.hasFailed && !exam.wasEndedByOthers
        guard isRefused || (last != nil || peak != nil) && share >= threshold else { return nil }
        var evidence = [Evidence("limit", .bytes(Int64(held: limit)), from: limitSource(kind))]
        if let memory = exam.lastMemory {
            evidence.append(
                Evidence(
                    "memory at the end", .bytes(Int64(held: memory.bytes)), at: memory.at,
                    from: exam.file.endingSource))
            evidence.append(
                Evidence(
                    "share of the limit at the end", .share(memory.bytes / limit), at: memory.at,
                    from: exam.file.endingSource))
        }
        if let peak {
            evidence.append(
                Evidence("peak", .bytes(Int64(held: peak)), from: "run.memory_peak_bytes"))
        }
        evidence += growth(exam)
        if let complaint { evidence.append(complaint) }
        // It may have asked for more than any machine has.
        let speaks =
            isRefused ? .possible : speaks(exam, kind, hasComplaint: complaint != nil)
        let sentence =
            isRefused
            ? "It complained that it got no memory, and \(words(of: kind)) is \(Words.bytes(limit))"
            : isVirtual
                ? "Its largest process had \(Words.percent(share)) of \(words(of: kind)) resident alone; at that limit allocations fail"
                : "Its memory was at \(Words.percent(share)) of \(words(of: kind))"
        return Finding(
            .memoryLimit, weight: speaks == nil ? .warning : .cause, speaks ?? .certain,
            sentence, from: exam.lastMemory?.at, evidence: evidence,
            advice: advice(exam, limit, kind))
    }

    private static func limitSource(_ kind: MemoryLimitKind) -> String {
        "run.memory_limit_bytes, \(kind.rawValue.escapedForDisplay)"
    }

    /// How sure it is that the run ended of its limit; `nil` if nothing says so.
    private static func speaks(
        _ exam: Examination, _ kind: MemoryLimitKind, hasComplaint: Bool
    ) -> Finding.Certainty? {
        guard exam.file.hasFailed, exam.file.events(.timedOut).isEmpty,
            exam.run.terminationReason != .maxDurationExceeded,
            exam.run.terminationReason != .signal
        else { return nil }
        if isVirtual(kind) {
            // An allocation failed; what a program makes of it is its own: a code, an abort, a fault.
            return hasComplaint ? .likely : .possible
        }
        if exam.signalName == "SIGKILL" || exam.run.exitCode == 137 {
            let kill = OOMKillReading(exam.file.events, end: exam.file.end)
            let isPast = kill?.isOfAnother == true || isLongPast(exam)
            return isPast && !hasComplaint ? .possible : .likely
        }
        return hasComplaint ? .likely : .possible
    }

    /// Whether a sample saw the peak, and the last one, taken shortly before the end, saw most of the
    /// limit free again. A peak that no sample saw may have been after the last one.
    private static func isLongPast(_ exam: Examination) -> Bool {
        guard let (limit, _) = limit(exam), let last = exam.lastMemory,
            exam.file.end.milliseconds(since: last.at) <= Threshold.gapAtEnd,
            let sampled = exam.run.usage.memoryMaxBytes
        else { return false }
        return Double(sampled) >= limit * Threshold.atLimit
            && last.bytes < limit * Threshold.farFromLimit
    }

    private static func advice(
        _ exam: Examination, _ limit: Double, _ kind: MemoryLimitKind
    ) -> String {
        let more = Size.advised(for: max(limit, exam.file.peakMemory ?? 0))
        return
            "Give it more, at least \(ByteText.format(more)), or look what it needs that much for."
    }

    /// How memory grew at the end, and how long that is from the limit.
    private static func growth(_ exam: Examination) -> [Evidence] {
        let points = exam.ending.compactMap { moment in
            moment.memory.map { (at: moment.at, value: $0) }
        }
        guard let line = TrendLine(points), line.slope > 0, line.length >= 1_000 else { return [] }
        return [
            Evidence(
                "growth over its last \(Words.length(Int64(held: line.length)))",
                .bytesPerSecond(line.slope * 1_000), from: exam.file.endingSource)
        ]
    }

    private static func leak(_ exam: Examination) -> Finding? {
        guard exam.file.length >= Threshold.leakFrom else { return nil }
        let start = exam.run.startedAt.advanced(
            byMilliseconds: Int64(held: Double(exam.file.length) * Threshold.warmUp))
        let points = exam.course.compactMap { moment in
            moment.from >= start ? moment.memory.map { (at: moment.at, value: $0) } : nil
        }
        guard points.count >= Threshold.leakPoints, let line = TrendLine(points), line.slope > 0,
            line.concordance >= Threshold.leakConcordance,
            let lastHalf = TrendLine(Array(points.suffix(points.count / 2))),
            lastHalf.slope >= line.slope * Threshold.leakLastHalf,
            line.growth >= Threshold.leakBytes,
            line.growth >= Threshold.leakShare * max(line.start, 1)
        else { return nil }
        var evidence = [
            Evidence("growth", .bytesPerSecond(line.slope * 1_000), from: "history, Theil-Sen"),
            Evidence("grown by", .bytes(Int64(held: line.growth)), from: "history"),
            Evidence(
                "later steps that are higher", .share(line.concordance), from: "history, all pairs"),
        ]
        var until = ""
        if let (limit, kind) = limit(exam), !isVirtual(kind), let last = exam.lastMemory,
            last.bytes < limit
        {
            let left = Int64(held: (limit - last.bytes) / line.slope)
            evidence.append(
                Evidence("time to the limit", .milliseconds(left), at: last.at, from: "history"))
            until = "; at that pace it reaches its limit in \(Words.length(left))"
        }
        let hourly = Words.bytes(line.slope * 3_600_000)
        return Finding(
            .memoryLeak, weight: .warning, .likely,
            "Its memory grew all the time, by \(hourly) an hour" + until, from: points.first?.at,
            to: points.last?.at, evidence: evidence,
            advice:
                "Look for what it keeps: caches without a bound, connections, lists that only grow."
        )
    }

    private static func size(_ exam: Examination) -> Finding? {
        guard let (limit, kind) = limit(exam), !isVirtual(kind), let peak = exam.file.peakMemory,
            peak > 0
        else { return nil }
        let advised = Size.advised(for: peak)
        let evidence = [
            Evidence("limit", .bytes(Int64(held: limit)), from: limitSource(kind)),
            Evidence("peak", .bytes(Int64(held: peak)), from: "run.memory_peak_bytes"),
            Evidence("peak of the limit", .share(peak / limit), from: "run.memory_peak_bytes"),
        ]
        if peak >= limit * Threshold.limitTooSmall, Double(advised) > limit {
            return Finding(
                .limitTooSmall, weight: .note, .certain,
                "Its limit is \(Words.percent(peak / limit)) used at the peak", evidence: evidence,
                advice: "Raise it to \(ByteText.format(advised)) or more.")
        }
        guard exam.file.length >= Threshold.sizedFrom, exam.run.exitCode == 0,
            limit >= Double(advised) * Threshold.limitTooLarge
        else { return nil }
        return Finding(
            .limitTooLarge, weight: .note, .likely,
            "It used \(Words.percent(peak / limit)) of its memory limit at most",
            evidence: evidence,
            advice: "\(ByteText.format(advised)) would do, if other runs are like it.")
    }
}

/// Sizes that people set.
enum Size {
    /// What a program whose highest use is `peak` should have: room for a fifth more, in steps that a
    /// person would choose.
    static func advised(for peak: Double) -> Int64 {
        let wanted = Int64(held: max(1, peak) * Threshold.headroom)
        let step: Int64 =
            switch wanted {
            case ..<(64 << 20): 8 << 20
            case ..<(1 << 30): 64 << 20
            case ..<(8 << 30): 256 << 20
            default: 1 << 30
            }
        let (rounded, overflow) = (wanted / step + (wanted % step == 0 ? 0 : 1))
            .multipliedReportingOverflow(by: step)
        return overflow ? .max : rounded
    }
}
