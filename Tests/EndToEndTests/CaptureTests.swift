import HistoryModel
import HistoryStore
import Testing

/// What `varve run` keeps of what a command writes to stderr.
@Suite(.serialized)
struct CaptureTests {
    let stage: Stage
    init() throws { stage = try Stage() }

    private func log() throws -> RunLog {
        let logs = try CatalogReader(path: stage.catalog).logs(of: RunID(rawValue: 1))
        try #require(logs.count == 1)
        #expect(logs[0].name == "stderr")
        return logs[0]
    }

    @Test func `stderr goes on byte for byte, and its end is kept`() async throws {
        let end = try await stage.varve(
            "run", "--quiet", "--capture-stderr", "--", "sh", "-c",
            "seq 1 40000 >&2; echo out; printf '\\377\\033[31mend' >&2; exit 4")
        #expect(end.code == 4 && end.text == "out\n")
        let expected = (1...40_000).map { "\($0)\n" }.joined()
        #expect(end.errors.hasPrefix(expected) && end.errors.hasSuffix("\u{1b}[31mend"))
        let log = try log()
        let bytes = Array(expected.utf8) + [0xff] + Array("\u{1b}[31mend".utf8)
        #expect(log.writtenBytes == Int64(bytes.count))
        #expect(log.tail == Array(bytes.suffix(65_536)))
    }

    @Test func `what a command leaves running does not hold varve up`() async throws {
        let end = try await stage.varve(
            "run", "--quiet", "--capture-stderr", "--", "sh", "-c",
            "sleep 60 & echo $! >pid; echo said >&2")
        #expect(end.code == 0 && end.errors == "said\n")
        #expect(end.milliseconds < 30_000)
        #expect(try log().tail == Array("said\n".utf8))
        try await stage.shell("kill $(cat pid)")
    }

    @Test func `without the option nothing is kept`() async throws {
        let end = try await stage.varve("run", "--quiet", "--", "sh", "-c", "echo said >&2")
        #expect(end.errors == "said\n")
        #expect(try CatalogReader(path: stage.catalog).logs(of: RunID(rawValue: 1)).isEmpty)
    }
}
