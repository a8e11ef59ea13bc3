internal import HistoryModel
internal import HistoryStore
internal import Microsandbox
internal import Recorder
internal import ServiceLifecycle
internal import SlotRegistry

/// Reads microsandbox's own catalog of a home, until it is told to end.
struct HomeService: Service {
    let home: MicrosandboxHome
    /// Where runs go that no slot held.
    let source: Source
    let plan: RecordPlan
    let state: HomeState
    let registryCount: Int

    /// All that records `home`: a service for each registry that it may have, and one for its catalog.
    static func services(
        of home: MicrosandboxHome, on host: Host, plan: RecordPlan
    ) -> [any Service] {
        let state = HomeState()
        let registries = home.registries
        let recorders = registries.map { name in
            RecordService(
                name: name, source: home.source(name, on: host), plan: plan, makesRegistry: false,
                home: state)
        }
        let catalog = HomeService(
            home: home, source: home.source(registries[0], on: host), plan: plan, state: state,
            registryCount: registries.count)
        // Services end in the reverse order: what recorders saw last is known when the last claims are
        // written.
        return [catalog] + recorders
    }

    func run() async throws {
        let stop = RecordingStop()
        try await onThread(until: stop) {
            var recording = try HomeRecording(of: self, until: stop)
            recording.run()
        }
    }
}
