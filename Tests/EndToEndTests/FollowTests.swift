import Foundation
import Testing

@Suite(.serialized)
struct FollowTests {
    let stage: Stage

    init() throws {
        stage = try Stage()
        try stage.makeHistory()
    }

    private func add(_ kind: String, at milliseconds: Int64, of run: Int) throws {
        try stage.tamper(
            """
            INSERT INTO lifecycle_event (run_id, at_ms, kind, seen_by)
            VALUES (\(run), \(milliseconds), '\(kind)', 'recorder')
            """)
    }

    private func kinds(_ program: Program) -> [String] {
        program.output.split(separator: 10).compactMap { try? JSON($0)["kind"].string }
    }

    @Test func `events are printed as they are written, late ones too, until Ctrl-C`() async throws
    {
        let follower = try stage.startVarve(
            "query", "lifecycle", "--follow", "--format", "ndjson", "--kind", "stalled", "--kind",
            "killed")
        try await eventually("what there was is printed") { kinds(follower) == ["killed"] }
        try add("resumed", at: Stage.noon + 1, of: 3)
        try add("stalled", at: Stage.noon + 2, of: 3)
        try await eventually("the new one is printed") { kinds(follower) == ["killed", "stalled"] }
        try add("killed", at: Stage.noon - 99_999, of: 3)
        try await eventually("the late one is printed") { kinds(follower).count == 3 }
        follower.signal(SIGINT)
        let end = try await follower.finish()
        #expect(end.code == 130 && end.errors.isEmpty)
        #expect(kinds(follower) == ["killed", "stalled", "killed"])
    }

    @Test func `of one run it ends with the run, the last event printed`() async throws {
        let ended = try await stage.varve("query", "lifecycle", "build", "-f", "--format", "csv")
        #expect(ended.code == 0)
        #expect(ended.text.split(whereSeparator: \.isNewline).count == 5)
        let follower = try stage.startVarve("query", "lifecycle", "serve", "--follow")
        try await eventually("it follows") { !follower.output.isEmpty }
        try stage.tamper(
            """
            BEGIN;
            INSERT INTO lifecycle_event (run_id, at_ms, kind, detail, seen_by)
            VALUES (3, \(Stage.noon + 7_201_000), 'exited', 'code 0', 'supervisor');
            UPDATE run SET status = 'Terminated' WHERE id = 3;
            COMMIT;
            """)
        let end = try await follower.finish()
        #expect(end.code == 0 && end.errors.isEmpty)
        #expect(
            end.text == """
                TIME                          AFTER  EVENT            DETAIL              SEEN BY
                2026-11-23 14:00:00 +00:00      0ms  reserved         -                   supervisor
                2026-11-23 14:00:01 +00:00     1.0s  exited           code 0              supervisor

                """)
    }

    @Test func `it ends when nobody reads any more, and where there is no catalog`() async throws {
        let end = try await stage.shell(
            "{ \"$VARVE\" query lifecycle --follow; echo $? > code; } | head -n 1")
        #expect(end.text.hasPrefix("  RUN") && end.errors.isEmpty)
        // 128 + SIGPIPE where a write met it, 0 where the poll did.
        #expect(["141\n", "0\n"].contains(stage.contents("code")))
        let none = try await stage.varve("query", "lifecycle", "-f", "--db", "none.db")
        #expect(none.code == 1 && none.errors.hasPrefix("varve: error: no catalog at none.db"))
    }
}
