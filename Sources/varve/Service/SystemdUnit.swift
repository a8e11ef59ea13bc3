/// A service as systemd reads it, see `systemd.service(5)` and `systemd.exec(5)`.
enum SystemdUnit {
    static let name = "varve-record.service"

    /// What the first line of every such file of ours begins with.
    static let mark = "# Made by `varve record --install`"

    /// The text of the unit file.
    static func text(of definition: ServiceDefinition) throws(ServiceError) -> String {
        try definition.check()
        var lines = [
            mark + ", which writes it anew; for changes of your own: systemctl edit.",
            "[Unit]",
            "Description=varve, the history recorder for sandbox runs",
            "StartLimitIntervalSec=600",
            "StartLimitBurst=60",
            "",
            "[Service]",
            "Type=notify",
            "NotifyAccess=main",
            "ExecStart=" + (try commandLine(of: definition)),
        ]
        for variable in definition.environment {
            lines.append("Environment=" + quoted("\(variable.name)=\(variable.value)"))
        }
        lines += [
            "WatchdogSec=\(definition.watchdogSeconds)",
            "Restart=always",
            "RestartSec=15",
            // Wrong usage stays wrong.
            "RestartPreventExitStatus=64",
            "KillSignal=SIGTERM",
            "TimeoutStopSec=30",
            "UMask=0077",
        ]
        lines += hardening(of: definition)
        lines += [
            "", "[Install]",
            "WantedBy="
                + (definition.scope == .user ? "default.target" : "multi-user.target"), "",
        ]
        return lines.joined(separator: "\n")
    }

    /// What the recorder does not need. It does need the `/proc` of others, `/dev/shm`, and its
    /// catalog wherever that lies: so no private `/tmp`, no hidden `/home`, no user namespace.
    private static func hardening(of definition: ServiceDefinition) -> [String] {
        var lines = [
            "NoNewPrivileges=yes",
            "LockPersonality=yes",
            "MemoryDenyWriteExecute=yes",
            "RestrictAddressFamilies=AF_UNIX",
            "RestrictNamespaces=yes",
            "RestrictRealtime=yes",
            "RestrictSUIDSGID=yes",
            "SystemCallArchitectures=native",
        ]
        // These need a mount namespace, which a user's manager often may not make.
        if definition.scope == .system {
            lines += [
                "ProtectSystem=full",
                "ReadWritePaths=" + quoted("-" + definition.catalogDirectory),
                "ProtectControlGroups=yes",
                "ProtectKernelLogs=yes",
                "ProtectKernelModules=yes",
                "ProtectKernelTunables=yes",
            ]
        }
        return lines
    }

    private static func commandLine(
        of definition: ServiceDefinition
    ) throws(ServiceError) -> String {
        // systemd takes no quotes and no backslash in a program's path, however they are escaped.
        guard
            definition.program.hasPrefix("/"),
            !definition.program.contains(where: { "\"'\\".contains($0) })
        else {
            throw ServiceError(
                .writingDefinition, definition.program,
                "systemd starts no program whose path holds quotes or a backslash; "
                    + "install varve elsewhere (make install)")
        }
        // The program's own path is not looked through for variables.
        let words =
            [quoted(definition.program)]
            + definition.arguments.map { quoted($0, hasVariables: true) }
        return words.joined(separator: " ")
    }

    /// `text` as one word of a unit file, `%` and, in a command line, `$` standing for themselves.
    static func quoted(_ text: String, hasVariables: Bool = false) -> String {
        var isPlain = !text.isEmpty
        var word = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "%": word += "%%"
            case "$" where hasVariables: word += "$$"
            case "\"", "\\":
                word += "\\\(scalar)"
                isPlain = false
            case " ", "'", ";", "#", "$":
                word.unicodeScalars.append(scalar)
                isPlain = false
            default:
                word.unicodeScalars.append(scalar)
                if !scalar.isASCII { isPlain = false }
            }
        }
        return isPlain ? word : "\"\(word)\""
    }
}
