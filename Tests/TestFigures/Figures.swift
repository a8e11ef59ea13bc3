import Foundation

/// What a test of faults has done, counted by itself, for the table on the page about guarantees.
///
/// Written only when `VARVE_FIGURES` names a folder: one file per suite and subject, one object each.
///
/// ```swift
/// try Figures.record("fault sweep", of: "flush", tried: 412, crashes: 0, acknowledged: 9_000, lost: 0)
/// // fault-sweep.flush.json: {"acknowledged": 9000, "crashes": 0, "lost": 0, "suite": "fault sweep", …}
/// ```
public struct Figures: Codable, Hashable, Sendable {
    /// The suite, in words: `fault sweep`.
    public var suite: String
    /// What was subjected to it: `flush`.
    public var what: String
    /// How many faults, kills or inputs were tried.
    public var tried: Int
    /// How many of them made a program of ours trap or die that should not have.
    public var crashes: Int
    /// Rows, or other things, that a successful return had acknowledged before; `nil` where nothing is.
    public var acknowledged: Int?
    /// How many of those were not there afterwards.
    public var lost: Int?

    /// Writes the figures of one subject, in the place of those of an earlier run.
    ///
    /// Does nothing without `VARVE_FIGURES`.
    ///
    /// - Throws: What keeps the file from being written.
    public static func record(
        _ suite: String, of what: String, tried: Int, crashes: Int, acknowledged: Int? = nil,
        lost: Int? = nil
    ) throws {
        guard let folder = ProcessInfo.processInfo.environment["VARVE_FIGURES"], !folder.isEmpty
        else { return }
        let figures = Figures(
            suite: suite, what: what, tried: tried, crashes: crashes, acknowledged: acknowledged,
            lost: lost)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        let file = URL(filePath: folder).appending(path: figures.fileName)
        // Whole or not at all, as others may read the folder meanwhile.
        try (encoder.encode(figures) + Data("\n".utf8)).write(to: file, options: .atomic)
    }

    /// The same for every run of the tests, and for no other subject.
    var fileName: String {
        func plain(_ text: String) -> String {
            String(text.lowercased().map { $0.isLetter || $0.isNumber ? $0 : "-" })
        }
        return "\(plain(suite)).\(plain(what)).json"
    }
}
