/// A service as launchd reads it, see `launchd.plist(5)`.
enum LaunchdJob {
    static let label = "varve.record"

    static let mark = "<!-- Made by `varve record --install`"

    /// The text of the property list. launchd knows no readiness and no watchdog.
    static func text(of definition: ServiceDefinition) throws(ServiceError) -> String {
        try definition.check()
        var lines = [
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
            mark + ", which writes it anew. -->",
            "<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" "
                + "\"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">",
            "<plist version=\"1.0\">",
            "<dict>",
            "    <key>Label</key>",
            "    " + string(label),
            "    <key>ProgramArguments</key>",
            "    <array>",
        ]
        lines += ([definition.program] + definition.arguments).map { "        " + string($0) }
        lines += ["    </array>"]
        if !definition.environment.isEmpty {
            lines += ["    <key>EnvironmentVariables</key>", "    <dict>"]
            for variable in definition.environment {
                lines.append("        <key>\(escaped(variable.name))</key>")
                lines.append("        " + string(variable.value))
            }
            lines.append("    </dict>")
        }
        lines += [
            "    <key>RunAtLoad</key>",
            "    <true/>",
            "    <key>KeepAlive</key>",
            "    <true/>",
            "    <key>ThrottleInterval</key>",
            "    <integer>5</integer>",
            "    <key>ExitTimeOut</key>",
            "    <integer>30</integer>",
            "    <key>ProcessType</key>",
            "    " + string("Background"),
            "    <key>Umask</key>",
            "    <integer>63</integer>",
            "    <key>StandardErrorPath</key>",
            "    " + string(logPath(of: definition)),
            "</dict>",
            "</plist>",
            "",
        ]
        return lines.joined(separator: "\n")
    }

    private static func logPath(of definition: ServiceDefinition) -> String {
        let home = definition.environment.first { $0.name == "HOME" }?.value
        guard definition.scope == .user, let home else { return "/Library/Logs/varve-record.log" }
        return home + "/Library/Logs/varve-record.log"
    }

    private static func string(_ text: String) -> String {
        "<string>\(escaped(text))</string>"
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
