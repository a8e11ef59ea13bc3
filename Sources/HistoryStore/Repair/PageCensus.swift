internal import SQLite

/// Which pages of a database hold the rows of which table.
///
/// Trees are walked from their tops. What no tree leads to any more, because a page above it is damaged,
/// is found by the pointer map, or known by the shape of its rows.
struct PageCensus {
    /// A place in a tree.
    enum Key {
        case rowID(Int64)
        case row([SQLValue])
    }

    /// A page of a table that cannot be read, or not all of it.
    struct Damage {
        let table: Int
        let page: UInt32
        /// The keys between which its rows were, as far as the pages above it tell.
        var after: Key?
        var upTo: Key?
        /// Rows that were there and cannot be read; `nil` if nobody knows how many.
        var lostRowCount: Int?
        /// Whether it only led to other pages, which were looked for by themselves.
        var isInterior = false
    }

    let shapes: [TableShape]
    /// The pages with rows of each table, in the order of their keys where a tree tells it.
    private(set) var pages: [[UInt32]]
    private(set) var damages: [Damage] = []
    /// Pages that no tree led to.
    private(set) var strayPageCount = 0
    /// Whether the list of tables could be read whole.
    private(set) var isSchemaWhole = true
    /// Whether the pointer map tells of every page.
    private(set) var isMapWhole = true

    /// The table of each page; `unknown` where no tree leads to it.
    private var owners: [UInt8]
    /// The tables of the trees' tops.
    private var roots: [UInt32: Int] = [:]
    private var isFree: Set<UInt32> = []
    /// The tables of pages that trees lead to and that cannot be read.
    private var unreadable: [UInt32: Int] = [:]
    private let map: PointerMap

    private static let unknown = UInt8.max
    private static let schemaTable = 0
    /// No tree of less than 2^32 pages is deeper.
    private static let maximumDepth = 24

    init(of database: DatabasePages, shapes: [TableShape]) {
        self.shapes = shapes
        pages = Array(repeating: [], count: shapes.count)
        owners = Array(repeating: Self.unknown, count: Int(database.pageCount) + 1)
        map = PointerMap(of: database.header)
        isFree = freePages(of: database)
        walk(from: 1, table: Self.schemaTable, in: database)
        isSchemaWhole = damages.isEmpty
        if !isSchemaWhole { addStrayPages(of: database, tables: [Self.schemaTable]) }
        findRoots(in: database)
        for (root, table) in roots.sorted(by: { $0.key < $1.key }) {
            walk(from: root, table: table, in: database)
        }
        addStrayPages(of: database, tables: Array(shapes.indices.dropFirst()))
        addLostPages(of: database)
    }

    /// Whether the list of tables names the table, or pages of it were found.
    func isThere(_ table: Int) -> Bool { !pages[table].isEmpty || isRooted(table) }

    /// Whether the list of tables names the table.
    func isRooted(_ table: Int) -> Bool { roots.values.contains(table) }

    /// Calls `body` with the cells of each page of `table` and the page.
    func forEachPage(
        of table: Int, in database: DatabasePages,
        _ body: (TreePage, PageBytes) throws -> Void
    ) rethrows {
        for number in pages[table] {
            guard let page = database.page(number),
                let tree = TreePage(page, number: number, usableSize: database.usableSize)
            else { continue }
            try body(tree, page)
        }
    }

    // MARK: Trees

    private struct Visit {
        let page: UInt32
        let depth: Int
        var after: Key?
        var upTo: Key?
    }

    private mutating func walk(
        from root: UInt32, table: Int, in database: DatabasePages
    ) {
        var waiting = [Visit(page: root, depth: 0)]
        var leafDepth: Int?
        var missed: [(Damage, depth: Int)] = []
        while let visit = waiting.popLast() {
            let number = visit.page
            let isNew =
                number <= database.pageCount && owners[Int(number)] == Self.unknown
                && !map.isMap(number) && visit.depth <= Self.maximumDepth
            guard isNew, let page = database.page(number),
                let tree = TreePage(page, number: number, usableSize: database.usableSize),
                tree.kind.isTable != shapes[table].isIndexed,
                holdsRows(of: table, tree, page, in: database)
            else {
                let damage = Damage(
                    table: table, page: number, after: visit.after, upTo: visit.upTo)
                missed.append((damage, visit.depth))
                continue
            }
            owners[Int(number)] = UInt8(table)
            if tree.kind.isLeaf { leafDepth = visit.depth }
            take(tree, number, table, visit)
            guard !tree.kind.isLeaf else { continue }
            waiting += children(of: tree, on: page, visit, in: database).reversed()
        }
        for (damage, depth) in missed {
            var damage = damage
            unreadable[damage.page] = table
            damage.isInterior = leafDepth.map { depth < $0 } ?? false
            damages.append(damage)
        }
    }

    /// Takes the rows of a page whose table is known.
    private mutating func take(_ tree: TreePage, _ number: UInt32, _ table: Int, _ visit: Visit) {
        if tree.kind.hasPayload, !tree.cells.isEmpty { pages[table].append(number) }
        guard tree.lostCellCount > 0 else { return }
        damages.append(
            Damage(
                table: table, page: number, after: visit.after, upTo: visit.upTo,
                lostRowCount: tree.kind.hasPayload ? tree.lostCellCount : nil,
                isInterior: !tree.kind.isLeaf))
    }

    private func children(
        of tree: TreePage, on page: PageBytes, _ visit: Visit,
        in database: DatabasePages
    ) -> [Visit] {
        var children: [Visit] = []
        var after = visit.after
        for cell in tree.cells {
            let key: Key? =
                tree.kind.isTable
                ? .rowID(cell.rowID)
                : database.payload(of: cell, on: page).flatMap(StoredRecord.values).map(Key.row)
            children.append(
                Visit(page: cell.child, depth: visit.depth + 1, after: after, upTo: key))
            after = key
        }
        children.append(
            Visit(page: tree.rightmost, depth: visit.depth + 1, after: after, upTo: visit.upTo))
        return children
    }

    /// Whether the rows on a page may be those of `table`: of some of them one is enough.
    private func holdsRows(
        of table: Int, _ tree: TreePage, _ page: PageBytes, in database: DatabasePages
    ) -> Bool {
        guard tree.kind.hasPayload, !tree.cells.isEmpty else { return true }
        let middle = tree.cells.count / 2
        for index in [0, middle, tree.cells.count - 1] {
            let values = database.payload(of: tree.cells[index], on: page)
                .flatMap(StoredRecord.values)
            if let values, shapes[table].fits(values) { return true }
        }
        return false
    }

    // MARK: What no tree leads to

    private mutating func addStrayPages(
        of database: DatabasePages, tables: [Int]
    ) {
        guard database.pageCount >= 1 else { return }
        for number in 1...database.pageCount {
            guard owners[Int(number)] == Self.unknown, !isFree.contains(number), !map.isMap(number),
                let page = database.page(number),
                let tree = TreePage(page, number: number, usableSize: database.usableSize),
                tree.kind.hasPayload, tree.isWhole, !tree.cells.isEmpty
            else { continue }
            let entry = map.entry(of: number, in: database)
            guard entry != .free else { continue }
            let named = tableByMap(number, in: database)
            let candidates = named.map { [$0] + tables } ?? tables
            guard
                let table = candidates.first(where: { table in
                    tables.contains(table) && shapes[table].isIndexed != tree.kind.isTable
                        && areRows(of: table, tree, page, in: database)
                })
            else { continue }
            owners[Int(number)] = UInt8(table)
            pages[table].append(number)
            strayPageCount += 1
        }
    }

    /// Whether every cell of a page that nothing vouches for is a row of `table`.
    private func areRows(
        of table: Int, _ tree: TreePage, _ page: PageBytes, in database: DatabasePages
    ) -> Bool {
        tree.cells.allSatisfy { cell in
            database.payload(of: cell, on: page).flatMap(StoredRecord.values)
                .map(shapes[table].fits) ?? false
        }
    }

    /// The table to which a page belongs by the pointer map.
    private func tableByMap(_ page: UInt32, in database: DatabasePages) -> Int? {
        var page = page
        for _ in 0..<Self.maximumDepth {
            if let table = roots[page] ?? unreadable[page] { return table }
            guard case .below(let parent)? = map.entry(of: page, in: database),
                parent <= database.pageCount
            else { return nil }
            let owner = owners[Int(parent)]
            if owner != Self.unknown { return Int(owner) }
            page = parent
        }
        return nil
    }

    /// Notes pages that the pointer map counts among those of a table, that cannot be read, and that no
    /// tree leads to because the page above is unreadable, too.
    private mutating func addLostPages(of database: DatabasePages) {
        guard database.header.hasPointerMap, database.pageCount > 2 else {
            isMapWhole = false
            return
        }
        var lost: [Damage] = []
        for number in 3...database.pageCount where !map.isMap(number) {
            guard let entry = map.entry(of: number, in: database) else {
                isMapWhole = false
                continue
            }
            guard case .below = entry, owners[Int(number)] == Self.unknown,
                unreadable[number] == nil, let table = tableByMap(number, in: database)
            else { continue }
            lost.append(Damage(table: table, page: number))
        }
        damages += lost
    }

    /// The pages that hold nothing, by their list, as far as the pointer map does not gainsay it.
    private func freePages(of database: DatabasePages) -> Set<UInt32> {
        var free: Set<UInt32> = []
        var trunk = database.header.firstFreePage ?? 0
        while trunk > 1, !free.contains(trunk), let page = database.page(trunk),
            let next = page.integer32(at: 0), let count = page.integer32(at: 4),
            Int(count) <= database.usableSize / 4 - 2,
            [nil, .free].contains(map.entry(of: trunk, in: database))
        {
            free.insert(trunk)
            for index in 0..<Int(count) {
                guard let leaf = page.integer32(at: 8 + 4 * index),
                    [nil, .free].contains(map.entry(of: leaf, in: database))
                else { continue }
                free.insert(leaf)
            }
            trunk = next
        }
        return free
    }

    private mutating func findRoots(in database: DatabasePages) {
        var found: [UInt32: Int] = [:]
        let places = Dictionary(
            uniqueKeysWithValues: shapes.indices.map { (shapes[$0].name, $0) })
        forEachPage(of: Self.schemaTable, in: database) { tree, page in
            for cell in tree.cells {
                guard
                    let values = database.payload(of: cell, on: page).flatMap(StoredRecord.values),
                    shapes[Self.schemaTable].fits(values), case .text("table") = values[0],
                    case .text(let name) = values[1], let table = places[name],
                    case .integer(let number) = values[3], let root = UInt32(exactly: number),
                    root > 1, root <= database.pageCount
                else { continue }
                found[root] = table
            }
        }
        roots = found
    }
}
