import HistoryModel

/// How the run ended, or that it has not.
enum EndRules {
    static func findings(_ exam: Examination) -> [Finding] {
        let kills = oomKill(exam)
        var findings: [Finding] = []
        if let end = running(exam) ?? startFailed(exam) ?? bootFailed(exam) ?? timeLimit(exam)
            ?? stopped(exam)
        {
            findings.append(end)
            if exam.run.status == .running, let lost = supervisorLost(exam) {
                findings.append(lost)
            }
        } else if let lost = supervisorLost(exam) ?? hostRestarted(exam) {
            findings.append(lost)
        } else if kills?.weight != .cause || kills?.certainty != .certain {
            // A kill of the OOM killer that is proved is a better word for its signal.
            findings.append(killed(exam) ?? exited(exam) ?? unknown(exam))
        }
        if let kills { findings.append(kills) }
        if let core = coreDumped(exam) { findings.append(core) }
        return findings
    }

    private static func running(_ exam: Examination) -> Finding? {
        let run = exam.run
        guard run.status == .running else { return nil }
        let length = exam.file.length
        return Finding(
            .running, weight: .cause, .certain, "It is running, for \(Words.length(length))",
            from: run.startedAt,
            evidence: [
                Evidence("status", .text(run.status.rawValue), from: "run.status"),
                Evidence("running for", .milliseconds(length), from: "run.started_at"),
            ])
    }

    private static func startFailed(_ exam: Examination) -> Finding? {
        guard let event = exam.file.events(.startFailed).last else { return nil }
        let why = event.detail.map { ": \($0.escapedForDisplay)" } ?? ""
        return Finding(
            .startFailed, weight: .cause, .certain, "It could not be started\(why)",
            from: event.at, evidence: [Evidence(event)] + exam.endEvidence,
            advice: "Look whether the command is spelt right, is in PATH and may be executed.")
    }

    private static func bootFailed(_ exam: Examination) -> Finding? {
        guard exam.run.status == .terminated, exam.run.exitCode != 0,
            let error = exam.file.logs.lazy.compactMap(BootError.init).first,
            // One that an earlier start left is not of this run.
            error.at >= exam.run.startedAt,
            error.at <= exam.file.end.advanced(byMilliseconds: 1_000)
        else { return nil }
        let stage = error.stage.map { " (\($0.escapedForDisplay))" } ?? ""
        let message = error.message.escapedForDisplay.truncated(toWidth: Threshold.quotedWidth)
        return Finding(
            .startFailed, weight: .cause, .certain,
            "Its sandbox could not be booted\(stage): \(message)", from: error.at,
            evidence: [
                Evidence("boot error", .text(message), at: error.at, from: BootError.logName)
            ] + exam.endEvidence,
            advice:
                "Look at what it names: the image, a volume, a port or a setting of the sandbox.")
    }

    private static func timeLimit(_ exam: Examination) -> Finding? {
        let run = exam.run
        let events = exam.file.events(.timedOut)
        let isTold =
            run.terminationReason == .maxDurationExceeded || run.terminationReason == .idleTimeout
        guard !events.isEmpty || isTold else { return nil }
        let what =
            run.terminationReason == .idleTimeout
            ? "It did nothing for longer than it was allowed, and was stopped"
            : "It reached its time limit after \(Words.length(exam.file.length)) and was stopped"
        var evidence = events.map { Evidence($0) } + exam.endEvidence
        if isTold, let reason = run.terminationReason {
            evidence.append(
                Evidence("reason", .text(reason.rawValue), from: "run.termination_reason"))
        }
        return Finding(
            .timeLimit, weight: .cause, .certain, what, from: events.first?.at ?? run.terminatedAt,
            evidence: evidence,
            advice: "If it needs longer, raise --max-duration; else see what it did to its end.")
    }

    private static func stopped(_ exam: Examination) -> Finding? {
        let run = exam.run
        let requests = exam.file.events(.signalled)
        let isTold = [TerminationReason.signal, .shutdownRequested, .drainRequested].contains(
            run.terminationReason)
        // A request that the run survived, or did not end of, is no cause.
        guard isTold else { return nil }
        let who = requests.last?.detail ?? run.terminationDetail
        let by = who.map { " by \($0.escapedForDisplay)" } ?? ""
        var evidence = requests.map { Evidence($0) } + exam.endEvidence
        if let reason = run.terminationReason {
            evidence.append(
                Evidence(
                    "reason", .text(reason.rawValue.escapedForDisplay),
                    from: "run.termination_reason"))
        }
        return Finding(
            .stopped, weight: .cause, .certain, "It was asked to stop\(by), and ended",
            from: requests.last?.at ?? run.terminatedAt, evidence: evidence)
    }

    private static let moreMemory = "Give it more memory, or look what it needs that much for."

    private static func oomKill(_ exam: Examination) -> Finding? {
        guard let reading = OOMKillReading(exam.file.events, end: exam.file.end) else {
            return guestOutOfMemory(exam)
        }
        let isKilled = exam.signalName == "SIGKILL"
        let hasFailed = exam.file.hasFailed && !wasStopped(exam)
        let certainty = reading.certainty(isKilled: isKilled, code: exam.run.exitCode)
        let struck = "The kernel's OOM killer struck in its memory cgroup"
        let weight: Finding.Weight
        let sentence: String
        switch (reading.nearness, hasFailed) {
        case (.before(let before), true) where isKilled:
            // Nothing else is known of who sent the signal.
            weight = .cause
            sentence =
                "\(struck) \(Words.length(before)) before its end and was not seen to strike again: it "
                + "seems to have killed another process, and this signal to be somebody else's"
        case (.before(let before), _) where exam.run.status == .terminated:
            weight = .warning
            sentence = "\(struck) \(Words.length(before)) before its end"
        case (_, false), (.before, _):
            weight = .warning
            sentence = struck
        case (.named, true):
            weight = .cause
            sentence = "It was killed by the kernel's OOM killer"
        case (.atEnd, true):
            weight = .cause
            sentence =
                isKilled
                ? "It was killed by the kernel's OOM killer"
                : struck + " as it ended, probably on something that it ran"
        case (.within(let length), true):
            weight = .cause
            sentence = struck + " in its last \(Words.length(length))" + other(isKilled)
        case (.untimed, true):
            weight = .cause
            sentence = struck + " while it ran, it is not written down when" + other(isKilled)
        }
        return Finding(
            .oomKill, weight: weight,
            weight == .cause ? certainty ?? .possible : .certain, sentence,
            from: reading.event.at, evidence: Evidence.ofCounted(reading.event) + exam.endEvidence,
            advice: moreMemory)
    }

    /// What else a kill near the end may have been.
    private static func other(_ isKilled: Bool) -> String {
        isKilled
            ? ": on this run, it seems; if on another process, somebody else sent this signal"
            : ", maybe on something that it ran"
    }

    private static func guestOutOfMemory(_ exam: Examination) -> Finding? {
        guard
            let line = exam.file.complaint(
                of: Complaint.guestOutOfMemory, in: exam.texts.filter { $0.name == "kernel.log" })
        else { return nil }
        let sentence = "The kernel of its guest ran out of memory"
        let ledToIt = exam.file.hasFailed && !wasStopped(exam)
        return Finding(
            .oomKill, weight: ledToIt ? .cause : .warning, ledToIt ? .likely : .certain,
            ledToIt ? sentence + ", probably on something that it ran" : sentence, from: line.at,
            evidence: [line] + exam.endEvidence, advice: moreMemory)
    }

    private static func wasStopped(_ exam: Examination) -> Bool {
        timeLimit(exam) != nil || stopped(exam) != nil
    }

    private static func supervisorLost(_ exam: Examination) -> Finding? {
        let run = exam.run
        guard let event = exam.file.events(.supervisorLost).last else { return nil }
        let isRunning = run.status == .running
        // A recorder may have seen the end all the same.
        guard isRunning || run.exitSignal == nil && run.exitCode == nil else { return nil }
        return Finding(
            .supervisorLost, weight: isRunning ? .warning : .cause, .certain,
            isRunning
                ? "The varve run that watched over it is gone; the command runs on without it"
                : "The varve run that watched over it was gone before it; how the command itself "
                    + "ended nobody saw",
            from: event.at, evidence: [Evidence(event)] + exam.endEvidence,
            advice: isRunning
                ? nil
                : "Look who kills whole groups of processes there: a logout, a service manager, "
                    + "the OOM killer.")
    }

    private static func hostRestarted(_ exam: Examination) -> Finding? {
        let run = exam.run
        guard run.status == .terminated, run.exitCode == nil, run.exitSignal == nil,
            let gap = exam.file.history.gaps.last(where: { $0.reason == .hostDown }),
            gap.to >= exam.file.end
        else { return nil }
        return Finding(
            .hostRestarted, weight: .cause, .likely,
            "The machine was restarted while it ran, and it ended with it at the latest",
            from: gap.from, to: gap.to,
            evidence: [
                Evidence("data ends", .time(gap.from), from: "gap host_down")
            ] + exam.endEvidence)
    }

    private static func killed(_ exam: Examination) -> Finding? {
        guard let number = exam.run.exitSignal else { return nil }
        let meaning = SignalMeaning(of: number)
        return Finding(
            meaning.kind, weight: .cause, meaning.kind == .killed ? .certain : .likely,
            "It was killed by \(SignalName.name(of: number))\(meaning.explanation)",
            from: exam.run.terminatedAt, evidence: exam.endEvidence, advice: meaning.advice)
    }

    private static func exited(_ exam: Examination) -> Finding? {
        guard let code = exam.run.exitCode else { return nil }
        let at = exam.run.terminatedAt
        guard code != 0 else {
            return Finding(
                .completed, weight: .cause, .certain, "It completed", from: at,
                evidence: exam.endEvidence)
        }
        let meaning = ExitCodeMeaning(of: code)
        return Finding(
            .exited, weight: .cause, .certain,
            "It ended by itself with exit code \(code)\(meaning?.explanation ?? "")", from: at,
            evidence: exam.endEvidence, advice: meaning?.advice)
    }

    private static func unknown(_ exam: Examination) -> Finding {
        let run = exam.run
        let why =
            switch run.exitKnownBy {
            case .inferred: "nobody saw its end; it ended at or after the time given"
            case .unknown: "its process was gone, and nobody could tell how it ended"
            default: "how it ended is not in the catalog"
            }
        var evidence = exam.endEvidence
        if let detail = run.terminationDetail {
            evidence.append(
                Evidence(
                    "detail", .text(detail.escapedForDisplay), from: "run.termination_detail"))
        }
        if let gone = exam.file.events(.gone).last { evidence.append(Evidence(gone)) }
        return Finding(
            .unknown, weight: .cause, .certain, "It is not known why it ended: \(why)",
            from: run.terminatedAt, evidence: evidence,
            advice: "Linux 6.15 and later tell a recorder how every process ends.")
    }

    private static func coreDumped(_ exam: Examination) -> Finding? {
        guard exam.run.coreDumped == true else { return nil }
        return Finding(
            .coreDumped, weight: .note, .certain, "It left a core dump",
            from: exam.run.terminatedAt,
            evidence: [Evidence("core dumped", .text("yes"), from: "run.core_dumped")],
            advice: "`coredumpctl` shows it, or it lies where /proc/sys/kernel/core_pattern says.")
    }
}
