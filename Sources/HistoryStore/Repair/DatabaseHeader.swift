/// What the first hundred bytes of a database say about its pages.
///
/// Source: "The Database Header", fileformat2.html, section 1.3.
struct DatabaseHeader: Hashable {
    /// Bytes of a page.
    var pageSize: Int
    /// Bytes at the end of each page that are somebody else's.
    var reservedByteCount = 0
    /// Whether some pages tell of each other page what it is and what points to it.
    var hasPointerMap: Bool
    /// The first page of the list of pages that hold nothing; 0 without one, `nil` if nobody knows.
    var firstFreePage: UInt32?

    /// The header of pages of `pageSize` bytes of which nothing else is known.
    init(assuming pageSize: Int, hasPointerMap: Bool) {
        self.pageSize = pageSize
        self.hasPointerMap = hasPointerMap
    }

    /// - Returns: `nil` if the bytes are no header, or a damaged one.
    init?(_ page: PageBytes) {
        guard page.count >= 100, page.bytes.starts(with: "SQLite format 3\0".utf8),
            let size = page.integer16(at: 16),
            // The fractions of a page that a payload may fill: constants.
            page.bytes[21...23].elementsEqual([64, 32, 32]),
            // Text in UTF-8, which is all that varve writes.
            page.integer32(at: 56) == 1
        else { return nil }
        pageSize = size == 1 ? 65_536 : size
        reservedByteCount = Int(page.bytes[20])
        guard Self.isPageSize(pageSize), pageSize - reservedByteCount >= 480 else { return nil }
        hasPointerMap = page.integer32(at: 52) != 0
        firstFreePage = page.integer32(at: 32)
    }

    /// Whether a page may have so many bytes.
    static func isPageSize(_ size: Int) -> Bool {
        (512...65_536).contains(size) && size & (size - 1) == 0
    }

    /// The sizes that pages have, the usual ones first.
    static let pageSizes = [4096, 8192, 16_384, 32_768, 65_536, 2048, 1024, 512]
}
