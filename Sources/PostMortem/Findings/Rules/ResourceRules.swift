import HistoryModel

/// Room and processes that it was refused, and what it wrote last.
enum ResourceRules {
    static func findings(_ exam: Examination) -> [Finding] {
        [diskFull(exam), processLimit(exam), errorOutput(exam)].compactMap(\.self)
    }

    /// How sure a refusal is the cause: it may have been survived, and something else came.
    private static func weigh(
        _ exam: Examination, hasEvent: Bool, hasComplaint: Bool
    ) -> (Finding.Weight, Finding.Certainty) {
        let failed = exam.file.hasFailed && !exam.wasEndedByOthers
        guard failed else { return (.warning, hasEvent ? .certain : .likely) }
        return (.cause, hasEvent && hasComplaint ? .certain : .likely)
    }

    private static func diskFull(_ exam: Examination) -> Finding? {
        let events = exam.file.events(.diskFull)
        let complaint = exam.file.complaint(
            of: Complaint.noRoom, without: Complaint.noWatches, in: exam.texts)
        var evidence = events.suffix(1).map { Evidence($0) } + [complaint].compactMap(\.self)
        let upper = exam.file.moments.last { $0.upperFreeBytes != nil }
        var isUpperFull = false
        if let free = upper?.upperFreeBytes, let used = upper?.upperUsedBytes, used > 0,
            free < Threshold.noRoom
        {
            isUpperFull = true
            evidence.append(
                Evidence(
                    "room on its writable layer", .bytes(free), at: upper?.at,
                    from: "final moments, upper_free"))
        }
        guard !evidence.isEmpty else { return nil }
        let (weight, certainty) = weigh(
            exam, hasEvent: !events.isEmpty || isUpperFull, hasComplaint: complaint != nil)
        let sentence: String
        if !events.isEmpty || isUpperFull {
            sentence =
                complaint == nil
                ? "There was no room left on its disk when it ended"
                : "There was no room left on its disk, and it complained of that"
        } else {
            sentence = "It complained that there was no room left on a disk"
        }
        return Finding(
            .diskFull, weight: weight, certainty, sentence,
            from: events.last?.at ?? upper?.at ?? complaint?.at, evidence: evidence,
            advice: "Make room there, or let it write elsewhere.")
    }

    private static func processLimit(_ exam: Examination) -> Finding? {
        let events = exam.file.events(.processLimit)
        let plain = exam.file.complaint(of: Complaint.noProcess, in: exam.texts)
        let vague = plain == nil ? exam.file.complaint(of: Complaint.tryAgain, in: exam.texts) : nil
        let evidence =
            events.suffix(1).flatMap(Evidence.ofCounted) + [plain ?? vague].compactMap(\.self)
        guard !evidence.isEmpty else { return nil }
        var (weight, certainty) = weigh(
            exam, hasEvent: !events.isEmpty, hasComplaint: plain != nil)
        if weight == .cause, plain == nil,
            let notBefore = events.last?.detail.flatMap(EventBound.notBefore)
        {
            // A program that ends as it is refused a process ends of that; one that went on did not.
            certainty =
                EventBound.isNear(exam.file.end, notBefore: notBefore) ? .certain : .possible
        }
        // A socket without data says the same.
        if events.isEmpty, plain == nil { certainty = .possible }
        let sentence: String
        if !events.isEmpty {
            sentence = "It was refused new processes: its limit was reached"
        } else if plain != nil {
            sentence = "It complained that it could not start another process or thread"
        } else {
            sentence =
                "It complained of a resource that was not there, as when a process is refused"
            if weight == .cause { weight = .warning }
        }
        return Finding(
            .processLimit, weight: weight, certainty, sentence,
            from: events.last?.at ?? plain?.at ?? vague?.at, evidence: evidence,
            advice: "Look whether it starts more and more processes, then at the limit (pids.max, "
                + "ulimit -u).")
    }

    private static func errorOutput(_ exam: Examination) -> Finding? {
        guard let text = exam.texts.first(where: { !$0.lines.isEmpty }) else { return nil }
        let last = text.lines.suffix(Threshold.quotedLines)
        var evidence = last.map { line in
            Evidence(
                "line", .text(line.truncated(toWidth: Threshold.quotedWidth)), at: text.takenAt,
                from: text.name)
        }
        // What explains the rest is often further up than the last lines.
        if let trouble = text.lastLine(with: Complaint.trouble),
            !last.contains(where: { $0.truncated(toWidth: Threshold.quotedWidth) == trouble })
        {
            evidence.insert(
                Evidence("line of trouble", .text(trouble), at: text.takenAt, from: text.name),
                at: 0)
        }
        let what = text.name == "stderr" ? "standard error" : text.name
        return Finding(
            .errorOutput, weight: exam.file.hasFailed ? .warning : .note, .certain,
            "The last that it wrote to \(what)", from: text.takenAt, evidence: evidence)
    }
}
