internal import HistoryModel

extension RecorderStatistics {
    /// The columns of `recorder_session` that hold it.
    static var columns: [(name: String, count: WritableKeyPath<RecorderStatistics, Int64>)] {
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
