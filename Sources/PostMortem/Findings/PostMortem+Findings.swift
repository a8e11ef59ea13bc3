import HistoryModel

extension PostMortem {
    /// Finds out why a run ended, and what led to it.
    ///
    /// A pure function: it looks at nothing but `caseFile`, and always comes to a verdict, which may be
    /// that the cause is unknown.
    public init(of caseFile: CaseFile) {
        let exam = Examination(of: caseFile)
        let ends = EndRules.findings(exam)
        let others =
            MemoryRules.findings(exam) + ResourceRules.findings(exam)
            + ActivityRules.findings(exam) + SurroundingsRules.findings(exam)
            + RecordingRules.findings(exam)
        let order = ends + others
        // The end itself comes first; of equal weight the surer, then in the order of the rules.
        let sorted = order.enumerated().sorted { one, other in
            let left = (one.offset == 0 ? 1 : 0, one.element.weight, one.element.certainty)
            let right = (other.offset == 0 ? 1 : 0, other.element.weight, other.element.certainty)
            return left == right ? one.offset < other.offset : left > right
        }.map(\.element)
        self.init(
            of: caseFile, verdict: Verdict.of(exam, end: ends[0], findings: sorted),
            findings: sorted)
    }
}

extension Verdict {
    /// - Parameter end: How the run ended, or that it has not.
    static func of(_ exam: Examination, end: Finding, findings: [Finding]) -> Verdict {
        guard exam.run.status != .running else { return ofRunning(end, findings) }
        let reasons = findings.filter { $0.weight == .cause && $0 != end }
        guard let reason = reasons.first else {
            return Verdict(end.kind, end.certainty, end.sentence + ".")
        }
        let sentence = "\(end.sentence); \(reason.sentence.withSmallInitial)\(speaks(reason, end))."
        switch end.kind {
        // What it ended with; what led to that says why.
        case .killed, .crashed, .aborted, .exited:
            guard reason.certainty >= .likely, reason.kind != .stuck, reason.kind != .spinning
            else {
                return Verdict(end.kind, end.certainty, sentence)
            }
            return Verdict(reason.kind, reason.certainty, sentence)
        default: return Verdict(end.kind, end.certainty, sentence)
        }
    }

    /// What goes on after a reason that is not proved.
    private static func speaks(_ reason: Finding, _ end: Finding) -> String {
        // What the OOM killer struck at needs no guess.
        guard end.kind != .oomKill else { return "" }
        return switch (reason.kind, reason.certainty) {
        case (_, .certain), (.stuck, _), (.spinning, _), (.oomKill, _): ""
        case (.memoryLimit, .likely) where end.kind == .killed: ", which speaks for the OOM killer"
        case (_, .likely): ", which is the likely reason"
        case (_, .possible): ", which may be the reason"
        }
    }

    private static func ofRunning(_ end: Finding, _ findings: [Finding]) -> Verdict {
        let warnings = findings.filter { $0.weight == .warning }
        guard let first = warnings.first else {
            return Verdict(end.kind, end.certainty, end.sentence + "; nothing looks wrong.")
        }
        let others = warnings.count - 1
        let more = others == 0 ? "" : ", and \(Words.count(others, "other thing")) to look at"
        return Verdict(
            end.kind, end.certainty, "\(end.sentence); \(first.sentence.withSmallInitial)\(more).")
    }
}

extension String {
    /// The sentence as a part of another: `It was …` becomes `it was …`.
    var withSmallInitial: String {
        guard let first else { return self }
        return first.lowercased() + dropFirst()
    }
}
