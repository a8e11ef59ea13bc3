-- What stands beside a run's measurements when somebody asks why it ended: its limits, and what it
-- wrote last.

-- Where run.memory_limit_bytes comes from: 'cgroup' (memory.max or its like), 'address_space'
-- (RLIMIT_AS), 'data_segment' (RLIMIT_DATA), 'source' (what its runtime was told). NULL: no limit is known.
ALTER TABLE run ADD COLUMN memory_limit_kind TEXT;
-- The most CPU that its cgroup grants; 10000 is one full core. NULL: no limit is known.
ALTER TABLE run ADD COLUMN cpu_limit_centipercent INTEGER;
-- How long its cgroup was held back by that limit while it ran. NULL: nobody can tell.
ALTER TABLE run ADD COLUMN cpu_throttled_ns INTEGER;

-- The end of something that a run, or its runtime, wrote as text.
CREATE TABLE run_log (
    run_id        INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    name          TEXT    NOT NULL, -- stderr, runtime.log, kernel.log, exec.log, boot-error.json
    taken_at_ms   INTEGER NOT NULL,
    -- All that was written, of which `tail` is the end; NULL if nobody counted.
    written_bytes INTEGER,
    tail          BLOB    NOT NULL, -- any bytes, as they were written
    PRIMARY KEY (run_id, name)
) STRICT;

CREATE INDEX run_log_by_age ON run_log (taken_at_ms);
