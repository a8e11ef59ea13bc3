internal import ArgumentParser
internal import HistoryModel
internal import HistoryStore

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Whether a recorder is to be run as a service instead.
struct ServiceOptions: ParsableArguments {
    /// What is done about the service.
    enum Action: EnumerableFlag {
        case install
        case uninstall
        case print

        static func help(for value: Action) -> ArgumentHelp? {
            switch value {
            case .install:
                "Have this recorder, with these options, started as a service now and always."
            case .uninstall: "Stop that service and remove it; the catalog stays."
            case .print: "Print the service's file, and change nothing."
            }
        }
    }

    @Flag(exclusivity: .exclusive)
    var action: Action?

    /// Does what was asked for about the service of a recorder that polls each `poll` and writes to
    /// `catalogPath`.
    ///
    /// - Returns: `false` if nothing was asked for: the recorder is to run here and now.
    func handle(poll: Duration, catalogPath: String) throws -> Bool {
        guard let action else { return false }
        let environment = Environment.current
        let manager = try ServiceManager.current(
            environment: environment, userID: geteuid(), userName: Self.userName)
        let installer = ServiceInstaller(manager: manager) { Console.say($0) }
        switch action {
        case .uninstall:
            try installer.uninstall()
        case .install:
            try installer.install(definition(environment, manager, poll, catalogPath))
        case .print:
            let text = try manager.text(of: definition(environment, manager, poll, catalogPath))
            let output = StandardOutput()
            try output.write(text)
            try output.flush()
            let place = manager.file.path.escapedForDisplay
            Console.say(
                manager.scope == .system
                    ? "--install puts this into \(place), to run as root"
                    : "--install puts this into \(place)")
        }
        return true
    }

    private func definition(
        _ environment: [String: String], _ manager: ServiceManager, _ poll: Duration,
        _ catalogPath: String
    ) throws -> ServiceDefinition {
        let directory = try ThisProgram.workingDirectory()
        let catalog = ServiceDefinition.absolute(catalogPath, in: directory)
        return ServiceDefinition(
            scope: manager.scope,
            program: try ThisProgram.path(),
            arguments: ServiceDefinition.arguments(
                of: try ThisProgram.arguments(), in: directory),
            environment: ServiceDefinition.variables(of: environment, in: directory),
            // A sign of life comes with a poll, at half of this at the earliest.
            watchdogSeconds: max(30, min(86_400, poll.components.seconds &+ 1) * 3),
            catalogDirectory: CatalogLocation.directory(of: catalog))
    }

    private static var userName: String? {
        // getpwuid's answer is this thread's until its next call; the name is copied at once.
        guard let entry = unsafe getpwuid(geteuid()), let name = unsafe entry.pointee.pw_name else {
            return nil
        }
        return unsafe String(cString: name)
    }
}
