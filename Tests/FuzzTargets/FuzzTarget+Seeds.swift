internal import SQLite

extension FuzzTarget {
    /// What a fuzzer begins with besides the files of its corpus: what changes with the schema, or is
    /// better read as text.
    public var seeds: [[UInt8]] {
        switch name {
        case "proc":
            Self.procTexts.enumerated().flatMap { index, texts in
                texts.map { [UInt8(index)] + Array($0.utf8) }
            }
        case "blocks": Self.wholeBlocks
        case "text": Self.valueTexts.map { Array($0.utf8) }
        case "sandbox-config": Self.configs.map { Array($0.utf8) }
        case "msb-db": [Self.database(Self.microsandboxTables, bytesPerPage: 512)]
        case "import":
            [
                Array(Self.csvText.utf8),
                Self.database(Self.metricTable, bytesPerPage: 512),
            ]
        case "logs": Self.logTexts.map { Array($0.utf8) }
        case "catalog-file": [SmallCatalog.full]
        case "recorder": [[0, 4, 4, 8], [2, 0, 7, 0, 4, 4, 8, 10, 4], [1, 9, 1, 4, 8, 11, 1, 4]]
        case "catalog-values":
            // Each part, of a catalog as it is and of one with a wild value.
            (0..<16).flatMap { [[$0], [$0, 0, $0 &* 13, 7, 5, 8]] }
        default: [Array(0...255)]
        }
    }

    /// Of each parser of ``proc``, in their order.
    private static let procTexts: [[String]] = [
        [
            "3852 (a) R (b) S 1 3852 3852 0 -1 4194560 100 0 0 0 12 34 5 6 20 0 3 0 4242 1000 77 "
                + "18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0\n"
        ],
        ["rchar: 6976\nread_bytes: 4096\nwrite_bytes: 8192\ncancelled_write_bytes: 0\n"],
        [
            "Inter-|   Receive\n face |bytes\n    lo: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"
                + "  eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"
        ],
        ["12 345 6789 \n"],
        ["\u{1}\0\0\0\0\0\0\0\u{1}\0\0\0\0\0\0\0\u{18}\0\u{4}12\0\0\0"],
        [
            "3852 (a) b) Z 1 3852 3852 0 -1 4194560 100 0 0 0 12 34 5 6 20 0 3 0 4242 1000 77 1844 "
                + "1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 1792\n"
        ],
        [
            "Limit  Soft Limit  Hard Limit  Units\n"
                + "Max address space         unlimited            unlimited            bytes     \n"
                + "Max data size             1048576              unlimited            bytes     \n"
        ],
        [
            "6,1,2,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,"
                + "oom_memcg=/job,task_memcg=/job,task=python3,pid=4711,uid=0\n",
            "3,1,2,-;Memory cgroup out of memory: Killed process 4711 (a) total-vm:1kB\n",
        ],
        ["12:memory:/job\n4:cpu,cpuacct:/job:a\n0::/job\n"],
        [
            "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw\n"
                + "31 23 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
                + "\0" + "0::/a/b/c\n5:memory:/a\n"
        ],
        ["max\n", "134217728\n"], ["max 100000\n", "50000 100000\n"], ["100000\n100000\n"],
        ["usage_usec 1\nthrottled_usec 5\n", "throttled_time 7\n", "oom_kill 1\n", "max 3\n"],
    ]

    private static let valueTexts = [
        "3d2h", "-1.5s", "90s", "yesterday 03:12:30.25", "today", "03:12", "2026-11-23", "now",
        "2026-11-23T03:12:00-05:00", "2026-11-23 03:12", "@-1795435200.125", "292y", "1w",
        "106751d", "9223372036854775807ns", "1.5GiB", "512M", "8E", "7.99999EiB", "1 kB", "web~2",
        "msb:7", "team=web", "a[b-c]*?", "\u{1b}[2J\u{202e}<script>alert(1)</script>",
        "=cmd|'/c calc'!A0", "a \u{200b} 'b' \"c\" $d \\e\n\tf", "\u{1F3FB}\u{301}\u{200d}日本",
        "https://a.b www.c.d mailto:e@f", "99999-12-31", "2026-02-29T24:60:61Z",
    ]

    private static let configs = [
        #"{"cpus":2,"memory_mib":512,"labels":{"a":"b"},"resources":{"vcpus":1.5,"memory_mib":64}}"#,
        #"{"cpus":1e999,"memory_mib":-1,"labels":{"a":1,"b":null}}"#, "[1]", "null", "{",
        "{\"resources\":{\"memory_mib\":9007199254740993,\"cpus\":\"2\"}}",
        String(repeating: "[", count: 600), #"{"labels":{"\ud800":"\u0000"}}"#,
    ]

    private static let csvText = """
        time,sandbox,run_id,cpu,memory,disk_read,samples,interval_ms
        1795435200,web,1,12.5,1048576,0,10,10000
        2026-11-23T12:00:10Z,"a ""b"", c",1,,1e3,-1,1,1

        """

    private static let logTexts = [
        "one\r\ntwo\u{1b}[31m red \u{1b}[0m\n\nerror: No space left on device\n",
        #"{"t":"2026-11-23T03:12:00Z","stage":"mount","errno":28,"message":"no\nroom"}"#,
        "<script>alert(1)</script>\u{202e}\u{9b}31m",
    ]

    private static let microsandboxTables = """
        CREATE TABLE sandbox (id INTEGER PRIMARY KEY, name TEXT, config TEXT, status TEXT,
            active_config TEXT, ephemeral INTEGER);
        CREATE TABLE run (id INTEGER PRIMARY KEY, sandbox_id INTEGER, pid INTEGER, status TEXT,
            exit_code INTEGER, exit_signal INTEGER, termination_reason TEXT, termination_detail TEXT,
            started_at, terminated_at);
        CREATE TABLE sandbox_labels (sandbox_id INTEGER, key TEXT, value TEXT);
        INSERT INTO sandbox VALUES (1, 'web', '{"memory_mib":64}', 'Running', '{"cpus":2}', 0);
        INSERT INTO run VALUES (1, 1, 4711, 'Terminated', 9, NULL, 'Failed', 'words',
            '2026-11-23 12:00:00.123456', '2026-11-23 13:00:00');
        INSERT INTO sandbox_labels VALUES (1, 'team', 'a');
        """

    private static let metricTable = """
        CREATE TABLE sandbox (id INTEGER PRIMARY KEY, name TEXT);
        CREATE TABLE sandbox_metric (id INTEGER PRIMARY KEY, sandbox_id INTEGER, cpu_percent REAL,
            memory_bytes INTEGER, disk_read_bytes INTEGER, disk_write_bytes INTEGER,
            net_rx_bytes INTEGER, net_tx_bytes INTEGER, sampled_at TEXT, created_at TEXT);
        INSERT INTO sandbox VALUES (1, 'web');
        INSERT INTO sandbox_metric VALUES (1, 1, 12.5, 1048576, 1, 2, 3, 4, '2026-11-23 12:00:00',
            '2026-11-23 12:00:01');
        """

    /// A database of small pages: less for a fuzzer to get lost in.
    private static func database(_ sql: String, bytesPerPage: Int) -> [UInt8] {
        let file = ScratchFile("seed.db")
        do {
            let connection = try Connection(path: file.path, mode: .create)
            try connection.prepareForWriting()
            try connection.execute("PRAGMA journal_mode = DELETE")
            try connection.execute("PRAGMA page_size = \(bytesPerPage)")
            try connection.execute("VACUUM")
            try connection.execute(sql)
            return try file.bytes()
        } catch {
            preconditionFailure("cannot make a database: \(error)")
        }
    }
}
