-- What every run used, hot: one row is one run over one interval.
--
-- A row covers an interval, not an instant: of every gauge the number of samples that held it, their
-- average and their maximum; of every counter its first and its last raw value. CPU is in hundredths
-- of a percent (10000 is one full core). NULL is "not measured".
CREATE TABLE sample (
    run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    -- Start of the interval on the wall clock. A row that begins inside an interval (a counter fell, a
    -- recorder took over, the clock stepped) has the time of its first sample instead.
    at_ms                         INTEGER NOT NULL,
    -- The order in which the run's rows were made; that of at_ms is another if the clock stepped back.
    sequence                      INTEGER NOT NULL,
    interval_ms                   INTEGER NOT NULL,
    first_at_ms                   INTEGER NOT NULL, -- when its first sample was taken
    last_at_ms                    INTEGER NOT NULL, -- when its last sample was taken
    sample_count                  INTEGER NOT NULL,
    implausible_count             INTEGER NOT NULL DEFAULT 0, -- values refused: NaN, negative, above 2^63-1
    cpu_count                     INTEGER NOT NULL DEFAULT 0,
    cpu_avg_centipercent          INTEGER,
    cpu_max_centipercent          INTEGER,
    memory_count                  INTEGER NOT NULL DEFAULT 0,
    memory_avg_bytes              INTEGER,
    memory_max_bytes              INTEGER,
    memory_available_count        INTEGER NOT NULL DEFAULT 0,
    memory_available_avg_bytes    INTEGER,
    memory_available_max_bytes    INTEGER,
    memory_host_resident_count     INTEGER NOT NULL DEFAULT 0,
    memory_host_resident_avg_bytes INTEGER,
    memory_host_resident_max_bytes INTEGER,
    upper_used_count              INTEGER NOT NULL DEFAULT 0,
    upper_used_avg_bytes          INTEGER,
    upper_used_max_bytes          INTEGER,
    upper_free_count              INTEGER NOT NULL DEFAULT 0,
    upper_free_avg_bytes          INTEGER,
    upper_free_max_bytes          INTEGER,
    upper_host_allocated_count     INTEGER NOT NULL DEFAULT 0,
    upper_host_allocated_avg_bytes INTEGER,
    upper_host_allocated_max_bytes INTEGER,
    cpu_time_first_ns             INTEGER,
    cpu_time_last_ns              INTEGER,
    disk_read_first_bytes         INTEGER,
    disk_read_last_bytes          INTEGER,
    disk_write_first_bytes        INTEGER,
    disk_write_last_bytes         INTEGER,
    net_rx_first_bytes            INTEGER,
    net_rx_last_bytes             INTEGER,
    net_tx_first_bytes            INTEGER,
    net_tx_last_bytes             INTEGER,
    PRIMARY KEY (run_id, at_ms)
) STRICT, WITHOUT ROWID;
