public import HistoryModel

/// Which runs are asked for.
public struct RunQuery: Hashable, Sendable {
    /// Of the sandbox of this name, and of those that it fits as a pattern (`*`, `?`, `[a-c]`) only.
    public var sandbox: String?
    /// With all of these labels.
    public var labels: [String: String]
    /// That were alive at any instant of this range.
    public var range: TimeRange
    /// Of this status only.
    public var status: RunStatus?
    /// That ended for one of these reasons; empty for any, and none.
    public var reasons: Set<TerminationReason> = []
    /// In which order; `nil` is by start, the latest last.
    public var order: RunOrder?
    /// At most so many: the first of ``order``; without one the latest.
    public var limit: Int?

    /// All runs, or those that fit everything that is given.
    public init(
        sandbox: String? = nil, labels: [String: String] = [:], range: TimeRange = .unbounded,
        status: RunStatus? = nil, reasons: Set<TerminationReason> = [], order: RunOrder? = nil,
        limit: Int? = nil
    ) {
        self.sandbox = sandbox
        self.labels = labels
        self.range = range
        self.status = status
        self.reasons = reasons
        self.order = order
        self.limit = limit
    }
}

/// How people name a run: its id, a sandbox (its latest run), `NAME~N` (the Nth before), or `msb:ID`
/// (the latest to which microsandbox gave that id).
///
/// A sandbox whose name is a number, begins like `msb:1`, or itself ends like `~N`, is meant by `NAME~0`.
public struct RunReference: Hashable, Sendable {
    /// What was written.
    public let text: String
    let id: RunID?
    let sandbox: String
    let stepsBack: Int64
    /// The id that microsandbox gave it.
    let microsandboxID: Int64?

    private static let microsandboxPrefix = "msb:"

    /// Understands `text`; every text is a reference to something that may or may not exist.
    public init(_ text: String) {
        self.text = text
        self.id = Self.number(text[...]).map(RunID.init(rawValue:))
        microsandboxID =
            text.hasPrefix(Self.microsandboxPrefix)
            ? Self.number(text.dropFirst(Self.microsandboxPrefix.count)) : nil
        if let tilde = text.lastIndex(of: "~"), tilde != text.startIndex,
            let steps = Self.number(text[text.index(after: tilde)...])
        {
            sandbox = String(text[..<tilde])
            stepsBack = steps
        } else {
            sandbox = text
            stepsBack = 0
        }
    }

    /// The number that `digits` are; signs, which `Int64` would take, make it something else.
    private static func number(_ digits: Substring) -> Int64? {
        digits.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            ? Int64(digits) : nil
    }
}
