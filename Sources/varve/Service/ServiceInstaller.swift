internal import HistoryModel

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Puts the service in place, and takes it away again.
struct ServiceInstaller {
    let manager: ServiceManager
    /// Takes each sentence for the user.
    let say: (String) -> Void

    private var path: String { manager.file.path.escapedForDisplay }

    /// Writes the service's file and has it started; does nothing twice.
    ///
    /// - Throws: ``ServiceError`` if the file cannot be written, or the service does not start.
    func install(_ definition: ServiceDefinition) throws(ServiceError) {
        let text = try manager.text(of: definition)
        let former = try manager.file.text(for: .placing)
        if former != text { try manager.file.write(text) }
        if Self.isInBuildFolder(definition.program) {
            say(
                "warning: the service runs \(definition.program.escapedForDisplay), which lies in "
                    + "a build folder or a temporary one; install varve for good (make install) "
                    + "and then the service once more")
        }
        guard manager.run(manager.greeting) == 0 else {
            say(former == text ? "\(path) is already in place" : "\(path) is in place")
            say(
                "warning: no service manager answers here, so that nothing was started; "
                    + "in a login session type: " + typed([manager.greeting] + manager.start))
            return
        }
        let isRunning = former != nil && manager.run(manager.question, isQuiet: true) == 0
        switch (former == text, isRunning) {
        case (true, true):
            say("already installed and running: \(path)")
        case (false, true):
            try run(manager.restart)
            say("updated and restarted: \(path)")
        case (_, false):
            try run(manager.start)
            say("installed and started: \(path)")
        }
        noteLingering()
    }

    /// Stops the service and removes its file.
    func uninstall() throws(ServiceError) {
        guard try manager.file.text(for: .removing) != nil else {
            say("no service is installed: \(path) is not there")
            return
        }
        let hasStopped = manager.stop.allSatisfy { manager.run($0) == 0 }
        try manager.file.remove()
        if manager.kind == .systemd { _ = manager.run(manager.greeting, isQuiet: true) }
        say("removed: \(path); the catalog stays")
        if !hasStopped {
            say(
                "warning: no service manager has stopped it; if it still runs, type: "
                    + typed(manager.stop))
        }
    }

    private func run(_ commands: [[String]]) throws(ServiceError) {
        for command in commands {
            guard let code = manager.run(command), code == 0 else {
                let words = CommandLineText.quoted(command)
                let advice =
                    manager.kind == .systemd
                    ? "see "
                        + CommandLineText.quoted(manager.control + ["status", SystemdUnit.name])
                    : "see Console.app"
                throw ServiceError(.starting, manager.file.path, "'\(words)' failed; \(advice)")
            }
        }
    }

    private func typed(_ commands: [[String]]) -> String {
        commands.map { CommandLineText.quoted($0) }.joined(separator: " && ")
    }

    private func noteLingering() {
        guard manager.scope == .user, let path = manager.lingerPath else { return }
        // The path is NUL-terminated for the call.
        guard unsafe access(path, F_OK) != 0 else { return }
        say("it runs while you are logged in; to record always, type: loginctl enable-linger")
    }

    static func isInBuildFolder(_ program: String) -> Bool {
        program.contains("/.build/") || program.hasPrefix("/tmp/")
            || program.hasPrefix("/var/tmp/") || program.contains("/DerivedData/")
    }
}
