/// A page of a tree: a table's, or that of an index or of a table without row ids.
///
/// Source: "B-tree Pages", fileformat2.html, section 1.6. Nothing on the page is believed: a cell that
/// does not lie within it, or over another, is none.
struct TreePage {
    enum Kind: UInt8 {
        case indexInterior = 2
        case tableInterior = 5
        case indexLeaf = 10
        case tableLeaf = 13

        var isLeaf: Bool { self == .indexLeaf || self == .tableLeaf }
        var isTable: Bool { self == .tableInterior || self == .tableLeaf }
        /// Whether its cells hold rows or keys, and not numbers only.
        var hasPayload: Bool { self != .tableInterior }
    }

    struct Cell {
        /// The page to its left in the tree; 0 on a leaf.
        var child: UInt32 = 0
        /// Of a table.
        var rowID: Int64 = 0
        /// Where on the page its payload begins.
        var local: Range<Int> = 0..<0
        /// Bytes of its payload, those on other pages included.
        var payloadSize = 0
        /// The page on which the payload goes on; 0 if it does not.
        var overflow: UInt32 = 0
        /// Where it lies.
        var extent: Range<Int> = 0..<0
    }

    let kind: Kind
    private(set) var cells: [Cell] = []
    /// The page after the last cell; 0 on a leaf.
    private(set) var rightmost: UInt32 = 0
    /// Whether everything on the page fits together to the byte.
    private(set) var isWhole = true
    /// Cells that were announced and could not be read.
    private(set) var lostCellCount = 0

    /// - Returns: `nil` if it is no page of a tree.
    init?(_ page: PageBytes, number: UInt32, usableSize: Int) {
        let header = number == 1 ? 100 : 0
        guard page.count >= usableSize, let kind = page.byte(at: header).flatMap(Kind.init),
            let firstFreeBlock = page.integer16(at: header + 1),
            let cellCount = page.integer16(at: header + 3),
            let start = page.integer16(at: header + 5), let fragments = page.byte(at: header + 7)
        else { return nil }
        self.kind = kind
        let pointers = header + (kind.isLeaf ? 8 : 12)
        let pointersEnd = pointers + 2 * cellCount
        let contentStart = start == 0 ? 65_536 : start
        guard pointersEnd <= usableSize, contentStart <= usableSize, contentStart >= pointersEnd
        else { return nil }
        if !kind.isLeaf {
            guard let rightmost = page.integer32(at: header + 8), rightmost > 1 else { return nil }
            self.rightmost = rightmost
        }
        cells.reserveCapacity(cellCount)
        for index in 0..<cellCount {
            guard let place = page.integer16(at: pointers + 2 * index), place >= contentStart,
                let cell = Self.cell(of: kind, in: page, at: place, usableSize: usableSize)
            else {
                lostCellCount += 1
                continue
            }
            cells.append(cell)
        }
        dropOverlapping()
        let free = Self.freeBytes(from: firstFreeBlock, in: page, usableSize: usableSize)
        let used = cells.reduce(0) { $0 + $1.extent.count }
        isWhole =
            lostCellCount == 0
            && free.map { $0 + used + Int(fragments) == usableSize - contentStart } ?? false
    }

    /// Of cells that lie over each other nobody can tell which one is right.
    private mutating func dropOverlapping() {
        let order = cells.indices.sorted {
            cells[$0].extent.lowerBound < cells[$1].extent.lowerBound
        }
        var overlapping: Set<Int> = []
        var last: Int?
        for index in order {
            if let last, cells[last].extent.upperBound > cells[index].extent.lowerBound {
                overlapping.formUnion([last, index])
            }
            if last.map({ cells[$0].extent.upperBound < cells[index].extent.upperBound }) ?? true {
                last = index
            }
        }
        guard !overlapping.isEmpty else { return }
        lostCellCount += overlapping.count
        cells = cells.indices.filter { !overlapping.contains($0) }.map { cells[$0] }
    }

    /// Bytes in the list of free blocks; `nil` if it is none.
    private static func freeBytes(from first: Int, in page: PageBytes, usableSize: Int) -> Int? {
        var block = first
        var sum = 0
        while block != 0 {
            guard let next = page.integer16(at: block), let size = page.integer16(at: block + 2),
                size >= 4, block + size <= usableSize, next == 0 || next > block
            else { return nil }
            sum += size
            block = next
        }
        return sum
    }

    private static func cell(
        of kind: Kind, in page: PageBytes, at place: Int, usableSize: Int
    ) -> Cell? {
        var cell = Cell()
        var offset = place
        if !kind.isLeaf {
            guard let child = page.integer32(at: offset), child > 1 else { return nil }
            cell.child = child
            offset += 4
        }
        if kind.hasPayload {
            guard let size = page.variableInteger(at: &offset), (0...1_000_000_000).contains(size)
            else { return nil }
            cell.payloadSize = Int(size)
        }
        if kind.isTable {
            guard let rowID = page.variableInteger(at: &offset) else { return nil }
            cell.rowID = rowID
        }
        let local =
            kind.hasPayload
            ? localSize(of: cell.payloadSize, on: kind, usableSize: usableSize) : 0
        cell.local = offset..<offset + local
        offset += local
        if local < cell.payloadSize {
            guard let overflow = page.integer32(at: offset), overflow > 1 else { return nil }
            cell.overflow = overflow
            offset += 4
        }
        guard offset <= usableSize else { return nil }
        // No cell takes less than a free block would.
        cell.extent = place..<max(offset, place + 4)
        return cell
    }

    /// How much of a payload lies on the page itself.
    private static func localSize(of payload: Int, on kind: Kind, usableSize: Int) -> Int {
        let most = kind == .tableLeaf ? usableSize - 35 : (usableSize - 12) * 64 / 255 - 23
        guard payload > most else { return payload }
        let least = (usableSize - 12) * 32 / 255 - 23
        let fitting = least + (payload - least) % (usableSize - 4)
        return fitting <= most ? fitting : least
    }
}
