public import HistoryModel

/// What went into a bundle.
public struct BundleReport: Hashable, Sendable {
    /// The run that it is about.
    public var run: Run
    /// How many runs beside it are told of: earlier ones of its sandbox, and neighbours at its end.
    public var otherRunCount: Int
    /// How many rows of all tables it has.
    public var rowCount: Int64
}
