import Foundation
import Testing

@testable import varve

extension ServiceDefinition {
    /// A service with nothing unusual about it.
    static func plain(_ scope: Scope = .user, program: String = "/usr/local/bin/varve") -> Self {
        ServiceDefinition(
            scope: scope, program: program, arguments: ["record", "--poll", "2s"],
            environment: [.init(name: "HOME", value: "/home/ada")], watchdogSeconds: 30,
            catalogDirectory: "/home/ada/.local/share/varve")
    }
}

@Suite("The files that service managers read")
struct ServiceTextTests {
    @Test("a user's unit is this, to the letter")
    func userUnit() throws {
        #expect(
            try SystemdUnit.text(of: .plain()) == """
                # Made by `varve record --install`, which writes it anew; for changes of your own: \
                systemctl edit.
                [Unit]
                Description=varve, the history recorder for sandbox runs
                StartLimitIntervalSec=600
                StartLimitBurst=60

                [Service]
                Type=notify
                NotifyAccess=main
                ExecStart=/usr/local/bin/varve record --poll 2s
                Environment=HOME=/home/ada
                WatchdogSec=30
                Restart=always
                RestartSec=15
                RestartPreventExitStatus=64
                KillSignal=SIGTERM
                TimeoutStopSec=30
                UMask=0077
                NoNewPrivileges=yes
                LockPersonality=yes
                MemoryDenyWriteExecute=yes
                RestrictAddressFamilies=AF_UNIX
                RestrictNamespaces=yes
                RestrictRealtime=yes
                RestrictSUIDSGID=yes
                SystemCallArchitectures=native

                [Install]
                WantedBy=default.target

                """)
    }

    @Test("root's unit protects the system as well, and belongs to multi-user.target")
    func systemUnit() throws {
        var definition = ServiceDefinition.plain(.system)
        definition.catalogDirectory = "/srv/100% \"mine\""
        let lines = try SystemdUnit.text(of: definition).split(separator: "\n")
        #expect(
            lines.suffix(8) == [
                "ProtectSystem=full", "ReadWritePaths=\"-/srv/100%% \\\"mine\\\"\"",
                "ProtectControlGroups=yes", "ProtectKernelLogs=yes", "ProtectKernelModules=yes",
                "ProtectKernelTunables=yes", "[Install]", "WantedBy=multi-user.target",
            ])
    }

    @Test(
        "a word of the command line means itself to systemd",
        arguments: [
            ("plain", "plain"), ("", "\"\""), ("a b", "\"a b\""), ("50%", "50%%"),
            ("$HOME", "$$HOME"), ("a\"b\\c", "\"a\\\"b\\\\c\""), ("it's", "\"it's\""),
            (";", "\";\""), ("é", "\"é\""), ("--x=1", "--x=1"),
        ])
    func quoting(text: String, word: String) {
        let quoted = SystemdUnit.quoted(text, hasVariables: true)
        #expect(quoted == word)
        if !text.contains("$") { #expect(SystemdUnit.quoted(text) == word) }
    }

    @Test("a variable's dollar stays one, for systemd expands none there")
    func dollar() {
        #expect(SystemdUnit.quoted("A=$B") == "\"A=$B\"")
    }

    @Test(
        "what no unit can hold is refused",
        arguments: [
            (
                "/opt/a\"b/varve", "--poll",
                #"cannot write a service with '/opt/a"b/varve': systemd starts no program whose "#
                    + "path holds quotes or a backslash; install varve elsewhere (make install)"
            ),
            (
                "/usr/bin/varve", "a\nExecStartPre=/bin/sh",
                #"cannot write a service with 'a\nExecStartPre=/bin/sh': a service file holds no "#
                    + "line breaks and no control characters; use a path or a name without them"
            ),
        ])
    func refusals(program: String, argument: String, sentence: String) {
        var definition = ServiceDefinition.plain(program: program)
        definition.arguments.append(argument)
        let error = #expect(throws: ServiceError.self) { try SystemdUnit.text(of: definition) }
        #expect(error?.description == sentence)
    }

    @Test("a variable whose name could break out of its line is refused")
    func variableName() {
        var definition = ServiceDefinition.plain()
        definition.environment = [.init(name: "VARVE_A B", value: "1")]
        let error = #expect(throws: ServiceError.self) { try SystemdUnit.text(of: definition) }
        #expect(
            error?.description
                == "cannot write a service with 'VARVE_A B': a variable's name holds "
                + "letters, digits and _ only; unset it")
    }

    @Test("launchd's property list is this, to the letter")
    func job() throws {
        var definition = ServiceDefinition.plain()
        definition.arguments += ["--db", "/a & b/<c>.db"]
        #expect(
            try LaunchdJob.text(of: definition) == """
                <?xml version="1.0" encoding="UTF-8"?>
                <!-- Made by `varve record --install`, which writes it anew. -->
                <!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" \
                "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
                <plist version="1.0">
                <dict>
                    <key>Label</key>
                    <string>varve.record</string>
                    <key>ProgramArguments</key>
                    <array>
                        <string>/usr/local/bin/varve</string>
                        <string>record</string>
                        <string>--poll</string>
                        <string>2s</string>
                        <string>--db</string>
                        <string>/a &amp; b/&lt;c&gt;.db</string>
                    </array>
                    <key>EnvironmentVariables</key>
                    <dict>
                        <key>HOME</key>
                        <string>/home/ada</string>
                    </dict>
                    <key>RunAtLoad</key>
                    <true/>
                    <key>KeepAlive</key>
                    <true/>
                    <key>ThrottleInterval</key>
                    <integer>5</integer>
                    <key>ExitTimeOut</key>
                    <integer>30</integer>
                    <key>ProcessType</key>
                    <string>Background</string>
                    <key>Umask</key>
                    <integer>63</integer>
                    <key>StandardErrorPath</key>
                    <string>/home/ada/Library/Logs/varve-record.log</string>
                </dict>
                </plist>

                """)
    }

    @Test("the property list is one that Foundation reads back to the same words")
    func jobIsPropertyList() throws {
        var definition = ServiceDefinition.plain()
        // The format is not asked for.
        definition.arguments += ["'\"&<>]]>é %$\\"]
        let list = try unsafe PropertyListSerialization.propertyList(
            from: Data(try LaunchdJob.text(of: definition).utf8), format: nil)
        let words = (list as? [String: Any])?["ProgramArguments"] as? [String]
        #expect(words == [definition.program] + definition.arguments)
    }

    @Test("the options given are the service's, paths made absolute and its own flags taken out")
    func arguments() {
        #expect(
            ServiceDefinition.arguments(
                of: [
                    "record", "--db", "x.db", "--install", "--poll", "2s", "--db=y/z.db",
                    "--db=/abs.db", "--print", "--uninstall",
                ], in: "/srv/w") == [
                    "record", "--db", "/srv/w/x.db", "--poll", "2s", "--db=/srv/w/y/z.db",
                    "--db=/abs.db",
                ])
    }

    @Test("the variables that decide what is recorded go along, in order; empty ones do not")
    func variables() {
        let variables = ServiceDefinition.variables(
            of: [
                "PATH": "/bin", "VARVE_REGISTRY": "/r", "HOME": "/h", "VARVE_DB": "x.db",
                "MSB_HOME": "/m", "XDG_DATA_HOME": "", "SECRET": "1",
            ], in: "/w")
        #expect(
            variables.map { "\($0.name)=\($0.value)" } == [
                "HOME=/h", "MSB_HOME=/m", "VARVE_DB=/w/x.db", "VARVE_REGISTRY=/r",
            ])
    }
}
