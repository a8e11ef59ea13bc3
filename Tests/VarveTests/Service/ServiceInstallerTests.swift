import Foundation
import Testing

@testable import varve

/// A configuration directory, and a `systemctl` that writes down what it is told.
private final class Desk {
    let directory: String
    var sentences: [String] = []

    init() throws {
        directory =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("varve-service-" + UUID().uuidString).path
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        try setControl(
            """
            printf '%s\\n' "$*" >> '\(directory)/told'
            case "$*" in
            *daemon-reload*) test ! -e '\(directory)/deaf' ;;
            *is-active*) echo noise; test -e '\(directory)/active' ;;
            *enable*) test ! -e '\(directory)/broken' && : > '\(directory)/active' ;;
            *disable*) rm -f '\(directory)/active' ;;
            esac
            """)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    // A shell reads it: started itself, it could be busy, as a child that another test has just forked
    // may still have it open for writing.
    func setControl(_ script: String) throws {
        let path = directory + "/systemctl"
        try ("#!/bin/sh\n" + script + "\n").write(
            toFile: path, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    }

    func mark(_ name: String) throws {
        try "".write(toFile: directory + "/" + name, atomically: false, encoding: .utf8)
    }

    var unit: String { directory + "/config/systemd/user/varve-record.service" }

    /// What systemctl was told since the last look.
    func told() -> [String] {
        let text = (try? String(contentsOfFile: directory + "/told", encoding: .utf8)) ?? ""
        try? FileManager.default.removeItem(atPath: directory + "/told")
        return text.split(separator: "\n").map(String.init)
    }

    func installer(control: String? = nil, hasLingering: Bool = true) throws -> ServiceInstaller {
        let manager = try ServiceManager.systemd(
            environment: ["XDG_CONFIG_HOME": directory + "/config"], userID: 1000, userName: "ada")
        return ServiceInstaller(
            manager: ServiceManager(
                kind: manager.kind, scope: manager.scope, file: manager.file,
                control: ["/bin/sh", control ?? directory + "/systemctl", "--user"],
                userID: manager.userID,
                lingerPath: hasLingering ? directory : directory + "/no-such")
        ) { self.sentences.append($0.replacingOccurrences(of: self.directory, with: "DIR")) }
    }
}

@Suite("Installing the service", .serialized)
struct ServiceInstallerTests {
    private let desk: Desk

    init() throws { desk = try Desk() }

    private static let unit = "DIR/config/systemd/user/varve-record.service"

    @Test("it is written, enabled and started; the second time nothing is left to do")
    func installTwice() throws {
        try desk.installer().install(.plain())
        #expect(
            desk.told() == ["--user daemon-reload", "--user enable --now varve-record.service"])
        #expect(desk.sentences == ["installed and started: \(Self.unit)"])
        let written = try FileManager.default.attributesOfItem(atPath: desk.unit)
        #expect(written[.posixPermissions] as? Int == 0o644)
        let text = try String(contentsOfFile: desk.unit, encoding: .utf8)
        #expect(try text == SystemdUnit.text(of: .plain()))

        desk.sentences = []
        try desk.installer().install(.plain())
        #expect(
            desk.told() == [
                "--user daemon-reload", "--user is-active --quiet varve-record.service",
            ])
        #expect(desk.sentences == ["already installed and running: \(Self.unit)"])
        let left = try FileManager.default.contentsOfDirectory(
            atPath: desk.directory + "/config/systemd/user")
        #expect(left == ["varve-record.service"])
    }

    @Test("other options replace the file and restart what runs")
    func update() throws {
        try desk.installer().install(.plain())
        _ = desk.told()
        desk.sentences = []
        var changed = ServiceDefinition.plain()
        changed.arguments += ["--interval", "20s"]
        try desk.installer().install(changed)
        #expect(
            desk.told().suffix(2) == [
                "--user enable varve-record.service", "--user restart varve-record.service",
            ])
        #expect(desk.sentences == ["updated and restarted: \(Self.unit)"])
        #expect(
            try String(contentsOfFile: desk.unit, encoding: .utf8).contains("--interval 20s"))
    }

    @Test("without a manager that answers, the file is there and the rest is said in words")
    func noManager() throws {
        try desk.mark("deaf")
        try desk.installer().install(.plain())
        let control = "/bin/sh DIR"
        #expect(
            desk.sentences == [
                "\(Self.unit) is in place",
                "warning: no service manager answers here, so that nothing was started; in a login "
                    + "session type: \(control)/systemctl --user daemon-reload && "
                    + "\(control)/systemctl --user enable --now varve-record.service",
            ])
        desk.sentences = []
        try desk.installer(control: desk.directory + "/no-such-systemctl").install(.plain())
        #expect(desk.sentences.first == "\(Self.unit) is already in place")
        #expect(desk.sentences.count == 2)
    }

    @Test("a service that does not start is an error that says which command failed")
    func brokenStart() throws {
        try desk.mark("broken")
        let error = #expect(throws: ServiceError.self) {
            try desk.installer().install(.plain())
        }
        #expect(
            error?.description.replacingOccurrences(of: desk.directory, with: "DIR")
                == "cannot start the service of '\(Self.unit)': '/bin/sh DIR/systemctl --user enable --now "
                + "varve-record.service' failed; see /bin/sh DIR/systemctl --user status "
                + "varve-record.service")
    }

    @Test("who does not linger is told so, and who runs a build is warned")
    func notes() throws {
        try desk.installer(hasLingering: false).install(
            .plain(program: "/src/varve/.build/debug/varve"))
        #expect(
            desk.sentences == [
                "warning: the service runs /src/varve/.build/debug/varve, which lies in a build "
                    + "folder or a temporary one; install varve for good (make install) and then "
                    + "the service once more",
                "installed and started: \(Self.unit)",
                "it runs while you are logged in; to record always, type: "
                    + "loginctl enable-linger",
            ])
    }

    @Test("it is stopped and removed; the second time there is nothing to remove")
    func uninstall() throws {
        try desk.installer().install(.plain())
        _ = desk.told()
        desk.sentences = []
        try desk.installer().uninstall()
        #expect(
            desk.told() == ["--user disable --now varve-record.service", "--user daemon-reload"])
        try desk.installer().uninstall()
        #expect(
            desk.sentences == [
                "removed: \(Self.unit); the catalog stays",
                "no service is installed: \(Self.unit) is not there",
            ])
        #expect(!FileManager.default.fileExists(atPath: desk.unit))
    }

    @Test("a symbolic link stays, and so does what it points to")
    func symbolicLink() throws {
        let target = desk.directory + "/precious"
        try desk.mark("precious")
        try FileManager.default.createDirectory(
            atPath: desk.directory + "/config/systemd/user", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: desk.unit, withDestinationPath: target)
        let error = #expect(throws: ServiceError.self) { try desk.installer().install(.plain()) }
        #expect(
            error?.description.replacingOccurrences(of: desk.directory, with: "DIR")
                == "cannot put the service in place at '\(Self.unit)': it is a symbolic link or no "
                + "file, and stays as it is; move it away")
        let removal = #expect(throws: ServiceError.self) { try desk.installer().uninstall() }
        #expect(removal?.operation == .removing)
        #expect(try String(contentsOfFile: target, encoding: .utf8) == "")
        #expect(desk.told() == [])
    }

    @Test("a unit that somebody wrote by hand stays")
    func foreignFile() throws {
        try FileManager.default.createDirectory(
            atPath: desk.directory + "/config/systemd/user", withIntermediateDirectories: true)
        try "[Unit]\n".write(toFile: desk.unit, atomically: false, encoding: .utf8)
        let error = #expect(throws: ServiceError.self) { try desk.installer().install(.plain()) }
        #expect(
            error?.description.replacingOccurrences(of: desk.directory, with: "DIR")
                == "cannot put the service in place at '\(Self.unit)': it was not made by varve "
                + "record --install, and stays as it is; move it away")
        #expect(try String(contentsOfFile: desk.unit, encoding: .utf8) == "[Unit]\n")
    }

    @Test("another user's file stays", .enabled(if: geteuid() == 0, "only root can make one"))
    func anothersFile() throws {
        try desk.installer().install(.plain())
        try #require(unsafe chown(desk.unit, 4711, 4711) == 0)
        let error = #expect(throws: ServiceError.self) { try desk.installer().install(.plain()) }
        #expect(
            error?.description.replacingOccurrences(of: desk.directory, with: "DIR")
                == "cannot put the service in place at '\(Self.unit)': it belongs to another user "
                + "(4711), and stays as it is; move it away, or be that user")
    }

    @Test("root's service belongs to the machine, a user's to the user")
    func places() throws {
        let root = try ServiceManager.systemd(environment: [:], userID: 0, userName: "root")
        #expect(root.file.path == "/etc/systemd/system/varve-record.service")
        #expect(root.control == ["systemctl"])
        let user = try ServiceManager.systemd(
            environment: ["HOME": "/home/ada", "XDG_CONFIG_HOME": "relative"], userID: 1000,
            userName: "ada")
        #expect(user.file.path == "/home/ada/.config/systemd/user/varve-record.service")
        #expect(user.lingerPath == "/var/lib/systemd/linger/ada")
        let agent = try ServiceManager.launchd(environment: ["HOME": "/Users/ada"], userID: 501)
        #expect(agent.file.path == "/Users/ada/Library/LaunchAgents/varve.record.plist")
        #expect(agent.start == [["launchctl", "bootstrap", "gui/501", agent.file.path]])
        #expect(agent.stop == [["launchctl", "bootout", "gui/501/varve.record"]])
        let homeless = #expect(throws: ServiceError.self) {
            try ServiceManager.systemd(environment: [:], userID: 1000, userName: nil)
        }
        #expect(
            homeless?.description == "cannot put the service in place at: no home directory is "
                + "known; set HOME to its absolute path")
    }

    private static let analyzer = "/usr/bin/systemd-analyze"

    @Test(
        "systemd finds nothing wrong with the unit",
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: analyzer),
            "systemd-analyze is not installed"),
        arguments: [ServiceDefinition.Scope.user, .system])
    func verify(scope: ServiceDefinition.Scope) throws {
        var definition = ServiceDefinition.plain(scope, program: "/bin/sh")
        definition.arguments = ["record", "--db", "/a b/%n$x\"y\\z;'é.db", ";", ""]
        definition.environment.append(.init(name: "VARVE_A", value: "%i $HOME \"\\'"))
        let text = try SystemdUnit.text(of: definition)
        #expect(try complaints(about: text) == "")
        // The program does complain where there is reason to.
        #expect(try complaints(about: text + "Nonsense=1\n").contains("Nonsense"))
    }

    private func complaints(about text: String) throws -> String {
        let path = desk.directory + "/varve-record.service"
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.analyzer)
        process.arguments = ["verify", path]
        let pipe = Pipe()
        process.standardError = pipe
        try process.run()
        let answer = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: answer, as: UTF8.self)
    }
}
