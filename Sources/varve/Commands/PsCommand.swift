internal import ArgumentParser
internal import HistoryModel
internal import Microsandbox
internal import SlotRegistry

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// `varve ps`.
struct PsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ps",
        abstract: "What the registry holds now.")

    @Flag(name: .shortAndLong, help: "Show slots whose run has ended, too.")
    var all = false

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var microsandbox: MicrosandboxOptions
    @OptionGroup var printing: PrintingOptions

    mutating func validate() throws { try microsandbox.exclude(registry) }

    func run() throws {
        let homes = try microsandbox.homes()
        guard homes.isEmpty else {
            return try printSandboxes(of: homes)
        }
        let (name, _, _) = try registry.resolved()
        let slots = try slots(in: name).filter { all || $0.state == .running }
        try printing.print(
            slots, LiveSlot.fields(now: .now()), listName: "slots",
            emptyNote: "nothing runs in \(name.value)")
    }

    private func printSandboxes(of homes: [MicrosandboxHome]) throws {
        let subject = LiveSubject.microsandbox(homes)
        var board = LiveBoard(of: subject, isForAll: all)
        board.refresh()
        // The samplers write once a second, and rates need two samples.
        usleep(1_100_000)
        board.refresh()
        let rows = board.rows.filter { all || $0.state != .crashed }
        if !rows.isEmpty, let note = board.note { Console.say(note) }
        try printing.print(
            LiveOrder.name.sorted(rows, isReversed: false), subject.sandboxFields,
            listName: subject.listName,
            emptyNote: board.note
                ?? "no sandbox runs in \(subject.title.escapedForDisplay)")
    }

    private func slots(in name: RegistryName) throws -> [LiveSlot] {
        do {
            let reader = try RegistryReader.open(name)
            return try Self.slots(of: reader)
        } catch let error as RegistryError where error.isNotFound {
            // Nobody has made it yet: nothing runs.
            return []
        }
    }

    private static func slots(of reader: borrowing RegistryReader) throws -> [LiveSlot] {
        let evidence = SystemEvidence()
        var slots: [LiveSlot] = []
        try reader.snapshot { index, outcome in
            if let slot = LiveSlot(index, outcome, evidence: evidence) { slots.append(slot) }
        }
        return slots
    }
}

/// What one slot shows.
struct LiveSlot: Sendable {
    /// What the slot's run is doing.
    enum State: String {
        case running
        case ended
        /// The process is gone and nobody gave the slot back.
        case crashed
        /// The slot was being written at every try.
        case torn
    }

    let slot: Int
    let state: State
    let identity: SlotIdentity?
    let sample: Sample?

    /// - Returns: `nil` if the slot has no run.
    init?(_ slot: Int, _ outcome: SlotOutcome, evidence: SystemEvidence) {
        self.slot = slot
        switch outcome {
        case .free, .reserved, .unknownState: return nil
        case .torn:
            state = .torn
            identity = nil
            sample = nil
        case .notYetSampled(let identity):
            state = Self.state(of: identity, evidence)
            self.identity = identity
            sample = nil
        case .reading(let reading):
            state = Self.state(of: reading.identity, evidence)
            identity = reading.identity
            sample = reading.checkedSample().sample
        }
    }

    private static func state(of identity: SlotIdentity, _ evidence: SystemEvidence) -> State {
        guard identity.state == .active else { return .ended }
        return evidence.isGone(identity.pid) ? .crashed : .running
    }

    static func fields(now: Timestamp) -> [Field<LiveSlot>] {
        [
            Field("slot") { FieldValue($0.slot) },
            Field("run_id", heading: "RUN", alignment: .right, priority: 97) { slot in
                // Below zero are ids that a run chose itself while its catalog was out of reach.
                FieldValue(slot.identity.flatMap { $0.runID > 0 ? $0.runID : nil })
            },
            Field("sandbox", heading: "SANDBOX", priority: 100) {
                FieldValue($0.identity?.name.string)
            },
            Field("state", heading: "STATE", isElastic: false, priority: 99) {
                .text($0.state.rawValue)
            },
            Field("pid", heading: "PID", alignment: .right, priority: 93) {
                // 0 is what a writer leaves who names none.
                FieldValue($0.identity.flatMap { $0.pid > 0 ? $0.pid : nil })
            },
            Field("started_at") { FieldValue($0.identity?.startedAt) },
            Field("uptime_ms", heading: "UPTIME", as: .milliseconds, priority: 96) { slot in
                guard slot.state == .running else { return .null }
                return FieldValue(
                    slot.identity?.startedAt.map { max(0, now.milliseconds(since: $0)) })
            },
            Field("sampled_at") { FieldValue($0.sample?.at) },
            Field("cpu_percent", heading: "CPU", as: .percent, priority: 98) { slot in
                FieldValue(slot.sample?.cpuCentipercent.map { Double($0) / 100 })
            },
            Field("cpu_time_ns", heading: "CPU TIME", as: .nanoseconds, priority: 92) {
                FieldValue($0.sample?.cpuTimeNanoseconds)
            },
            Field("memory_bytes", heading: "MEMORY", as: .bytes, priority: 98) {
                FieldValue($0.sample?.memoryBytes)
            },
            Field("memory_limit_bytes", heading: "LIMIT", as: .bytes, priority: 94) { slot in
                let limit = slot.identity.flatMap { Int64(exactly: $0.memoryLimitBytes) }
                return FieldValue(limit == 0 ? nil : limit)
            },
            Field("disk_read_bytes", heading: "DISK R", as: .bytes) {
                FieldValue($0.sample?.diskReadBytes)
            },
            Field("disk_write_bytes", heading: "DISK W", as: .bytes) {
                FieldValue($0.sample?.diskWriteBytes)
            },
            Field("net_rx_bytes", heading: "NET RX", as: .bytes) {
                FieldValue($0.sample?.netRxBytes)
            },
            Field("net_tx_bytes", heading: "NET TX", as: .bytes) {
                FieldValue($0.sample?.netTxBytes)
            },
        ]
    }
}
