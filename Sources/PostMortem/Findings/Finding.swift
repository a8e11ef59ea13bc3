public import HistoryModel

/// Something about a run that helps to say why it ended, or what led to it.
public struct Finding: Hashable, Sendable {
    /// What it is. An open set: a later version may know more.
    public struct Kind: RawRepresentable, Hashable, Sendable {
        /// The word in data, as `memory_reached_limit`.
        public let rawValue: String

        /// The kind that is called `rawValue`.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }
    }

    /// How sure it is.
    public enum Certainty: String, CaseIterable, Comparable, Hashable, Sendable {
        /// It could be.
        case possible
        /// It speaks for itself, though something else could look like it.
        case likely
        /// The evidence proves it.
        case certain

        /// Whether `self` is less sure than `other`.
        public static func < (self: Self, other: Self) -> Bool {
            allCases.firstIndex(of: self)! < allCases.firstIndex(of: other)!
        }
    }

    /// How much it matters.
    public enum Weight: Int, Comparable, Hashable, Sendable {
        /// Good to know.
        case note
        /// Wants a look, though the run did not end of it.
        case warning
        /// Led to the end, or is it.
        case cause

        /// Whether `self` matters less than `other`.
        public static func < (self: Self, other: Self) -> Bool { self.rawValue < other.rawValue }
    }

    /// What it is.
    public var kind: Kind
    /// How much it matters.
    public var weight: Weight
    /// How sure it is.
    public var certainty: Certainty
    /// The finding in one sentence, without a full stop. Texts from outside in it are escaped.
    public var sentence: String
    /// When it was, or began; `nil` of what has no time.
    public var from: Timestamp?
    /// When it ended; `nil` of an instant.
    public var to: Timestamp?
    /// What it rests on.
    public var evidence: [Evidence]
    /// What to do about it, in one sentence; `nil` if there is nothing to do.
    public var advice: String?

    /// A finding that rests on `evidence`.
    public init(
        _ kind: Kind, weight: Weight, _ certainty: Certainty, _ sentence: String,
        from: Timestamp? = nil, to: Timestamp? = nil, evidence: [Evidence], advice: String? = nil
    ) {
        self.kind = kind
        self.weight = weight
        self.certainty = certainty
        self.sentence = sentence
        self.from = from
        self.to = to
        self.evidence = evidence
        self.advice = advice
    }
}

/// One value that a finding rests on, and where it can be looked up.
public struct Evidence: Hashable, Sendable {
    /// A value in base units.
    public enum Value: Hashable, Sendable {
        /// Bytes.
        case bytes(Int64)
        /// Bytes per second.
        case bytesPerSecond(Double)
        /// Percent of one core.
        case cpuPercent(Double)
        /// A part of a whole, 1 being all of it.
        case share(Double)
        /// A length of time, in milliseconds.
        case milliseconds(Int64)
        /// How many.
        case count(Int64)
        /// Words; texts from outside in it are escaped.
        case text(String)
        /// An instant.
        case time(Timestamp)
    }

    /// What the value is of, as `memory at the end`.
    public var name: String
    /// It.
    public var value: Value
    /// When it was so; `nil` of what has no time.
    public var at: Timestamp?
    /// Where it comes from, as `final moments`, `event oom_kill`, `run.exit_signal`.
    public var source: String

    /// The value `name`, from `source`.
    public init(_ name: String, _ value: Value, at: Timestamp? = nil, from source: String) {
        self.name = name
        self.value = value
        self.at = at
        self.source = source
    }
}
