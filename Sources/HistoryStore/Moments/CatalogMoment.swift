public import HistoryModel

/// Every sandbox as it was at one instant, and what happened around it.
public struct CatalogMoment: Hashable, Sendable {
    /// The instant that was asked for.
    public var at: Timestamp
    /// The sandboxes, by name; one with several runs at once is there once for each.
    public var sandboxes: [SandboxMoment]
    /// What happened to matching runs around the instant, in order of time.
    public var events: [RunEvent]
    /// When the first run of the catalog, matching or not, began; `nil` if there is none.
    public var recordedSince: Timestamp?
    /// What should be readable and is not, a sentence each.
    public var problems: [String]
}

/// One sandbox at one instant.
public struct SandboxMoment: Hashable, Sendable {
    /// The run that was alive, or the latest one that had ended. It is told of as the catalog knows it
    /// now; what an open one has used so far is not added up.
    public var run: Run
    /// Whether ``run`` was alive: it had begun, and had not ended.
    public var isRunning: Bool
    /// The interval that holds the instant; `nil` if nothing was measured then.
    public var interval: MomentInterval?
    /// The stretch without data that holds the instant; `nil` if there is none, or if it is not known
    /// why there is no ``interval``.
    public var gap: Series.Gap?
}

/// What a run used over the finest interval that is known to hold an instant.
public struct MomentInterval: Hashable, Sendable {
    /// Where an interval comes from.
    public enum Origin: String, CaseIterable, Hashable, Sendable {
        /// A single sample, of the run's last moments.
        case finalMoments = "final_moments"
        /// A recorder's interval.
        case interval
        /// The summary of an hour whose intervals are forgotten or cannot be read.
        case hour
    }

    /// Where it comes from.
    public var origin: Origin
    /// The last sample before it; its own first one if there is none near.
    public var from: Timestamp
    /// Its last sample.
    public var to: Timestamp
    /// How wide it is: from ``from`` to ``to``, or the recorder's interval where a single sample is all
    /// there is.
    public var resolutionMilliseconds: Int64
    /// How many samples it folds.
    public var sampleCount: Int64
    /// Of each gauge its average (hundredths of a percent, bytes), of each counter its growth per
    /// second (nanoseconds, bytes); what is absent was not measured.
    public var values: [Metric: Double]
    /// Of each gauge its maximum.
    public var maxima: [Metric: Int64]
}
