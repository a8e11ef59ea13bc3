-- What every run used, sealed; the last moments of each; what makes missing data explainable.

-- Sealed: one row is one run over one hour, summed up. The hour's intervals are in `sample_detail`, and
-- no longer in `sample`: no hour of a run is in both.
--
-- The detail has a table of its own, so that a question about hours reads no detail, and so that detail
-- that is forgotten gives back whole pages.
CREATE TABLE sample_block (
    id                INTEGER PRIMARY KEY,
    run_id            INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    -- Start of the hour, UTC. Where rows came for an hour whose block could not be opened again (its
    -- detail was forgotten or damaged), they have a block of their own at the next free millisecond.
    at_ms             INTEGER NOT NULL,
    has_detail        INTEGER NOT NULL DEFAULT 1 CHECK (has_detail IN (0, 1)), -- 0 once forgotten
    interval_ms       INTEGER NOT NULL, -- of its last row
    first_after_ms    INTEGER NOT NULL, -- from at_ms to its first sample; smaller than the time itself
    last_after_ms     INTEGER NOT NULL, -- from at_ms to its last sample
    first_at_ms       INTEGER AS (at_ms + first_after_ms), -- when its first sample was taken
    last_at_ms        INTEGER AS (at_ms + last_after_ms),  -- when its last sample was taken
    first_sequence    INTEGER NOT NULL, -- lowest and highest of its rows
    last_sequence     INTEGER NOT NULL,
    row_count         INTEGER NOT NULL,
    sample_count      INTEGER NOT NULL,
    implausible_count INTEGER NOT NULL DEFAULT 0,
    -- Of a gauge: how many samples held it, the lowest average of an interval, the average over all
    -- samples, and the highest sample.
    cpu_count                      INTEGER NOT NULL DEFAULT 0,
    cpu_min_centipercent           INTEGER,
    cpu_avg_centipercent           INTEGER,
    cpu_max_centipercent           INTEGER,
    memory_count                   INTEGER NOT NULL DEFAULT 0,
    memory_min_bytes               INTEGER,
    memory_avg_bytes               INTEGER,
    memory_max_bytes               INTEGER,
    memory_available_count         INTEGER NOT NULL DEFAULT 0,
    memory_available_min_bytes     INTEGER,
    memory_available_avg_bytes     INTEGER,
    memory_available_max_bytes     INTEGER,
    memory_host_resident_count     INTEGER NOT NULL DEFAULT 0,
    memory_host_resident_min_bytes INTEGER,
    memory_host_resident_avg_bytes INTEGER,
    memory_host_resident_max_bytes INTEGER,
    upper_used_count               INTEGER NOT NULL DEFAULT 0,
    upper_used_min_bytes           INTEGER,
    upper_used_avg_bytes           INTEGER,
    upper_used_max_bytes           INTEGER,
    upper_free_count               INTEGER NOT NULL DEFAULT 0,
    upper_free_min_bytes           INTEGER,
    upper_free_avg_bytes           INTEGER,
    upper_free_max_bytes           INTEGER,
    upper_host_allocated_count     INTEGER NOT NULL DEFAULT 0,
    upper_host_allocated_min_bytes INTEGER,
    upper_host_allocated_avg_bytes INTEGER,
    upper_host_allocated_max_bytes INTEGER,
    -- Of a counter: its first and last raw value, and what it had reached before each fall within the
    -- hour, added up; 0 if it never fell.
    cpu_time_first_ns        INTEGER,
    cpu_time_last_ns         INTEGER,
    cpu_time_fallen_ns       INTEGER,
    disk_read_first_bytes    INTEGER,
    disk_read_last_bytes     INTEGER,
    disk_read_fallen_bytes   INTEGER,
    disk_write_first_bytes   INTEGER,
    disk_write_last_bytes    INTEGER,
    disk_write_fallen_bytes  INTEGER,
    net_rx_first_bytes       INTEGER,
    net_rx_last_bytes        INTEGER,
    net_rx_fallen_bytes      INTEGER,
    net_tx_first_bytes       INTEGER,
    net_tx_last_bytes        INTEGER,
    net_tx_fallen_bytes      INTEGER
) STRICT;

CREATE UNIQUE INDEX sample_block_of_run ON sample_block (run_id, at_ms);
-- For retention: what is oldest, with its detail or without.
CREATE INDEX sample_block_by_age ON sample_block (has_detail, at_ms);

-- The intervals of a sealed hour, column by column, as the block codec writes them.
CREATE TABLE sample_detail (
    block_id INTEGER PRIMARY KEY REFERENCES sample_block (id) ON DELETE CASCADE,
    detail   BLOB NOT NULL
) STRICT;

-- The last samples of a run at full resolution, as the block codec writes them.
CREATE TABLE final_moments (
    run_id       INTEGER PRIMARY KEY REFERENCES run (id) ON DELETE CASCADE,
    first_at_ms  INTEGER NOT NULL,
    last_at_ms   INTEGER NOT NULL,
    sample_count INTEGER NOT NULL,
    detail       BLOB    NOT NULL
) STRICT;

CREATE INDEX final_moments_by_age ON final_moments (last_at_ms);

-- A stretch of a run of which the recorder saw why it has no data. What no row tells of (a recorder
-- that was down, a slot without samples) is found from `recorder_session` when it is asked for.
CREATE TABLE gap (
    run_id     INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    from_at_ms INTEGER NOT NULL,
    reason     TEXT    NOT NULL, -- stalled, torn, implausible, clock_stepped, host_down, dropped, ...
    -- After the key: up to 3.40 SQLite's integrity check takes the columns of such a table for those of
    -- its key, and finds NULL where there is none.
    to_at_ms   INTEGER NOT NULL CHECK (to_at_ms >= from_at_ms),
    PRIMARY KEY (run_id, from_at_ms, reason)
) STRICT, WITHOUT ROWID;

-- What this catalog is told to keep, and for how long.
CREATE TABLE setting (
    name  TEXT    PRIMARY KEY, -- keep_detail_ms, keep_summaries_ms, max_size_bytes; -1 is without limit
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The recorder records itself. NULL in the sessions of a varve that did not.
ALTER TABLE recorder_session ADD COLUMN poll_count INTEGER;         -- polls made
ALTER TABLE recorder_session ADD COLUMN late_poll_count INTEGER;    -- made half an interval late or more
ALTER TABLE recorder_session ADD COLUMN missed_poll_count INTEGER;  -- not made: their time had passed
ALTER TABLE recorder_session ADD COLUMN slot_read_count INTEGER;    -- visible slots read, in all polls
ALTER TABLE recorder_session ADD COLUMN slot_torn_count INTEGER;    -- that could not be read whole
ALTER TABLE recorder_session ADD COLUMN slot_skipped_count INTEGER; -- of a state that nobody knows
ALTER TABLE recorder_session ADD COLUMN row_count INTEGER;          -- rows written
ALTER TABLE recorder_session ADD COLUMN dropped_row_count INTEGER;  -- given up: too many waited
ALTER TABLE recorder_session ADD COLUMN flush_count INTEGER;
ALTER TABLE recorder_session ADD COLUMN flush_ns INTEGER;           -- time spent in all flushes
ALTER TABLE recorder_session ADD COLUMN flush_max_ns INTEGER;       -- in the longest
ALTER TABLE recorder_session ADD COLUMN busy_retry_count INTEGER;   -- begun anew: another program wrote
ALTER TABLE recorder_session ADD COLUMN sealed_block_count INTEGER;
ALTER TABLE recorder_session ADD COLUMN seal_ns INTEGER;            -- time spent in sealing
ALTER TABLE recorder_session ADD COLUMN written_bytes INTEGER;      -- pages given to the file system
