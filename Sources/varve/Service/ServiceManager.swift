internal import Supervisor

/// What starts services on this system, and how it is told to.
struct ServiceManager {
    /// How it reads a service.
    enum Kind {
        case systemd
        case launchd
    }

    let kind: Kind
    let scope: ServiceDefinition.Scope
    /// Where the service's file belongs.
    let file: ServiceFile
    /// The program that talks to it, and its first arguments.
    let control: [String]
    /// The user's number, which names the user's domain in launchd.
    let userID: UInt32
    /// A file that is there if the user's manager also runs while the user is logged out.
    let lingerPath: String?

    /// The manager that is meant on this system.
    ///
    /// - Throws: ``ServiceError`` if nothing says where the user's configuration lies.
    static func current(
        environment: [String: String], userID: UInt32, userName: String?
    ) throws(ServiceError) -> ServiceManager {
        #if canImport(Darwin)
            try launchd(environment: environment, userID: userID)
        #else
            try systemd(environment: environment, userID: userID, userName: userName)
        #endif
    }

    static func systemd(
        environment: [String: String], userID: UInt32, userName: String?
    ) throws(ServiceError) -> ServiceManager {
        guard userID != 0 else {
            return ServiceManager(
                kind: .systemd, scope: .system,
                file: ServiceFile(
                    path: "/etc/systemd/system/" + SystemdUnit.name, mark: SystemdUnit.mark),
                control: ["systemctl"], userID: userID, lingerPath: nil)
        }
        let directory: String
        if let configuration = environment["XDG_CONFIG_HOME"], configuration.hasPrefix("/") {
            directory = configuration
        } else {
            directory = try home(environment) + "/.config"
        }
        return ServiceManager(
            kind: .systemd, scope: .user,
            file: ServiceFile(
                path: directory + "/systemd/user/" + SystemdUnit.name, mark: SystemdUnit.mark),
            control: ["systemctl", "--user"], userID: userID,
            lingerPath: userName.map { "/var/lib/systemd/linger/" + $0 })
    }

    static func launchd(
        environment: [String: String], userID: UInt32
    ) throws(ServiceError) -> ServiceManager {
        let directory =
            userID == 0 ? "/Library/LaunchDaemons" : try home(environment) + "/Library/LaunchAgents"
        return ServiceManager(
            kind: .launchd, scope: userID == 0 ? .system : .user,
            file: ServiceFile(
                path: "\(directory)/\(LaunchdJob.label).plist", mark: LaunchdJob.mark),
            control: ["launchctl"], userID: userID, lingerPath: nil)
    }

    private static func home(_ environment: [String: String]) throws(ServiceError) -> String {
        guard let home = environment["HOME"], home.hasPrefix("/") else {
            throw ServiceError(
                .placing, "", "no home directory is known; set HOME to its absolute path")
        }
        return home
    }

    /// The service's file as this manager reads it.
    func text(of definition: ServiceDefinition) throws(ServiceError) -> String {
        switch kind {
        case .systemd: try SystemdUnit.text(of: definition)
        case .launchd: try LaunchdJob.text(of: definition)
        }
    }

    // MARK: What it is told

    private var domain: String { scope == .system ? "system" : "gui/\(userID)" }

    /// Succeeds if the manager answers; systemd then knows of the new file.
    var greeting: [String] {
        switch kind {
        case .systemd: control + ["daemon-reload"]
        case .launchd: control + ["print", domain]
        }
    }

    /// Succeeds if the service runs.
    var question: [String] {
        switch kind {
        case .systemd: control + ["is-active", "--quiet", SystemdUnit.name]
        case .launchd: control + ["print", "\(domain)/\(LaunchdJob.label)"]
        }
    }

    /// Starts the service now and at every start of the system.
    var start: [[String]] {
        switch kind {
        case .systemd: [control + ["enable", "--now", SystemdUnit.name]]
        case .launchd: [control + ["bootstrap", domain, file.path]]
        }
    }

    /// Starts the service anew, by its new file.
    var restart: [[String]] {
        switch kind {
        case .systemd:
            [
                control + ["enable", SystemdUnit.name], control + ["restart", SystemdUnit.name],
            ]
        case .launchd: stop + start
        }
    }

    /// Stops the service for good.
    var stop: [[String]] {
        switch kind {
        case .systemd: [control + ["disable", "--now", SystemdUnit.name]]
        case .launchd: [control + ["bootout", "\(domain)/\(LaunchdJob.label)"]]
        }
    }

    /// Runs one of these, to its end.
    ///
    /// - Parameter isQuiet: whether what it prints is for nobody.
    /// - Returns: Its exit code; `nil` if there is no such program.
    func run(_ words: [String], isQuiet: Bool = false) -> Int32? {
        // By the supervisor's own way to start a command: nothing has to be read from it, so that a
        // package for that would bring more than it saves.
        let command =
            isQuiet ? ["sh", "-c", "exec \"$0\" \"$@\" >/dev/null 2>&1"] + words : words
        do {
            let child = try GatedCommand(command.map { Array($0.utf8) }, mask: .current)
            let pid = child.pid
            do {
                try child.open()
            } catch {
                _ = Children.reap(pid)
                throw error
            }
            let code = Children.reap(pid)?.shellCode
            return code == 127 ? nil : code
        } catch {
            return nil
        }
    }
}
