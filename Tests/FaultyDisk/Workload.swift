public import SQLite

/// Something that varve does with a catalog, in steps, on a disk that may fail.
public struct Workload: Sendable, CustomStringConvertible {
    /// One step. One that has thrown may be run again.
    public struct Step {
        /// What it does: `seal an hour`.
        public let name: String
        let run: () throws -> Void

        /// A step that does `run`.
        public init(_ name: String, _ run: @escaping () throws -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// The name of a step that promises that all of the catalog is on the disk.
    public static let syncingStep = "cut the log"

    /// What it is called in figures: `seal`.
    public let name: String
    /// Makes what is there before, at this path.
    let prepare: @Sendable (_ path: String) throws -> Void
    /// The steps on the catalog at this path; what they share dies with them.
    let begin: @Sendable (_ path: String, _ settings: ConnectionSettings) throws -> [Step]
    /// States in which a step that commits more than once may leave the catalog.
    let between: @Sendable (_ path: String) throws -> [CatalogState]
    /// Whether what fails waits in memory, so that the next step follows.
    let goesOn: Bool
    /// What is looked at besides when all is done.
    let inspect: @Sendable (_ path: String) throws -> [String]

    /// A workload that `prepare` makes ready and `begin` begins; see the properties.
    public init(
        _ name: String, goesOn: Bool = false,
        prepare: @escaping @Sendable (_ path: String) throws -> Void,
        between: @escaping @Sendable (_ path: String) throws -> [CatalogState] = { _ in [] },
        inspect: @escaping @Sendable (_ path: String) throws -> [String] = { _ in [] },
        begin:
            @escaping @Sendable (
                _ path: String, _ settings: ConnectionSettings
            ) throws -> [Step]
    ) {
        self.name = name
        self.goesOn = goesOn
        self.prepare = prepare
        self.between = between
        self.inspect = inspect
        self.begin = begin
    }

    /// Its name.
    public var description: String { name }
}

/// A workload without faults: what there was before it, and after each of its steps.
struct CleanRun {
    /// The files before it, without those that are made anew.
    let files: [String: [UInt8]]
    /// The state before it, and after each step.
    let states: [CatalogState]
    /// What lay beside the catalog then.
    let names: [[String]]
    /// States between those.
    let between: Set<CatalogState>
    /// What was looked at in the end.
    let inspected: [String]

    init(of workload: Workload) throws {
        let origin = try Folder()
        try workload.prepare(origin.catalog)
        files = try origin.files()
        let folder = try Folder(holding: files)
        var states = [try folder.state()]
        var names = [try folder.otherNames]
        do {
            let disk = FaultyDisk()
            let steps = try workload.begin(folder.catalog, disk.settings)
            for step in steps {
                try step.run()
                states.append(try folder.state())
                names.append(try folder.otherNames)
            }
        }
        self.states = states
        self.names = names
        inspected = try workload.inspect(folder.catalog)
        let other = try Folder()
        between = Set(try workload.between(other.catalog))
    }
}
