import Foundation
import HistoryModel
import SQLite
import TestFigures
import Testing

@testable import HistoryStore

/// Catalogs that are damaged at random, seed by seed: what no damage lies on is brought over, and what
/// comes out is whole.
struct RandomDamageTests {
    /// Kinds of damage.
    enum Kind: String, CaseIterable, Sendable {
        case bytes, pages, zeroed, swapped, truncated, beginning
    }

    /// Seeds of each kind; more with `VARVE_REPAIR_SEEDS`.
    static let seeds: [UInt64] = {
        let count = ProcessInfo.processInfo.environment["VARVE_REPAIR_SEEDS"].flatMap(UInt64.init)
        return Array(1...max(1, count ?? 12))
    }()

    /// A catalog and which rows lie on which of its pages.
    private final class Victim: Sendable {
        let bytes: Data
        let contents: [String: [[String]]]
        /// The table or index that each page belongs to.
        let tableOfPage: [Int: String]
        /// How many rows each page holds, by SQLite's own count.
        let rowsOfPage: [Int: Int]
        /// Pages that hold the ends of long values.
        let overflowPages: Set<Int>

        init() throws {
            let scratch = try Scratch()
            try RepairTests.makeCatalog(scratch)
            contents = try RepairTests.contents(scratch.catalog)
            let connection = try Connection(path: scratch.catalog, mode: .readOnly)
            tableOfPage = try Dictionary(
                uniqueKeysWithValues: connection.rows("SELECT pageno, name FROM dbstat").map {
                    (Int($0[0]) ?? 0, $0[1])
                })
            let cells = try connection.rows(
                """
                SELECT pageno, iif(pagetype = 'leaf' OR t.wr, ncell, 0)
                FROM dbstat AS s JOIN pragma_table_list AS t ON t.name = s.name
                WHERE t.schema = 'main'
                """)
            rowsOfPage = Dictionary(
                uniqueKeysWithValues: cells.map { (Int($0[0]) ?? 0, Int($0[1]) ?? 0) })
            overflowPages = Set(
                try connection.rows("SELECT pageno FROM dbstat WHERE pagetype = 'overflow'")
                    .compactMap { Int($0[0]) })
            bytes = try scratch.bytes("history.db")
        }

        /// Rows of `table` none of whose pages is among `damaged`, at least.
        func intactRowCount(of table: String, _ damaged: Set<Int>) -> Int {
            let pages = tableOfPage.filter { $0.value == table && !damaged.contains($0.key) }.keys
            let cut = damaged.filter { tableOfPage[$0] == table && overflowPages.contains($0) }
            return pages.reduce(0) { $0 + (rowsOfPage[$1] ?? 0) } - cut.count
        }
    }

    private static let victim = Result { try Victim() }

    /// Damages a copy of `bytes`.
    ///
    /// - Returns: The pages that are not as they were, from 1.
    private static func damage(
        _ bytes: inout Data, _ kind: Kind, _ random: inout SeededRandom
    ) -> Set<Int> {
        let count = bytes.count / 4096
        var pages: Set<Int> = []
        func overwrite(_ range: Range<Int>, _ byte: () -> UInt8) {
            for index in range where index < bytes.count { bytes[index] = byte() }
            for index in [range.lowerBound, range.upperBound - 1] { pages.insert(index / 4096 + 1) }
        }
        switch kind {
        case .bytes:
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                let start = Int.random(in: 0..<bytes.count - 64, using: &random)
                overwrite(start..<start + Int.random(in: 1...64, using: &random)) {
                    UInt8.random(in: 0...255, using: &random)
                }
            }
        case .pages:
            for _ in 0..<Int.random(in: 1...5, using: &random) {
                let page = Int.random(in: 0..<count, using: &random)
                overwrite(page * 4096..<page * 4096 + 4096) {
                    UInt8.random(in: 0...255, using: &random)
                }
            }
        case .zeroed:
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let page = Int.random(in: 0..<count, using: &random)
                overwrite(page * 4096..<page * 4096 + 4096) { 0 }
            }
        case .swapped:
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let (one, other) = (
                    Int.random(in: 1..<count, using: &random),
                    Int.random(in: 1..<count, using: &random)
                )
                let (first, second) = (
                    bytes[one * 4096..<one * 4096 + 4096],
                    bytes[other * 4096..<other * 4096 + 4096]
                )
                bytes.replaceSubrange(one * 4096..<one * 4096 + 4096, with: Data(second))
                bytes.replaceSubrange(other * 4096..<other * 4096 + 4096, with: Data(first))
                if one != other { pages.formUnion([one + 1, other + 1]) }
            }
        case .truncated:
            let length = Int.random(in: bytes.count / 8..<bytes.count, using: &random)
            bytes = bytes.prefix(length)
            pages = Set(length / 4096 + 1...count)
        case .beginning:
            let last = Int.random(in: 1...4, using: &random)
            overwrite(0..<last * 4096) { 0 }
            pages = Set(1...last)
        }
        return pages
    }

    @Test(arguments: Kind.allCases)
    func `what no damage lies on is brought over, and what comes out is whole`(
        kind: Kind
    ) throws {
        var intact = 0
        var lost = 0
        for seed in Self.seeds {
            let counts = try repairOne(kind, seed)
            intact += counts.intact
            lost += counts.lost
        }
        #expect(intact > 100 * Self.seeds.count)
        #expect(lost == 0)
        try Figures.record(
            "repair", of: kind.rawValue, tried: Self.seeds.count, crashes: 0, acknowledged: intact,
            lost: lost)
    }

    /// Damages a catalog, repairs it, and looks at what came out.
    ///
    /// - Returns: How many rows lay on no damaged page, and how many of those were not brought over.
    private func repairOne(_ kind: Kind, _ seed: UInt64) throws -> (intact: Int, lost: Int) {
        let victim = try Self.victim.get()
        let scratch = try Scratch()
        let number = UInt64(Kind.allCases.firstIndex(of: kind) ?? 0)
        var random = SeededRandom(seed: seed &* 1_000_003 &+ number)
        var bytes = victim.bytes
        let damaged = Self.damage(&bytes, kind, &random)
        try scratch.write(bytes, to: "history.db")
        let report = try CatalogRepair(of: scratch.catalog).write(
            to: scratch.path("new.db"), now: .noon)
        #expect(report.problems == [], "\(kind) \(seed)")
        let reader = try CatalogReader(path: scratch.path("new.db"))
        #expect(try reader.problems() == [], "\(kind) \(seed)")
        try ask(reader)
        #expect(try scratch.bytes("history.db") == bytes, "the damaged file is only read")
        let damagedTables = Set(damaged.compactMap { victim.tableOfPage[$0] })
        let found = try RepairTests.contents(scratch.path("new.db"))
        var intact = 0
        var lost = 0
        for (table, rows) in victim.contents {
            if !damagedTables.contains(table) {
                let missing = Self.missing(rows, in: found[table] ?? [], table, damagedTables)
                #expect(missing == [], "\(table), \(kind) \(seed)")
                intact += rows.count
                lost += missing.count
            } else if table != "sample_detail" || !damagedTables.contains("sample_block") {
                // What lies on its other pages.
                let expected = victim.intactRowCount(of: table, damaged)
                let count = found[table]?.count ?? 0
                #expect(count >= expected, "\(table), \(kind) \(seed): \(damaged.sorted())")
                intact += max(0, expected)
                lost += max(0, expected - count)
            }
        }
        // The ends of long texts have no checksum, and nor has a byte among a row's values.
        let noticeable = damaged.subtracting(victim.overflowPages)
            .compactMap { victim.tableOfPage[$0] }.filter { victim.contents[$0] != nil }
        if !noticeable.isEmpty, kind != .swapped, kind != .bytes {
            #expect(!report.isComplete, "\(kind) \(seed): damage was not noticed")
        }
        return (intact, lost)
    }

    /// Every query lives with what was brought over.
    private func ask(_ reader: borrowing CatalogReader) throws {
        _ = try reader.summary()
        for run in try reader.runs().prefix(5) {
            _ = try reader.series(
                of: RunReference("\(run.id)"), metrics: Metric.allCases, now: .noon)
            _ = try reader.lifecycle(of: run.id)
        }
    }

    /// Rows of an undamaged table that were not brought over as they were.
    private static func missing(
        _ rows: [[String]], in found: [[String]], _ table: String, _ damaged: Set<String>
    ) -> [[String]] {
        // Rows that others stand for, or tell less of, where their counterparts are damaged.
        switch table {
        case "sample_block" where damaged.contains("sample_detail"):
            let keys = Set(found.map { $0[0] })
            return rows.filter { !keys.contains($0[0]) }
        case "sample_detail" where damaged.contains("sample_block"):
            let details = Set(found.map { $0[1] })
            return details.isEmpty && damaged.isEmpty ? rows : []
        default:
            let present = Set(found)
            return rows.filter { !present.contains($0) }
        }
    }
}
