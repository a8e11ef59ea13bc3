import Foundation
import HistoryModel
import SQLite
import SlotRegistry
import TestFigures
import Testing

/// A lock that another program holds for longer than anybody waits for it.
@Suite(.serialized)
struct LongLockTests {
    @Test func `what comes while the catalog is locked is written when the lock is given back`()
        async throws
    {
        let stage = try Stage()
        let alone = stage.registry + "-b"
        defer { if let name = try? RegistryName(alone) { try? Registry.unlink(name) } }
        let recorder = try await stage.startRecord("--poll", "50ms", "--interval", "200ms")
        let wait = "until [ -e go ]; do sleep 0.05; done; exit 7"
        let first = try stage.startVarve(
            "run", "--name", "first", "--interval", "50ms", "--", "sh", "-c", wait)
        let second = try stage.startVarve(
            "run", "--name", "second", "--interval", "50ms", "--row-interval", "200ms", "--", "sh",
            "-c", wait, environment: ["VARVE_REGISTRY": alone])
        for name in ["first", "second"] {
            try await eventually("samples of \(name) are recorded") {
                try await stage.asked(
                    "SELECT 1 FROM interval WHERE sandbox = '\(name)' LIMIT 1"
                ).count == 1
            }
        }
        let connection = try Connection(path: stage.catalog, mode: .readWrite)
        try connection.prepareForWriting()
        try connection.execute("BEGIN EXCLUSIVE")
        let acknowledged = try await stage.askedRows()
        try await eventually("both warn; they said: \(recorder.errors) \(second.errors)") {
            recorder.errors.contains("nothing can be written for now")
                && second.errors.contains("not recorded for now")
        }
        try await Task.sleep(for: Fault.duration)
        // Who reads does not wait.
        #expect(try await stage.askedRows() == acknowledged)
        #expect(try await stage.runs().count == 2)
        try connection.execute("COMMIT")
        try await eventually("both write again") {
            recorder.errors.contains("can be written again")
                && second.errors.contains("can be written again")
        }
        try "".write(toFile: stage.path("go"), atomically: true, encoding: .utf8)
        #expect(try await first.finish().code == 7)
        #expect(try await second.finish().code == 7)
        recorder.signal(SIGTERM)
        #expect(try await recorder.finish().code == 0)
        for run in try await stage.runs() {
            let name = run["sandbox"].string ?? ""
            #expect(run["exit_code"] == 7)
            let count = try #require(run["sample_count"].integer)
            let duration = try #require(run["duration_ms"].integer)
            // Each attempt may take a poll or two; who had waited for the lock has next to nothing.
            #expect(count > duration / 50 / 4, "\(name): \(count) in \(duration) ms")
            #expect(try await stage.gaps(of: name).allSatisfy { $0.reason != "dropped" })
        }
        #expect(try stage.overlappingRows().isEmpty)
        #expect(try await stage.isWhole())
        let rows = try await stage.askedRows()
        #expect(rows.isSuperset(of: acknowledged))
        try Figures.record(
            "catalog locked", of: "record and run", tried: 2, crashes: stage.crashCount,
            acknowledged: acknowledged.count, lost: acknowledged.subtracting(rows).count)
    }
}
