internal import ArgumentParser
internal import Dispatch
internal import HistoryModel
internal import Logging
internal import ProcessSampler
internal import ProcessWatch
internal import Recorder
internal import ServiceLifecycle
internal import SlotRegistry
internal import UnixSignals

/// `varve record`.
struct RecordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Record every run of a registry until told to stop.",
        discussion: """
            varve's own registry is made if it is missing; another one is waited for. SIGTERM and \
            SIGINT (Ctrl-C) write what is in memory and end. While it runs, `varve run` leaves the \
            recording of that registry to it.

            With --microsandbox every sandbox of microsandbox is recorded, of each release since 0.5.0 \
            and of each home that is named: the registries are followed as they come and go, and what \
            microsandbox's own catalog says of a run is kept with it. Nothing of microsandbox's is \
            changed.

            Examples:
              varve record --microsandbox
              varve record --msb-home /srv/a --msb-home /srv/b
            """)

    @Option(help: ArgumentHelp("How often the slots are read.", valueName: "duration"))
    var poll = DurationArgument(.seconds(1), text: "1s")

    @Option(
        help: ArgumentHelp(
            "How long an interval one row covers, and how often rows are written.",
            valueName: "duration"))
    var interval = DurationArgument(.seconds(10), text: "10s")

    @Option(
        help: ArgumentHelp(
            "How much of the end of each run is kept at full resolution; 0 for nothing.",
            valueName: "duration"))
    var keep = MomentsArgument.standard

    @Flag(name: .shortAndLong, help: "Print warnings and errors only.")
    var quiet = false

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var microsandbox: MicrosandboxOptions
    @OptionGroup var catalog: CatalogOptions
    @OptionGroup(title: "What the catalog keeps, from now on") var retention: RetentionOptions
    @OptionGroup(title: "Service") var service: ServiceOptions

    mutating func validate() throws {
        guard poll.duration >= .milliseconds(10) else {
            throw ValidationError("--poll takes 10ms or more")
        }
        try microsandbox.exclude(registry)
        guard interval.duration >= poll.duration else {
            throw ValidationError("--interval must not be shorter than --poll")
        }
    }

    func run() throws {
        let homes = try microsandbox.homes()
        let own = homes.isEmpty ? try registry.resolved() : nil
        let catalogPath = try catalog.resolvedPath()
        if try service.handle(poll: poll.duration, catalogPath: catalogPath) { return }
        try Self.requireDescriptors()
        try Self.requireProcesses()
        var logger = Console.logger()
        if quiet { logger.logLevel = .warning }
        let plan = RecordPlan(
            settings: RecorderSettings(
                poll: poll.duration, interval: interval.duration, keep: keep.duration),
            retention: retention, catalogPath: catalogPath, logger: logger)
        var services: [any Service] = []
        if let (name, source, isOwn) = own {
            services.append(
                RecordService(name: name, source: source, plan: plan, makesRegistry: isOwn))
        }
        let host = Host.current()
        for home in homes { services += HomeService.services(of: home, on: host, plan: plan) }
        // The group's own messages are about the group; what people need the services say.
        let group = ServiceGroup(
            configuration: .init(
                services: services.map {
                    .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup)
                },
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: Logger(label: "varve") { _ in SwiftLogNoOpLogHandler() }))
        try Self.wait { try await group.run() }
    }

    /// Refuses to record with next to no descriptors: the library that schedules the recorder's threads
    /// ends a program that has none left for it.
    private static func requireDescriptors() throws {
        DescriptorLimit.raise()
        guard DescriptorLimit.hasRoom(for: leastDescriptors) else {
            throw RecordingError.noDescriptors
        }
    }

    /// What a recorder of one registry has open, without the processes that it watches.
    private static let leastDescriptors = 18

    /// Refuses to record where the system tells nothing of processes: whose runs they are could not be
    /// told, and the library that schedules the recorder's threads ends a program that has no /proc.
    private static func requireProcesses() throws {
        let process = try ProcessIdentity.of(pid: ProcessID.own)
        if process == nil { throw RecordingError.noProcesses }
    }

    /// Runs `body` to its end; the main thread has nothing else to do meanwhile.
    private static func wait(_ body: @escaping @Sendable () async throws -> Void) throws {
        let done = DispatchSemaphore(value: 0)
        let failure = Locked<(any Error)?>(nil)
        Task.detached {
            do {
                try await body()
            } catch {
                failure.withLock { $0 = error }
            }
            done.signal()
        }
        done.wait()
        if let error = failure.withLock({ $0 }) { throw error }
    }
}
