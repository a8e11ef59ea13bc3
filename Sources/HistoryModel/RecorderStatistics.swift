/// What a recorder has done and met since it began.
public struct RecorderStatistics: Hashable, Sendable {
    /// Polls that were made.
    public var pollCount: Int64 = 0
    /// Polls that were made half a poll interval late or more.
    public var latePollCount: Int64 = 0
    /// Polls that were not made: their time had passed.
    public var missedPollCount: Int64 = 0
    /// Visible slots that were read, in all polls.
    public var slotReadCount: Int64 = 0
    /// Those of them that could not be read whole.
    public var slotTornCount: Int64 = 0
    /// Slots of a state that nobody knows.
    public var slotSkippedCount: Int64 = 0
    /// Rows that were written.
    public var rowCount: Int64 = 0
    /// Rows that were given up because too many waited for the catalog.
    public var droppedRowCount: Int64 = 0
    /// Flushes that succeeded.
    public var flushCount: Int64 = 0
    /// Time that they took, in nanoseconds.
    public var flushNanoseconds: Int64 = 0
    /// Time that the longest took, in nanoseconds.
    public var flushMaxNanoseconds: Int64 = 0
    /// Transactions that were begun anew because another program wrote.
    public var busyRetryCount: Int64 = 0
    /// Hours of runs that were sealed.
    public var sealedBlockCount: Int64 = 0
    /// Time that sealing took, in nanoseconds.
    public var sealNanoseconds: Int64 = 0
    /// Bytes of database pages that were written.
    public var writtenBytes: Int64 = 0

    /// Nothing done yet.
    public init() {}

    /// Each of the counts under the name that the catalog's column and a program's output have for it,
    /// in their order.
    public static var counts: [(name: String, path: WritableKeyPath<RecorderStatistics, Int64>)] {
        [
            ("poll_count", \.pollCount),
            ("late_poll_count", \.latePollCount),
            ("missed_poll_count", \.missedPollCount),
            ("slot_read_count", \.slotReadCount),
            ("slot_torn_count", \.slotTornCount),
            ("slot_skipped_count", \.slotSkippedCount),
            ("row_count", \.rowCount),
            ("dropped_row_count", \.droppedRowCount),
            ("flush_count", \.flushCount),
            ("flush_ns", \.flushNanoseconds),
            ("flush_max_ns", \.flushMaxNanoseconds),
            ("busy_retry_count", \.busyRetryCount),
            ("sealed_block_count", \.sealedBlockCount),
            ("seal_ns", \.sealNanoseconds),
            ("written_bytes", \.writtenBytes),
        ]
    }
}
