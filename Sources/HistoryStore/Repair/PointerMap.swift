/// The pages that say of each other page what it is and which one points to it.
///
/// Source: "Pointer Map or Ptrmap Pages", fileformat2.html, section 1.8.
struct PointerMap {
    enum Entry: Equatable {
        /// The top of a tree.
        case root
        /// Holds nothing.
        case free
        /// Holds the end of a long payload.
        case overflow
        /// Belongs to a tree, below this page.
        case below(UInt32)
    }

    private let usableSize: Int
    private let isThere: Bool

    init(of header: DatabaseHeader) {
        usableSize = header.pageSize - header.reservedByteCount
        isThere = header.hasPointerMap
    }

    /// How many pages one of them tells of.
    private var span: UInt32 { UInt32(usableSize / 5) }

    /// Whether `page` is one of them.
    func isMap(_ page: UInt32) -> Bool {
        isThere && page >= 2 && (page - 2) % (span + 1) == 0
    }

    /// What is said of `page`; `nil` where nothing is, or nonsense.
    func entry(of page: UInt32, in pages: DatabasePages) -> Entry? {
        guard isThere, page > 2, !isMap(page) else { return nil }
        let map = page - (page - 2) % (span + 1)
        return pages.page(map).flatMap { entry(of: page, on: $0, numbered: map) }
    }

    private func entry(of page: UInt32, on map: PageBytes, numbered number: UInt32) -> Entry? {
        let offset = Int(page - number - 1) * 5
        guard let type = map.byte(at: offset), let parent = map.integer32(at: offset + 1) else {
            return nil
        }
        switch type {
        case 1: return .root
        case 2: return .free
        case 3, 4: return .overflow
        case 5 where parent > 0: return .below(parent)
        default: return nil
        }
    }

    /// Whether a second page is one of them: every entry up to the last page has a meaning.
    static func looksLikeOne(_ page: PageBytes, pageCount: Int64) -> Bool {
        let count = min(Int64(page.count / 5), max(0, pageCount - 2))
        guard count > 0 else { return false }
        return (0..<Int(count)).allSatisfy { (1...5).contains(page.bytes[$0 * 5]) }
    }
}
