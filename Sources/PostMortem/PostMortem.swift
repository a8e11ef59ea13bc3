/// Why a run ended, and what led to it.
public struct PostMortem: Sendable {
    /// What it was made from.
    public var caseFile: CaseFile
    /// The answer.
    public var verdict: Verdict
    /// What was found, the weightiest first.
    public var findings: [Finding]

    /// A verdict on a case.
    public init(of caseFile: CaseFile, verdict: Verdict, findings: [Finding]) {
        self.caseFile = caseFile
        self.verdict = verdict
        self.findings = findings
    }
}

/// The answer in one sentence.
public struct Verdict: Hashable, Sendable {
    /// What kind of end it was, as a word for data: that of the finding that decides, or `unknown`.
    public var cause: Finding.Kind
    /// How sure it is.
    public var certainty: Finding.Certainty
    /// The sentence, with its full stop. Texts from outside in it are escaped.
    public var sentence: String

    /// An end of the kind `cause`.
    public init(_ cause: Finding.Kind, _ certainty: Finding.Certainty, _ sentence: String) {
        self.cause = cause
        self.certainty = certainty
        self.sentence = sentence
    }
}
