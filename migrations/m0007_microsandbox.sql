-- What microsandbox's own catalog (msb.db) says of its runs, beside what was seen of them.
--
-- Of how a run ended the columns of `run` hold what is believed; here is what microsandbox says, word for
-- word, also where that is something else: its time of death may be that of a sweep, its sandbox
-- `Stopped` after an exit with 9. A row is the last state that was read before microsandbox removed it.
CREATE TABLE run_claim (
    run_id             INTEGER PRIMARY KEY REFERENCES run (id) ON DELETE CASCADE,
    status             TEXT,    -- run.status there: Running, Terminated
    sandbox_status     TEXT,    -- sandbox.status there: Running, Draining, Stopped, Crashed, ...
    exit_code          INTEGER,
    exit_signal        INTEGER, -- its number; no release so far fills it
    termination_reason TEXT,
    termination_detail TEXT,
    started_at_ms      INTEGER, -- run.started_at there; with run.external_id the row's identity
    terminated_at_ms   INTEGER,
    is_ephemeral       INTEGER CHECK (is_ephemeral IN (0, 1)), -- the sandbox goes when it ends
    seen_at_ms         INTEGER NOT NULL, -- when this state of it was read
    gone_at_ms         INTEGER, -- when it was found to be removed; NULL while it is there
    -- 0: no slot of a registry ever held the run, and all that is known of it comes from here: it
    -- failed to boot, or the registry was full, or nobody recorded then.
    has_slot           INTEGER NOT NULL CHECK (has_slot IN (0, 1))
) STRICT;
