-- Views for people, and for tools that want Unix seconds, as Grafana's data source for SQLite does.
--
-- Times are Unix seconds in columns named ..._time (beside them milliseconds in ..._at_ms, which
-- indexes know), durations seconds, CPU percent of one core. `varve db export --plain` writes files
-- with the same views, in which `usage_view` has every interval.

-- Every run, how it ended, and what it used; what it used is NULL until a recorder has closed it.
CREATE VIEW run_view (
    run_id, sandbox, source_kind, source_name, host, labels, command, status, exit_code,
    exit_signal, exit_known_by, termination_reason, termination_detail, started_at_ms,
    terminated_at_ms, started_time, terminated_time, duration_seconds, cpu_time_seconds,
    cpu_max_percent, memory_peak_bytes, memory_max_bytes, memory_limit_bytes, disk_read_bytes,
    disk_write_bytes, net_rx_bytes, net_tx_bytes, sample_count
) AS
SELECT
    r.id, s.name, c.kind, c.name, c.host,
    -- For eyes. Not JSON: readers that trust no schema refuse its functions in views up to 3.40.
    (SELECT group_concat(l.key || '=' || l.value, ', ') FROM run_label AS l WHERE l.run_id = r.id),
    r.command, r.status, r.exit_code, r.exit_signal, r.exit_known_by, r.termination_reason,
    r.termination_detail, r.started_at_ms, r.terminated_at_ms, r.started_at_ms / 1000.0,
    r.terminated_at_ms / 1000.0,
    coalesce(r.duration_ns / 1e9, (r.terminated_at_ms - r.started_at_ms) / 1000.0),
    r.cpu_time_ns / 1e9, r.cpu_max_centipercent / 100.0, r.memory_peak_bytes, r.memory_max_bytes,
    r.memory_limit_bytes, r.disk_read_bytes, r.disk_write_bytes, r.net_rx_bytes, r.net_tx_bytes,
    r.sample_count
FROM run AS r
JOIN sandbox AS s ON s.id = r.sandbox_id
JOIN source AS c ON c.id = s.source_id;

-- Everything that happened to runs.
CREATE VIEW event_view (run_id, sandbox, at_ms, time, kind, detail, seen_by) AS
SELECT e.run_id, s.name, e.at_ms, e.at_ms / 1000.0, e.kind, e.detail, e.seen_by
FROM lifecycle_event AS e
JOIN run AS r ON r.id = e.run_id
JOIN sandbox AS s ON s.id = r.sandbox_id;

-- Stretches without data, and why. In a catalog those that a recorder wrote down; a plain copy has
-- also those that are found from `recorder_session`.
CREATE VIEW gap_view (
    run_id, sandbox, from_at_ms, to_at_ms, from_time, to_time, seconds, reason
) AS
SELECT
    g.run_id, s.name, g.from_at_ms, g.to_at_ms, g.from_at_ms / 1000.0, g.to_at_ms / 1000.0,
    (g.to_at_ms - g.from_at_ms) / 1000.0, g.reason
FROM gap AS g
JOIN run AS r ON r.id = g.run_id
JOIN sandbox AS s ON s.id = r.sandbox_id;

-- What runs used over time: sealed hours, an hour a row, and the intervals that are not sealed yet.
--
-- Gauges are averages and maxima. Counters are what they grew since the row before, to be added up:
-- one that fell has begun anew, and what was counted before a run's first row is in it if that row
-- begins with the run. Rows begin at `time` and are `seconds` long.
CREATE VIEW usage_view (
    run_id, sandbox, at_ms, time, seconds, sample_count, cpu_percent, cpu_max_percent,
    memory_bytes, memory_max_bytes, memory_available_bytes, memory_available_max_bytes,
    memory_host_resident_bytes, memory_host_resident_max_bytes, upper_used_bytes,
    upper_used_max_bytes, upper_free_bytes, upper_free_max_bytes, upper_host_allocated_bytes,
    upper_host_allocated_max_bytes, cpu_time_seconds, disk_read_bytes, disk_write_bytes,
    net_rx_bytes, net_tx_bytes
) AS
SELECT
    b.run_id, s.name, b.at_ms, b.at_ms / 1000.0, 3600.0, b.sample_count,
    b.cpu_avg_centipercent / 100.0, b.cpu_max_centipercent / 100.0,
    b.memory_avg_bytes, b.memory_max_bytes,
    b.memory_available_avg_bytes, b.memory_available_max_bytes,
    b.memory_host_resident_avg_bytes, b.memory_host_resident_max_bytes,
    b.upper_used_avg_bytes, b.upper_used_max_bytes,
    b.upper_free_avg_bytes, b.upper_free_max_bytes,
    b.upper_host_allocated_avg_bytes, b.upper_host_allocated_max_bytes,
    CASE WHEN b.cpu_time_last_ns IS NOT NULL THEN (b.cpu_time_last_ns - coalesce(
        (SELECT iif(p.cpu_time_last_ns <= b.cpu_time_first_ns, p.cpu_time_last_ns, 0)
            FROM sample_block AS p
            WHERE p.run_id = b.run_id AND p.at_ms < b.at_ms
                AND p.cpu_time_last_ns IS NOT NULL
            ORDER BY p.at_ms DESC LIMIT 1),
        iif(b.first_at_ms - r.started_at_ms <= b.interval_ms, 0, b.cpu_time_first_ns))
        + coalesce(b.cpu_time_fallen_ns, 0)) / 1e9 END,
    CASE WHEN b.disk_read_last_bytes IS NOT NULL THEN (b.disk_read_last_bytes - coalesce(
        (SELECT iif(p.disk_read_last_bytes <= b.disk_read_first_bytes, p.disk_read_last_bytes, 0)
            FROM sample_block AS p
            WHERE p.run_id = b.run_id AND p.at_ms < b.at_ms
                AND p.disk_read_last_bytes IS NOT NULL
            ORDER BY p.at_ms DESC LIMIT 1),
        iif(b.first_at_ms - r.started_at_ms <= b.interval_ms, 0, b.disk_read_first_bytes))
        + coalesce(b.disk_read_fallen_bytes, 0)) END,
    CASE WHEN b.disk_write_last_bytes IS NOT NULL THEN (b.disk_write_last_bytes - coalesce(
        (SELECT iif(p.disk_write_last_bytes <= b.disk_write_first_bytes, p.disk_write_last_bytes, 0)
            FROM sample_block AS p
            WHERE p.run_id = b.run_id AND p.at_ms < b.at_ms
                AND p.disk_write_last_bytes IS NOT NULL
            ORDER BY p.at_ms DESC LIMIT 1),
        iif(b.first_at_ms - r.started_at_ms <= b.interval_ms, 0, b.disk_write_first_bytes))
        + coalesce(b.disk_write_fallen_bytes, 0)) END,
    CASE WHEN b.net_rx_last_bytes IS NOT NULL THEN (b.net_rx_last_bytes - coalesce(
        (SELECT iif(p.net_rx_last_bytes <= b.net_rx_first_bytes, p.net_rx_last_bytes, 0)
            FROM sample_block AS p
            WHERE p.run_id = b.run_id AND p.at_ms < b.at_ms
                AND p.net_rx_last_bytes IS NOT NULL
            ORDER BY p.at_ms DESC LIMIT 1),
        iif(b.first_at_ms - r.started_at_ms <= b.interval_ms, 0, b.net_rx_first_bytes))
        + coalesce(b.net_rx_fallen_bytes, 0)) END,
    CASE WHEN b.net_tx_last_bytes IS NOT NULL THEN (b.net_tx_last_bytes - coalesce(
        (SELECT iif(p.net_tx_last_bytes <= b.net_tx_first_bytes, p.net_tx_last_bytes, 0)
            FROM sample_block AS p
            WHERE p.run_id = b.run_id AND p.at_ms < b.at_ms
                AND p.net_tx_last_bytes IS NOT NULL
            ORDER BY p.at_ms DESC LIMIT 1),
        iif(b.first_at_ms - r.started_at_ms <= b.interval_ms, 0, b.net_tx_first_bytes))
        + coalesce(b.net_tx_fallen_bytes, 0)) END
FROM run AS r
JOIN sandbox AS s ON s.id = r.sandbox_id
-- Runs first, then the rows of each by their key, also where only a time is asked for.
CROSS JOIN sample_block AS b ON b.run_id = r.id
UNION ALL
SELECT
    i.run_id, s.name, i.at_ms, i.at_ms / 1000.0, i.interval_ms / 1000.0, i.sample_count,
    i.cpu_avg_centipercent / 100.0, i.cpu_max_centipercent / 100.0,
    i.memory_avg_bytes, i.memory_max_bytes,
    i.memory_available_avg_bytes, i.memory_available_max_bytes,
    i.memory_host_resident_avg_bytes, i.memory_host_resident_max_bytes,
    i.upper_used_avg_bytes, i.upper_used_max_bytes,
    i.upper_free_avg_bytes, i.upper_free_max_bytes,
    i.upper_host_allocated_avg_bytes, i.upper_host_allocated_max_bytes,
    CASE WHEN i.cpu_time_last_ns IS NOT NULL THEN (i.cpu_time_last_ns - coalesce(
        (SELECT iif(p.cpu_time_last_ns <= i.cpu_time_first_ns, p.cpu_time_last_ns, 0)
            FROM sample AS p
            WHERE p.run_id = i.run_id AND p.at_ms < i.at_ms
                AND p.cpu_time_last_ns IS NOT NULL
            ORDER BY p.at_ms DESC LIMIT 1),
        (SELECT iif(p.cpu_time_last_ns <= i.cpu_time_first_ns, p.cpu_time_last_ns, 0)
            FROM sample_block AS p
            WHERE p.run_id = i.run_id AND p.at_ms < i.at_ms
                AND p.cpu_time_last_ns IS NOT NULL
            ORDER BY p.at_ms DESC LIMIT 1),
        iif(i.first_at_ms - r.started_at_ms <= i.interval_ms, 0, i.cpu_time_first_ns))) / 1e9 END,
    CASE WHEN i.disk_read_last_bytes IS NOT NULL THEN (i.disk_read_last_bytes - coalesce(
        (SELECT iif(p.disk_read_last_bytes <= i.disk_read_first_bytes, p.disk_read_last_bytes, 0)
            FROM sample AS p
            WHERE p.run_id = i.run_id AND p.at_ms < i.at_ms
                AND p.disk_read_last_bytes IS NOT NULL
            ORDER BY p.at_ms DESC LIMIT 1),
        (SELECT iif(p.disk_read_last_bytes <= i.disk_read_first_bytes, p.disk_read_last_bytes, 0)
            FROM sample_block AS p
            WHERE p.run_id = i.run_id AND p.at_ms < i.at_ms
                AND p.disk_read_last_bytes IS NOT NULL
            ORDER BY p.at_ms DESC LIMIT 1),
        iif(i.first_at_ms - r.started_at_ms <= i.interval_ms, 0, i.disk_read_first_bytes))) END,
    CASE WHEN i.disk_write_last_bytes IS NOT NULL THEN (i.disk_write_last_bytes - coalesce(
        (SELECT iif(p.disk_write_last_bytes <= i.disk_write_first_bytes, p.disk_write_last_bytes, 0)
            FROM sample AS p
            WHERE p.run_id = i.run_id AND p.at_ms < i.at_ms
                AND p.disk_write_last_bytes IS NOT NULL
            ORDER BY p.at_ms DESC LIMIT 1),
        (SELECT iif(p.disk_write_last_bytes <= i.disk_write_first_bytes, p.disk_write_last_bytes, 0)
            FROM sample_block AS p
            WHERE p.run_id = i.run_id AND p.at_ms < i.at_ms
                AND p.disk_write_last_bytes IS NOT NULL
            ORDER BY p.at_ms DESC LIMIT 1),
        iif(i.first_at_ms - r.started_at_ms <= i.interval_ms, 0, i.disk_write_first_bytes))) END,
    CASE WHEN i.net_rx_last_bytes IS NOT NULL THEN (i.net_rx_last_bytes - coalesce(
        (SELECT iif(p.net_rx_last_bytes <= i.net_rx_first_bytes, p.net_rx_last_bytes, 0)
            FROM sample AS p
            WHERE p.run_id = i.run_id AND p.at_ms < i.at_ms
                AND p.net_rx_last_bytes IS NOT NULL
            ORDER BY p.at_ms DESC LIMIT 1),
        (SELECT iif(p.net_rx_last_bytes <= i.net_rx_first_bytes, p.net_rx_last_bytes, 0)
            FROM sample_block AS p
            WHERE p.run_id = i.run_id AND p.at_ms < i.at_ms
                AND p.net_rx_last_bytes IS NOT NULL
            ORDER BY p.at_ms DESC LIMIT 1),
        iif(i.first_at_ms - r.started_at_ms <= i.interval_ms, 0, i.net_rx_first_bytes))) END,
    CASE WHEN i.net_tx_last_bytes IS NOT NULL THEN (i.net_tx_last_bytes - coalesce(
        (SELECT iif(p.net_tx_last_bytes <= i.net_tx_first_bytes, p.net_tx_last_bytes, 0)
            FROM sample AS p
            WHERE p.run_id = i.run_id AND p.at_ms < i.at_ms
                AND p.net_tx_last_bytes IS NOT NULL
            ORDER BY p.at_ms DESC LIMIT 1),
        (SELECT iif(p.net_tx_last_bytes <= i.net_tx_first_bytes, p.net_tx_last_bytes, 0)
            FROM sample_block AS p
            WHERE p.run_id = i.run_id AND p.at_ms < i.at_ms
                AND p.net_tx_last_bytes IS NOT NULL
            ORDER BY p.at_ms DESC LIMIT 1),
        iif(i.first_at_ms - r.started_at_ms <= i.interval_ms, 0, i.net_tx_first_bytes))) END
FROM run AS r
JOIN sandbox AS s ON s.id = r.sandbox_id
-- Runs first, then the rows of each by their key, also where only a time is asked for.
CROSS JOIN sample AS i ON i.run_id = r.id;
