import FaultyDisk
import TestFigures
import Testing

@Suite("A disk whose calls fail")
struct FaultSweepTests {
    @Test(arguments: Workload.writing + [.recorder] + Workload.migrations + [.export, .query])
    func
        `a call that failed has lost nothing that was written, and what waited is written after it`(
            workload: Workload
        ) throws
    {
        var sweep = try FaultSweep(workload)
        let report = try sweep.run(limit: Extent.atMost(2), seed: 8)
        for problem in report.problems { Issue.record("\(problem)") }
        #expect(report.tried > 30)
        #expect(report.tried > report.absorbed)
        #expect(report.lost == 0)
        try Figures.record(
            "fault sweep", of: workload.name, tried: report.tried, crashes: 0,
            acknowledged: report.acknowledged, lost: report.lost)
        Extent.tell(
            "\(workload): \(report.tried) faults, \(report.absorbed) of them absorbed",
            report.sentences)
    }
}
