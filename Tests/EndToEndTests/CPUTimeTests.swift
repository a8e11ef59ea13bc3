import Foundation
import Testing

/// Whose CPU time a run has: that of every process that it started.
@Suite(.serialized)
struct CPUTimeTests {
    let stage: Stage

    init() throws { stage = try Stage() }

    /// Keeps one core busy for a second, and then says by itself what that took.
    private static let loop = """
        timeout 1 sh -c 'while :; do :; done'; times >>used
        """

    /// `times` tells whole hundredths of a second, of each of its four numbers.
    private static let ticks: Int64 = 40_000_000

    /// What shells have written with `times`: user and system time, of themselves and of the
    /// processes that they waited for.
    private var usedNanoseconds: Int64 {
        let pattern = /(\d+)m(\d+\.\d+)s/
        let seconds = stage.contents("used").matches(of: pattern).reduce(0.0) { sum, match in
            sum + (Double(match.1) ?? 0) * 60 + (Double(match.2) ?? 0)
        }
        return Int64(seconds * 1e9)
    }

    @Test func `four loops side by side all count`() async throws {
        let end = try await stage.varve(
            "run", "--name", "four", "--interval", "100ms", "--", "sh", "-c",
            """
            for i in 1 2 3 4; do (timeout 1 sh -c 'while :; do :; done') & done
            wait; times >used
            """)
        #expect(end.code == 0)
        let used = usedNanoseconds
        #expect(used > 50_000_000)
        let run = try await stage.onlyRun()
        let told = try #require(run["cpu_time_ns"].integer)
        #expect(abs(told - used) <= used / 20 + Self.ticks, "\(told) ns told, \(used) ns used")
        let points = try await stage.query("series", "four", "--metric", "cpu,cpu_time")
        #expect(!points[0]["points"].list.isEmpty)
        let rates = points[0]["points"].list.compactMap { $0["cpu_time_ns_per_second"].number }
        #expect(rates.contains { $0 > 0 })
        #expect(try #require(run["cpu_percent_max"].number) > 20)
    }

    @Test func `an orphan that has ended counts`() async throws {
        let end = try await stage.varve(
            "run", "--name", "orphan", "--interval", "100ms", "--", "sh", "-c",
            """
            (sh -c "$LOOP; touch done" &)
            until [ -e done ]; do sleep 0.05; done
            times >>used; sleep 0.2
            """,
            environment: ["LOOP": Self.loop])
        #expect(end.code == 0)
        let used = usedNanoseconds
        #expect(used > 50_000_000)
        let told = try #require(try await stage.onlyRun()["cpu_time_ns"].integer)
        #expect(told >= used - used / 20 - Self.ticks, "\(told) ns told, \(used) ns used")
        #expect(told <= used + used / 5 + Self.ticks, "\(told) ns told, \(used) ns used")
    }

    @Test func `with the scope process a child counts once it was waited for`() async throws {
        let end = try await stage.varve(
            "run", "--name", "p", "--scope", "process", "--interval", "100ms", "--", "sh", "-c",
            Self.loop)
        #expect(end.code == 0)
        let used = usedNanoseconds
        let told = try #require(try await stage.onlyRun()["cpu_time_ns"].integer)
        #expect(abs(told - used) <= used / 20 + Self.ticks, "\(told) ns told, \(used) ns used")
    }
}
