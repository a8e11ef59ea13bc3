/// The pages of a database, read past SQLite: what cannot be read is missing, and nothing else is.
///
/// The write-ahead log beside the file is taken into account as SQLite does, and neither is written.
struct DatabasePages {
    let header: DatabaseHeader
    /// Whether the header could be read, and did not have to be guessed.
    let hasHeader: Bool
    /// Pages, numbered from 1.
    let pageCount: UInt32
    /// Pages whose state comes from the log.
    let logPageCount: Int
    /// What is wrong with the log, as a sentence; `nil` if nothing is.
    let logProblem: String?

    private let file: ReadOnlyFile
    private let log: ReadOnlyFile?
    private let logOffsets: [UInt32: Int64]

    /// More pages than SQLite itself takes: such a size is damage.
    private static let maximumPageCount: Int64 = 1 << 30

    /// Opens the database `path`, whatever state it is in.
    ///
    /// - Throws: ``StoreError`` if the file cannot be opened or has no page of a database.
    init(path: String) throws(StoreError) {
        let file: ReadOnlyFile
        do {
            file = try ReadOnlyFile(path: path)
        } catch {
            guard CatalogLocation.exists(path) else {
                throw StoreError(
                    .notFound, path: path, "no file at \(path): name the damaged one with --from")
            }
            throw StoreError(.cannotOpen, path: path, "cannot read \(path): \(error)")
        }
        let logPath = path + "-wal"
        let log = try? ReadOnlyFile(path: logPath)
        let frames = log.flatMap { LogFrames($0) }
        var problem: String?
        if let log, log.byteCount > 0, frames == nil {
            problem = "\(logPath) begins as no write-ahead log does, so nothing was taken from it"
        }
        let first = Self.read(
            file, log, frames?.offsets[1], page: 1, size: frames?.pageSize ?? 65_536)
        let found = DatabaseHeader(first)
        let size = frames?.pageSize
        guard let header = found ?? Self.guess(file, pageSize: size) else {
            throw StoreError(
                .notADatabase, path: path,
                "nothing in \(path) looks like a page of a database: nothing can be brought over")
        }
        if let frames, frames.pageSize != header.pageSize {
            problem =
                "\(logPath) has pages of another size than \(path), so nothing was taken from it"
        }
        let isUsingLog = problem == nil && frames?.pageCount != nil
        let byFile = (file.byteCount + Int64(header.pageSize) - 1) / Int64(header.pageSize)
        let count = isUsingLog ? Int64(frames?.pageCount ?? 0) : byFile
        pageCount = UInt32(min(max(count, 1), Self.maximumPageCount))
        self.header = header
        hasHeader = found != nil
        logOffsets = isUsingLog ? frames?.offsets ?? [:] : [:]
        logPageCount = logOffsets.count
        logProblem = problem
        self.file = file
        self.log = log
    }

    /// Bytes of a page that SQLite uses.
    var usableSize: Int { header.pageSize - header.reservedByteCount }

    /// The page, padded with zeros where the file ends within it; `nil` if nothing of it can be read.
    func page(_ number: UInt32) -> PageBytes? {
        guard number >= 1, number <= pageCount else { return nil }
        let page = Self.read(file, log, logOffsets[number], page: number, size: header.pageSize)
        guard page.count > 0 else { return nil }
        guard page.count < header.pageSize else { return page }
        let padding = [UInt8](repeating: 0, count: header.pageSize - page.count)
        return PageBytes(bytes: page.bytes + padding)
    }

    /// The payload of a cell of `page`, put together from all its pages; `nil` if one is missing.
    func payload(of cell: TreePage.Cell, on page: PageBytes) -> [UInt8]? {
        guard cell.local.upperBound <= page.count else { return nil }
        var payload = Array(page.bytes[cell.local])
        var next = cell.overflow
        let perPage = usableSize - 4
        guard (cell.payloadSize - payload.count) / perPage <= Int(pageCount) else { return nil }
        while payload.count < cell.payloadSize {
            guard next > 1, let page = self.page(next), let following = page.integer32(at: 0)
            else { return nil }
            let count = min(perPage, cell.payloadSize - payload.count)
            payload.append(contentsOf: page.bytes[4..<4 + count])
            next = following
        }
        return payload
    }

    private static func read(
        _ file: ReadOnlyFile, _ log: ReadOnlyFile?, _ logOffset: Int64?,
        page number: UInt32, size: Int
    ) -> PageBytes {
        if let logOffset, let bytes = log?.read(size, at: logOffset) {
            return PageBytes(bytes: bytes)
        }
        return PageBytes(bytes: file.read(size, at: Int64(number - 1) * Int64(size)))
    }

    /// The page size under which most of a sample of the file is pages of trees; `nil` if none is.
    private static func guess(
        _ file: ReadOnlyFile, pageSize known: Int?
    ) -> DatabaseHeader? {
        var best: (score: Int, size: Int)?
        for size in known.map({ [$0] }) ?? DatabaseHeader.pageSizes {
            let count = Int(min(file.byteCount / Int64(size), maximumPageCount))
            var score = 0
            for index in stride(from: 1, to: count, by: max(1, count / 512)) {
                let page = PageBytes(bytes: file.read(size, at: Int64(index) * Int64(size)))
                guard let tree = TreePage(page, number: UInt32(index + 1), usableSize: size),
                    tree.isWhole, !tree.cells.isEmpty
                else { continue }
                score += size
            }
            if score > best?.score ?? 0 { best = (score, size) }
        }
        return best.map { best in
            let second = PageBytes(bytes: file.read(best.size, at: Int64(best.size)))
            return DatabaseHeader(
                assuming: best.size,
                hasPointerMap: PointerMap.looksLikeOne(
                    second, pageCount: file.byteCount / Int64(best.size)))
        }
    }
}
