internal import HistoryModel
internal import HistoryStore

/// What a service runs, whatever manager it is written down for.
struct ServiceDefinition: Hashable {
    /// Whose service manager runs it.
    enum Scope: Hashable {
        /// That of one user.
        case user
        /// The machine's; it runs as root.
        case system
    }

    var scope: Scope
    /// The program's absolute path.
    var program: String
    var arguments: [String]
    /// The variables on which it depends, in the order of their names.
    var environment: [Variable]
    /// How long it may be silent before it is killed and started again.
    var watchdogSeconds: Int64
    /// The directory that it writes to.
    var catalogDirectory: String

    /// A variable of the environment.
    struct Variable: Hashable {
        var name: String
        var value: String
    }

    /// Which of `environment` decide what is recorded, and where to.
    ///
    /// The names of registries and the place of the catalog come from them, and a service manager
    /// starts programs without most of them.
    static func variables(
        of environment: [String: String], in directory: String
    ) -> [Variable] {
        environment.filter { name, value in
            let isMeant =
                ["HOME", "XDG_DATA_HOME", "MSB_HOME"].contains(name) || name.hasPrefix("VARVE_")
            return isMeant && !value.isEmpty
        }
        .map { name, value in
            Variable(
                name: name,
                value: name == "VARVE_DB" ? absolute(value, in: directory) : value)
        }
        .sorted { $0.name < $1.name }
    }

    /// What of the words on this command line the service is started with: all but what
    /// put it in place. A catalog's path is made absolute: a service runs in another directory.
    static func arguments(of words: [String], in directory: String) -> [String] {
        var arguments: [String] = []
        var isPath = false
        for word in words {
            if isPath {
                arguments.append(absolute(word, in: directory))
                isPath = false
            } else if word.hasPrefix("--db=") {
                arguments.append("--db=" + absolute(String(word.dropFirst(5)), in: directory))
            } else if !["--install", "--uninstall", "--print"].contains(word) {
                isPath = word == "--db"
                arguments.append(word)
            }
        }
        return arguments
    }

    static func absolute(_ path: String, in directory: String) -> String {
        guard !path.hasPrefix("/") else { return path }
        let relative = path.hasPrefix("./") ? path.dropFirst(2) : path[...]
        return directory + (directory.hasSuffix("/") ? "" : "/") + relative
    }

    /// Refuses text that a service file cannot hold.
    func check() throws(ServiceError) {
        let texts = [program] + arguments + environment.map(\.value) + environment.map(\.name)
        for text in texts
        where text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) {
            throw ServiceError(
                .writingDefinition, text,
                "a service file holds no line breaks and no control characters; "
                    + "use a path or a name without them")
        }
        for variable in environment
        where !variable.name.utf8.allSatisfy({ byte in
            (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || byte == UInt8(ascii: "_")
        }) {
            throw ServiceError(
                .writingDefinition, variable.name,
                "a variable's name holds letters, digits and _ only; unset it")
        }
    }
}
