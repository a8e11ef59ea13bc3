import Foundation
import Testing

/// The exact text that programs get, of a catalog whose every value is known.
@Suite(.serialized)
struct DataOutputTests {
    let stage: Stage

    init() throws {
        stage = try Stage()
        try stage.makeHistory()
    }

    private func expect(
        _ command: String, _ text: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let end = try await stage.shell("\"$VARVE\" \(command)")
        // The lines of CSV end as RFC 4180 says.
        let lines = end.text.replacingOccurrences(of: "\r\n", with: "\n")
        #expect(lines == text, sourceLocation: sourceLocation)
        #expect(end.code == 0, sourceLocation: sourceLocation)
        #expect(end.errors.isEmpty, sourceLocation: sourceLocation)
    }

    @Test func `runs as CSV`() async throws {
        try await expect(
            "query runs --format csv",
            #"""
            run_id,sandbox,labels,source,external_id,pid,command,status,exit_code,exit_signal,core\#
            _dumped,exit_known_by,termination_reason,termination_detail,started_at,terminated_at,source_says,d\#
            uration_ms,cpu_time_ns,cpu_percent_avg,cpu_percent_max,memory_peak_bytes,memory_peak_p\#
            ercent,memory_tree_max_bytes,memory_limit_bytes,memory_limit_kind,cpu_limit_percent,cpu_throttled_ms,disk_read_bytes,disk_write_bytes,net_rx_bytes,net_tx_bytes,sample_count
            1,build,"{""app"":""x,\""y\"""",""team"":""web""}","{""kind"":""varve"",""registry"":"\#
            "/varve-fixed"",""home"":null,""host"":""basalt""}",,101,"[""make"",""-j4""]",Terminated,0,,false,wa\#
            ited,Completed,,2026-11-23T12:00:00.000Z,2026-11-23T12:01:15.500Z,,75496,61250000000,\#
            81.130126099396,200.02,157286400,14.6484375,211812352,1073741824,,,,3145728,0,,,30
            2,crash,{},"{""kind"":""varve"",""registry"":""/varve-fixed"",""home"":null,""host"":""basalt""}",,2\#
            02,"[""crash""]",Terminated,,SIGSEGV,true,waited,Failed,,2026-11-23T13:00:00.000Z,2026\#
            -11-23T13:00:00.750Z,,750,,,,,,,,,,,,,,,0
            3,serve,{},"{""kind"":""varve"",""registry"":""/varve-fixed"",""home"":null,""host"":""basalt""}",,3\#
            03,"[""serve"",""--port"",""80""]",Running,,,,,,,2026-11-23T14:00:00.000Z,,,,,,,,,,2684\#
            35456,,,,,,,,

            """#)
    }

    @Test func `a lifecycle as CSV`() async throws {
        try await expect(
            "query lifecycle build --format csv",
            """
            run_id,sandbox,at,kind,detail,seen_by
            1,build,2026-11-23T12:00:00.000Z,reserved,,supervisor
            1,build,2026-11-23T12:00:00.004Z,started,,supervisor
            1,build,2026-11-23T12:00:01.000Z,first_sample,,recorder
            1,build,2026-11-23T12:01:15.500Z,exited,code 0,supervisor

            """)
    }

    @Test func `a series as CSV`() async throws {
        try await expect(
            "query series build --format csv",
            """
            run_id,sandbox,at,step_ms,sample_count,partial,cpu_percent,cpu_percent_max,memory_bytes\
            ,memory_max_bytes,disk_read_bytes_per_second,disk_write_bytes_per_second,net_rx_bytes_p\
            er_second,net_tx_bytes_per_second
            1,build,2026-11-23T12:00:00.000Z,10000,10,false,50.0,200.0,104857600.0,209715200.0,104857.6,0.0,,
            1,build,2026-11-23T12:00:10.000Z,10000,10,false,50.01,200.01,105906176.0,210763776.0,104857.6,0.0,,
            1,build,2026-11-23T12:01:00.000Z,10000,10,false,50.02,200.02,106954752.0,211812352.0,116508.4444444\
            4444,0.0,,

            """)
    }

    @Test func `runs as NDJSON`() async throws {
        try await expect(
            "query runs --format ndjson",
            """
            {"run_id":1,"sandbox":"build","labels":{"app":"x,\\"y\\"","team":"web"},"source":{"kind\
            ":"varve","registry":"/varve-fixed","home":null,"host":"basalt"},"external_id":null,"pid":101,"comm\
            and":["make","-j4"],"status":"Terminated","exit_code":0,"exit_signal":null,"core_dumped\
            ":false,"exit_known_by":"waited","termination_reason":"Completed","termination_detail":\
            null,"started_at":"2026-11-23T12:00:00.000Z","terminated_at":"2026-11-23T12:01:15.500Z","source_says":null\
            ,"duration_ms":75496,"cpu_time_ns":61250000000,"cpu_percent_avg":81.130126099396,"cpu_percent_max\
            ":200.02,"memory_peak_bytes":157286400,"memory_peak_percent":14.6484375,"memory_tree_max_bytes":211812352,"memory_limit_bytes":1073741824,"memory_limit_kind":null,"cpu_limit_percent":null,"cpu_throttled_ms":null,"disk_\
            read_bytes":3145728,"disk_write_bytes":0,"net_rx_bytes":null,"net_tx_bytes":null,"sampl\
            e_count":30}
            {"run_id":2,"sandbox":"crash","labels":{},"source":{"kind":"varve","registry":"/varve-f\
            ixed","home":null,"host":"basalt"},"external_id":null,"pid":202,"command":["crash"],"status":"Termi\
            nated","exit_code":null,"exit_signal":"SIGSEGV","core_dumped":true,"exit_known_by":"wai\
            ted","termination_reason":"Failed","termination_detail":null,"started_at":"2026-11-23T1\
            3:00:00.000Z","terminated_at":"2026-11-23T13:00:00.750Z","source_says":null,"duration_ms":750,"cpu_time_ns\
            ":null,"cpu_percent_avg":null,"cpu_percent_max":null,"memory_peak_bytes":null,\
            "memory_peak_percent":null,"memory_tree_max_bytes":null,"me\
            mory_limit_bytes":null,"memory_limit_kind":null,"cpu_limit_percent":null,"cpu_throttled_ms":null,"disk_read_bytes":null,"disk_write_bytes":null,"net_rx_bytes":nu\
            ll,"net_tx_bytes":null,"sample_count":0}
            {"run_id":3,"sandbox":"serve","labels":{},"source":{"kind":"varve","registry":"/varve-f\
            ixed","home":null,"host":"basalt"},"external_id":null,"pid":303,"command":["serve","--port","80"],"\
            status":"Running","exit_code":null,"exit_signal":null,"core_dumped":null,"exit_known_by\
            ":null,"termination_reason":null,"termination_detail":null,"started_at":"2026-11-23T14:\
            00:00.000Z","terminated_at":null,"source_says":null,"duration_ms":null,"cpu_time_ns":null,"cpu_percent_avg\
            ":null,"cpu_percent_max":null,"memory_peak_bytes":null,"memory_peak_percent":null,"memory_tree_max_bytes":null,"memory_limit_bytes":26843\
            5456,"memory_limit_kind":null,"cpu_limit_percent":null,"cpu_throttled_ms":null,"disk_read_bytes":null,"disk_write_bytes":null,"net_rx_bytes":null,"net_tx_bytes":\
            null,"sample_count":null}

            """)
    }

    @Test func `a lifecycle as NDJSON`() async throws {
        try await expect(
            "query lifecycle build --format ndjson",
            """
            {"run_id":1,"sandbox":"build","at":"2026-11-23T12:00:00.000Z","kind":"reserved","detail\
            ":null,"seen_by":"supervisor"}
            {"run_id":1,"sandbox":"build","at":"2026-11-23T12:00:00.004Z","kind":"started","detail"\
            :null,"seen_by":"supervisor"}
            {"run_id":1,"sandbox":"build","at":"2026-11-23T12:00:01.000Z","kind":"first_sample","de\
            tail":null,"seen_by":"recorder"}
            {"run_id":1,"sandbox":"build","at":"2026-11-23T12:01:15.500Z","kind":"exited","detail":\
            "code 0","seen_by":"supervisor"}

            """)
    }

    @Test func `a series as NDJSON`() async throws {
        try await expect(
            "query series build --format ndjson",
            """
            {"run_id":1,"sandbox":"build","at":"2026-11-23T12:00:00.000Z","step_ms":10000,"sample_count":10,"partial":false,"cpu_pe\
            rcent":50.0,"cpu_percent_max":200.0,"memory_bytes":104857600.0,"memory_max_bytes":20971\
            5200.0,"disk_read_bytes_per_second":104857.6,"disk_write_bytes_per_second":0.0,"net_rx_\
            bytes_per_second":null,"net_tx_bytes_per_second":null}
            {"run_id":1,"sandbox":"build","at":"2026-11-23T12:00:10.000Z","step_ms":10000,"sample_count":10,"partial":false,"cpu_pe\
            rcent":50.01,"cpu_percent_max":200.01,"memory_bytes":105906176.0,"memory_max_bytes":210\
            763776.0,"disk_read_bytes_per_second":104857.6,"disk_write_bytes_per_second":0.0,"net_r\
            x_bytes_per_second":null,"net_tx_bytes_per_second":null}
            {"run_id":1,"sandbox":"build","at":"2026-11-23T12:01:00.000Z","step_ms":10000,"sample_count":10,"partial":false,"cpu_pe\
            rcent":50.02,"cpu_percent_max":200.02,"memory_bytes":106954752.0,"memory_max_bytes":211\
            812352.0,"disk_read_bytes_per_second":116508.44444444444,"disk_write_bytes_per_second":\
            0.0,"net_rx_bytes_per_second":null,"net_tx_bytes_per_second":null}

            """)
    }

    @Test func `a series as JSON`() async throws {
        try await expect(
            "query series build --format json",
            """
            {
              "series": [
                {
                  "run_id": 1,
                  "sandbox": "build",
                  "from": "2026-11-23T12:00:00.000Z",
                  "to": "2026-11-23T12:01:15.500Z",
                  "points": [
                    {"at": "2026-11-23T12:00:00.000Z", "step_ms": 10000, "sample_count": 10, "partial": false, "cpu_percent": 50.0, "cp\
            u_percent_max": 200.0, "memory_bytes": 104857600.0, "memory_max_bytes": 209715200.0, "d\
            isk_read_bytes_per_second": 104857.6, "disk_write_bytes_per_second": 0.0, "net_rx_bytes\
            _per_second": null, "net_tx_bytes_per_second": null},
                    {"at": "2026-11-23T12:00:10.000Z", "step_ms": 10000, "sample_count": 10, "partial": false, "cpu_percent": 50.01, "c\
            pu_percent_max": 200.01, "memory_bytes": 105906176.0, "memory_max_bytes": 210763776.0, \
            "disk_read_bytes_per_second": 104857.6, "disk_write_bytes_per_second": 0.0, "net_rx_byt\
            es_per_second": null, "net_tx_bytes_per_second": null},
                    {"at": "2026-11-23T12:01:00.000Z", "step_ms": 10000, "sample_count": 10, "partial": false, "cpu_percent": 50.02, "c\
            pu_percent_max": 200.02, "memory_bytes": 106954752.0, "memory_max_bytes": 211812352.0, \
            "disk_read_bytes_per_second": 116508.44444444444, "disk_write_bytes_per_second": 0.0, "\
            net_rx_bytes_per_second": null, "net_tx_bytes_per_second": null}
                  ],
                  "gaps": [
                    {"from": "2026-11-23T12:00:20.000Z", "to": "2026-11-23T12:01:01.000Z", "reason"\
            : "recorder_down"}
                  ],
                  "step_ms": 10000,
                  "last_sample_at": "2026-11-23T12:01:10.000Z"
                }
              ]
            }

            """)
    }

    @Test func `JSON has the contract's keys, and the same values as NDJSON`() async throws {
        let runs = try await stage.query("runs")
        #expect(runs.count == 3)
        let contract: Set = [
            "run_id", "sandbox", "labels", "source", "pid", "status", "exit_code", "exit_signal",
            "exit_known_by", "termination_reason", "started_at", "terminated_at", "duration_ms",
            "cpu_time_ns", "cpu_percent_max", "memory_peak_bytes", "memory_limit_bytes",
            "disk_read_bytes", "disk_write_bytes", "net_rx_bytes", "net_tx_bytes", "sample_count",
        ]
        let more: Set = [
            "external_id", "command", "core_dumped", "termination_detail", "memory_tree_max_bytes",
            "cpu_percent_avg", "memory_peak_percent", "source_says", "memory_limit_kind",
            "cpu_limit_percent", "cpu_throttled_ms",
        ]
        for run in runs { #expect(run.keys == contract.union(more)) }
        let events = try await stage.query("lifecycle", "build")
        #expect(events.count == 4)
        for event in events {
            #expect(event.keys == ["run_id", "sandbox", "at", "kind", "detail", "seen_by"])
        }
        for (command, name, list) in [
            (["query", "runs"], "runs", runs), (["query", "lifecycle", "build"], "events", events),
        ] {
            let json = try await stage.start(Built.varve, command + ["--format", "json"]).finish()
            #expect(try JSON(json.output).keys == [name])
            let lines = try await stage.start(Built.varve, command + ["--format", "ndjson"])
                .finish()
            #expect(try lines.output.split(separator: 10).map { try JSON($0) } == list)
        }
        let problems = try await stage.varve("db", "check", "--format", "json")
        #expect(try JSON(problems.output) == .object(["problems": .list([])]))
    }

    @Test(arguments: [
        ("lifecycle nobody", "no sandbox 'nobody' in CATALOG; `varve query runs` lists the runs"),
        (
            "lifecycle 99",
            "no run 99, and no sandbox of that name, in CATALOG; `varve query runs` lists the runs"
        ),
        (
            "series build~1",
            "sandbox 'build' has only 1 run in CATALOG; `varve query runs --sandbox` lists them"
        ),
    ])
    func `a run that is not there is 3 and a sentence`(
        command: String, sentence: String
    ) async throws {
        for format in ["table", "json", "csv", "ndjson"] {
            let end = try await stage.shell("\"$VARVE\" query \(command) --format \(format)")
            #expect(end.code == 3)
            #expect(end.output.isEmpty)
            let text = sentence.replacingOccurrences(of: "CATALOG", with: stage.catalog)
            #expect(end.errors == "varve: error: \(text)\n")
        }
    }

    @Test(arguments: [
        ("crash", "run 2 of 'crash' has no samples"),
        (
            "build --since 2026-11-23T11:00:00Z --until 2026-11-23T11:30:00Z",
            "run 1 of 'build' has no samples in that window"
        ),
        ("build -b @1795435300", "run 1 of 'build' has no samples in that window"),
    ])
    func `nothing in the window is 4 and a sentence`(run: String, sentence: String) async throws {
        let table = try await stage.shell("\"$VARVE\" query series \(run)")
        #expect(table.code == 4)
        #expect(table.output.isEmpty)
        #expect(table.errors == "varve: \(sentence)\n")
        let json = try await stage.shell("\"$VARVE\" query series \(run) --format json")
        #expect(json.code == 4)
        #expect(try JSON(json.output)["series"].list[0]["points"].list == [])
    }

    @Test func `runs are chosen by sandbox, label, status, time and number`() async throws {
        func names(_ arguments: String) async throws -> [JSON] {
            let end = try await stage.shell("\"$VARVE\" query runs --format ndjson \(arguments)")
            return try end.output.split(separator: 10).map { try JSON($0)["sandbox"] }
        }
        #expect(try await names("") == ["build", "crash", "serve"])
        #expect(try await names("--sandbox crash") == ["crash"])
        #expect(try await names("--label team=web") == ["build"])
        #expect(try await names("--label team=web --label app=none") == [])
        #expect(try await names("--status running") == ["serve"])
        #expect(try await names("--status Terminated") == ["build", "crash"])
        #expect(try await names("--limit 2") == ["crash", "serve"])
        #expect(try await names("--until 2026-11-23T12:30:00Z") == ["build"])
        #expect(
            try await names("-b 2026-11-23T12:30:00Z -e 2026-11-23T13:30:00Z") == ["crash"])
    }
}
