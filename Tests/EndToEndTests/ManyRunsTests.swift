import Foundation
import Testing

/// Many short runs at once on one catalog.
@Suite(.serialized)
struct ManyRunsTests {
    let stage: Stage

    init() throws { stage = try Stage() }

    /// How many; `VARVE_TEST_RUNS` asks for more.
    private static let count =
        ProcessInfo.processInfo.environment["VARVE_TEST_RUNS"].flatMap { Int($0) } ?? 200

    @Test func `short runs from eight shells at once leave as many whole rows`() async throws {
        let each = max(1, Self.count / 8)
        let end = try await stage.startShell(
            """
            for shell in 1 2 3 4 5 6 7 8; do
                (
                    i=0
                    while [ $i -lt \(each) ]; do
                        "$VARVE" run --name "s$shell" -- true || echo "failed $?"
                        i=$((i + 1))
                    done
                ) &
            done
            wait
            """
        ).finish(within: .seconds(60 + Self.count))
        #expect(end.code == 0)
        #expect(end.output.isEmpty)
        let lines = end.errors.split(separator: "\n")
        #expect(lines.count == 8 * each)
        let odd = lines.filter { !$0.contains(" completed after ") }
        #expect(odd.isEmpty)

        let runs = try await stage.runs()
        #expect(runs.count == 8 * each)
        let whole = runs.filter { run in
            run["status"] == "Terminated" && run["exit_code"] == 0
                && run["termination_reason"] == "Completed" && run["exit_known_by"] == "waited"
                && run["sample_count"].integer != nil && run["cpu_time_ns"].integer != nil
                && run["memory_peak_bytes"].integer != nil && run["duration_ms"].integer != nil
        }
        #expect(whole.count == runs.count)
        let names = Dictionary(grouping: runs) { $0["sandbox"] }
        #expect(names.count == 8 && names.values.allSatisfy { $0.count == each })
        // A run of some milliseconds still leaves its samples.
        let sampled = runs.filter { ($0["sample_count"].integer ?? 0) > 0 }
        #expect(sampled.count == runs.count)
        let check = try await stage.varve("db", "check")
        #expect(check.code == 0)
        #expect(
            check.errors
                == "varve: \(stage.catalog) is whole: no damage, no dangling reference\n")
    }
}
