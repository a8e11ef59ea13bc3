internal import ArgumentParser

/// `varve generate-manual`, for `make install`.
struct ManualCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate-manual", abstract: "Print the manual page.", shouldDisplay: false)

    func run() throws {
        let output = StandardOutput()
        try output.write(ManualPage.text)
        try output.flush()
    }
}

/// The manual page, made of the same texts as `varve help`, in the language of `man(7)`.
enum ManualPage {
    private static let columns = 72
    /// What every command has.
    private static let common = ["--version", "-h, --help"]

    /// The whole page.
    static var text: String {
        """
        .TH VARVE 1 "" "varve \(Varve.configuration.version)" "User Commands"
        .SH NAME
        varve \\- \(escaped(Varve.configuration.abstract))

        """
            + sections(of: Varve.self, named: ["varve"])
                + """
                .SH SEE ALSO
                .BR less (1),
                .BR sqlite3 (1)

                """
    }

    private static func sections(of command: any ParsableCommand.Type, named names: [String])
        -> String
    {
        let name = names.joined(separator: " ")
        var text = names.count == 1 ? "" : ".SH \(escaped(name.uppercased()))\n"
        text += body(of: Varve.helpMessage(for: command, columns: columns))
        for subcommand in command.configuration.subcommands
        where subcommand.configuration.shouldDisplay {
            guard let last = subcommand.configuration.commandName else { continue }
            text += sections(of: subcommand, named: names + [last])
        }
        return text
    }

    /// The help as it is, its headings made the page's.
    private static func body(of help: String) -> String {
        var text = ""
        // A section that turns out to hold nothing has no heading.
        var pending = ""
        for line in help.split(separator: "\n", omittingEmptySubsequences: false) {
            if common.contains(where: { line.hasPrefix("  " + $0) }) || line.hasPrefix("  See '") {
                continue
            }
            if let heading = heading(of: line) {
                // The usage is one line, however long; all else is set already.
                let mode = heading.name == "USAGE" ? ".fi" : ".nf"
                pending = ".fi\n.SS \(heading.name)\n\(mode)\n"
                guard !heading.rest.isEmpty else { continue }
                text += pending + escaped(heading.rest) + "\n"
                pending = ""
            } else if !line.isEmpty || pending.isEmpty {
                text += pending + escaped(String(line)) + "\n"
                pending = ""
            }
        }
        return text + ".fi\n"
    }

    /// `OVERVIEW: text`, `OPTIONS:`, `WHAT THE CATALOG KEEPS, FROM NOW ON:`.
    private static func heading(of line: Substring) -> (name: String, rest: String)? {
        guard let colon = line.firstIndex(of: ":") else { return nil }
        let name = line[..<colon]
        guard name.count > 3, name.allSatisfy({ $0.isUppercase || $0 == " " || $0 == "," }) else {
            return nil
        }
        return (String(name), String(line[line.index(after: colon)...].drop { $0 == " " }))
    }

    /// `text` so that it stands on the page as it is.
    private static func escaped(_ text: String) -> String {
        var escaped = text.first.map { ".'".contains($0) } == true ? "\\&" : ""
        for character in text {
            switch character {
            case "\\": escaped += "\\e"
            case "-": escaped += "\\-"
            case "'": escaped += "\\(aq"
            case "`": escaped += "\\(ga"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
