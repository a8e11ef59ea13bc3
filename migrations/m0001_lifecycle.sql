-- Who ran, when, and how it ended.
--
-- Times are Unix milliseconds, UTC, in columns named ..._at_ms; sizes are bytes in ..._bytes; CPU time
-- is nanoseconds in ..._ns. NULL is "not known": nothing here is ever 0 because nobody measured it.

-- A registry that was recorded.
CREATE TABLE source (
    id               INTEGER PRIMARY KEY,
    kind             TEXT    NOT NULL CHECK (kind IN ('varve', 'microsandbox')),
    name             TEXT    NOT NULL, -- of the shared-memory object, as "/msb-met-36811d6a2cbe4840-v3"
    home             TEXT,             -- the directory that the name was derived from
    host             TEXT    NOT NULL,
    boot_id          TEXT,             -- of the boot in which it was last seen; a registry ends with it
    first_seen_at_ms INTEGER NOT NULL,
    last_seen_at_ms  INTEGER NOT NULL,
    UNIQUE (kind, name, host)
) STRICT;

-- A sandbox of a source, kept after its removal.
CREATE TABLE sandbox (
    id               INTEGER PRIMARY KEY,
    source_id        INTEGER NOT NULL REFERENCES source (id),
    external_id      INTEGER, -- the source's own id; NULL for a sandbox of `varve run`, known by name
    name             TEXT    NOT NULL,
    first_seen_at_ms INTEGER NOT NULL,
    removed_at_ms    INTEGER
) STRICT;

CREATE UNIQUE INDEX sandbox_by_name ON sandbox (source_id, name) WHERE external_id IS NULL;
CREATE UNIQUE INDEX sandbox_by_external_id ON sandbox (source_id, external_id, name)
    WHERE external_id IS NOT NULL;
CREATE INDEX sandbox_named ON sandbox (name);

-- One life of a sandbox.
CREATE TABLE run (
    id                     INTEGER PRIMARY KEY AUTOINCREMENT, -- never given out again
    sandbox_id             INTEGER NOT NULL REFERENCES sandbox (id),
    external_id            INTEGER, -- the run's id in its source; with started_at_ms its identity there
    boot_id                TEXT,    -- of the boot in which it ran
    pid                    INTEGER, -- of the process that is sampled
    process_start_ns       INTEGER, -- when that process started, in ns since boot: (pid, start) is unique
    is_supervised          INTEGER NOT NULL DEFAULT 0 CHECK (is_supervised IN (0, 1)), -- by `varve run`
    command                TEXT,    -- JSON array of arguments
    status                 TEXT    NOT NULL CHECK (status IN ('Running', 'Terminated')),
    exit_code              INTEGER,
    exit_signal            INTEGER, -- its number
    core_dumped            INTEGER CHECK (core_dumped IN (0, 1)),
    exit_known_by          TEXT
        CHECK (exit_known_by IN ('waited', 'pidfd', 'catalog', 'inferred', 'unknown')),
    termination_reason     TEXT,    -- microsandbox's words: Completed, Failed, Signal, ...
    termination_detail     TEXT,
    started_at_ms          INTEGER NOT NULL,
    terminated_at_ms       INTEGER,
    duration_ns            INTEGER, -- by the monotonic clock, where one was held from start to end
    memory_limit_bytes     INTEGER,

    -- The summary, written when the run ends.
    cpu_time_ns            INTEGER, -- user and system time of the command and of all that it waited for
    cpu_max_centipercent   INTEGER, -- highest sampled rate; 10000 is one full core
    memory_peak_bytes      INTEGER, -- peak of the largest process (wait4), else the highest sampled
    memory_max_bytes       INTEGER, -- highest sampled, the sum over the process tree
    disk_read_bytes        INTEGER,
    disk_write_bytes       INTEGER,
    net_rx_bytes           INTEGER,
    net_tx_bytes           INTEGER,
    sample_count           INTEGER  -- samples folded into rows; NULL until the recorder has closed it
) STRICT;

CREATE INDEX run_of_sandbox ON run (sandbox_id, started_at_ms);
CREATE INDEX run_by_start ON run (started_at_ms);
CREATE INDEX run_by_external_id ON run (external_id, started_at_ms) WHERE external_id IS NOT NULL;
CREATE INDEX run_open ON run (id) WHERE sample_count IS NULL OR status = 'Running';

-- The labels that a run had. They belong to the run, not to the sandbox: a label that is changed
-- tomorrow must not change what was used under it today.
CREATE TABLE run_label (
    run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    key    TEXT    NOT NULL,
    value  TEXT    NOT NULL,
    PRIMARY KEY (run_id, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX run_label_by_key ON run_label (key, value);

-- The labels of each sandbox now: those of its latest run.
CREATE VIEW sandbox_label (sandbox_id, key, value) AS
SELECT r.sandbox_id, l.key, l.value
FROM run AS r
JOIN run_label AS l ON l.run_id = r.id
WHERE r.id = (
    SELECT id FROM run WHERE sandbox_id = r.sandbox_id
    ORDER BY started_at_ms DESC, id DESC LIMIT 1
);

-- Something that happened to a run.
CREATE TABLE lifecycle_event (
    id      INTEGER PRIMARY KEY,
    run_id  INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    at_ms   INTEGER NOT NULL,
    kind    TEXT    NOT NULL, -- reserved, started, first_sample, stalled, resumed, exited, killed, ...
    detail  TEXT,
    seen_by TEXT    NOT NULL  -- supervisor (`varve run`), recorder, or reconciler (a later varve)
) STRICT;

CREATE INDEX lifecycle_event_of_run ON lifecycle_event (run_id, at_ms);

-- One life of a recorder: what makes "no data" explainable.
CREATE TABLE recorder_session (
    id              INTEGER PRIMARY KEY,
    source_id       INTEGER NOT NULL REFERENCES source (id),
    kind            TEXT    NOT NULL CHECK (kind IN ('run', 'record')), -- inside `varve run`, or its own
    run_id          INTEGER REFERENCES run (id) ON DELETE CASCADE, -- the one run that a `run` recorder has
    pid             INTEGER NOT NULL,
    boot_id         TEXT,
    poll_ms         INTEGER NOT NULL,
    interval_ms     INTEGER NOT NULL,
    started_at_ms   INTEGER NOT NULL,
    heartbeat_at_ms INTEGER NOT NULL,
    ended_at_ms     INTEGER  -- NULL while it lives, and for ever if it was killed
) STRICT;

CREATE INDEX recorder_session_of_run ON recorder_session (run_id) WHERE run_id IS NOT NULL;
CREATE INDEX recorder_session_by_start ON recorder_session (started_at_ms) WHERE run_id IS NULL;
