import FaultyDisk
import TestFigures
import Testing

@Suite("A crash after any change of a file")
struct CrashSweepTests {
    @Test(arguments: Workload.writing + [.recorder] + Workload.migrations)
    func `what was acknowledged outlives a death of the process, and what was synced a power cut`(
        workload: Workload
    ) throws {
        var sweep = try CrashSweep(workload, seed: 9)
        let report = try sweep.run(limit: Extent.atMost(10))
        for problem in report.problems { Issue.record("\(problem)") }
        #expect(report.changeCount > 20)
        #expect(report.tried > 40)
        #expect(report.lost == 0)
        let cutsTheLog = ["flush", "seal", "prune"].contains(workload.name)
        #expect(report.syncedSteps == (cutsTheLog ? 1 : 0))
        try Figures.record(
            "crash sweep", of: workload.name, tried: report.tried, crashes: 0,
            acknowledged: report.acknowledged, lost: report.lost)
        Extent.tell(
            """
            \(workload): \(report.tried) crashes within \(report.changeCount) changes, at most \
            \(report.mostTakenBack) commits taken back
            """)
    }
}
