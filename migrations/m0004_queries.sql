-- Indexes for questions that would read much.

-- The highest samples of each hour by themselves, so that the largest users are found without reading
-- whole summaries. Only queries that state its condition use it: all others keep their plans.
CREATE INDEX sample_block_peaks
    ON sample_block (run_id, at_ms, memory_max_bytes, cpu_max_centipercent)
    WHERE coalesce(memory_max_bytes, cpu_max_centipercent) IS NOT NULL;

-- What happened around a moment, to any run.
CREATE INDEX lifecycle_event_by_time ON lifecycle_event (at_ms);
