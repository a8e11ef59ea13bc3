/// What tells whether anything was written to a SQLite database since it was read.
///
/// It is what SQLite makes `PRAGMA data_version` from, read without opening a connection: one that is
/// open holds a lock for as long as it lives, and the owner's last close could then neither copy its log
/// into the database nor remove it. Of a database with a log that is the header of the log's index: the
/// count of its transactions, the number of frames, salts and checksums (walformat.html, section 2.1);
/// of one without, the change counter in the database's own header.
struct CatalogMark: Hashable {
    var database: ForeignFile.Mark
    /// Bytes 24 to 27 of the database: how often it was changed, where there is no log.
    var changeCounter: [UInt8]
    var log: ForeignFile.Mark?
    var logIndex: [UInt8]

    /// The bytes of the index's header, of which there are two copies.
    private static let indexHeaderLength = 48
    /// The first bytes of every SQLite database.
    private static let magic = Array("SQLite format 3\0".utf8)

    /// Whether there is a log with something in it.
    var hasLog: Bool { (log?.size ?? 0) > 0 }
    /// Whether the index of the log is there.
    var hasIndex: Bool { !logIndex.isEmpty }
    /// Whether it may be a database at all; a new one has no bytes yet.
    let isDatabase: Bool

    /// Reads the mark of the database at `path`.
    init(ofDatabase path: String) throws(ForeignFile.Refusal) {
        let file = try ForeignFile(path)
        let header = file.bytes(at: 0, count: 100)
        database = file.mark
        isDatabase = header.isEmpty || header.starts(with: Self.magic)
        changeCounter = header.count >= 28 ? Array(header[24..<28]) : []
        log = try Self.companion(path + "-wal", headLength: 0)?.mark
        logIndex = try Self.companion(path + "-shm", headLength: Self.indexHeaderLength)?.head ?? []
        // SQLite looks into it wherever it lies.
        _ = try Self.companion(path + "-journal", headLength: 0)
    }

    /// What lies beside the database and is a part of it; `nil` if it is not there, or not for us.
    ///
    /// - Throws: ``ForeignFile/Refusal/notPlain(_:)``: SQLite would wait for a pipe for ever.
    private static func companion(
        _ path: String, headLength: Int
    ) throws(ForeignFile.Refusal) -> (mark: ForeignFile.Mark, head: [UInt8])? {
        do {
            let file = try ForeignFile(path)
            return (file.mark, file.bytes(at: 0, count: headLength))
        } catch .notPlain(let kind) {
            throw .notPlain("in the company of \(path), which is \(kind)")
        } catch {
            return nil
        }
    }
}
