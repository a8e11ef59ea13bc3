import Foundation
import Testing

/// `varve record --print`, and what it refuses.
struct ServiceTests {
    let stage: Stage

    init() throws { stage = try Stage() }

    @Test("a recorder prints the service that would run it as it was started, and starts nothing")
    func print() async throws {
        let end = try await stage.varve(
            "record", "--poll", "20s", "--print", "--interval", "1m", "--db", "my history.db")
        #expect(end.code == 0)
        #if canImport(Darwin)
            #expect(end.text.contains("<string>\(stage.directory)/my history.db</string>"))
        #else
            let lines = end.text.split(separator: "\n")
            let commandLine = lines.first { $0.hasPrefix("ExecStart=") }
            #expect(commandLine?.hasPrefix("ExecStart=/") == true)
            #expect(
                commandLine?.hasSuffix(
                    " record --poll 20s --interval 1m --db \"\(stage.directory)/my history.db\"")
                    == true)
            #expect(lines.contains("Environment=HOME=\(stage.directory)"))
            #expect(lines.contains("Environment=VARVE_DB=\(stage.catalog)"))
            #expect(lines.contains("Environment=VARVE_REGISTRY=\(stage.registry)"))
            #expect(lines.contains("WatchdogSec=63"))
        #endif
        #expect(end.errors.hasPrefix("varve: --install puts this into /"))
        #expect(stage.files.isEmpty)
    }

    @Test("one thing at a time is done about the service")
    func exclusive() async throws {
        let end = try await stage.varve("record", "--install", "--print")
        #expect(end.code == 64)
        #expect(stage.files.isEmpty)
    }

    @Test(
        "a user installs and removes it",
        .enabled(if: geteuid() != 0, "root's service would be the machine's"))
    func install() async throws {
        let control = stage.path("bin")
        try FileManager.default.createDirectory(
            atPath: control, withIntermediateDirectories: true)
        for name in ["systemctl", "launchctl"] {
            let path = control + "/" + name
            try "#!/bin/sh\necho \"$*\" >> \(stage.path("told"))\n".write(
                toFile: path, atomically: false, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        }
        let environment: [String: String?] = [
            "PATH": control + ":" + (stage.environment["PATH"] ?? "/bin"),
            "XDG_CONFIG_HOME": stage.path("config"),
        ]
        let installed = try await stage.varve("record", "--install", environment: environment)
        #expect(installed.code == 0)
        #expect(installed.errors.contains("installed and started: \(stage.directory)/"))
        #expect(!stage.contents("told").isEmpty)
        let removed = try await stage.varve("record", "--uninstall", environment: environment)
        #expect(removed.code == 0)
        #expect(removed.errors.contains("; the catalog stays"))
    }
}
