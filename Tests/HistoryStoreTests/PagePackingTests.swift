import Testing

@testable import HistoryStore

struct PagePackingTests {
    @Test(arguments: [1, 2, 3, 64, 200])
    func `every detail is inserted, and once`(count: Int) {
        var random = SeededRandom(seed: UInt64(count))
        let packing = PagePacking()
        for _ in 0..<20 {
            let sizes = (0..<count).map { _ in
                random.next() % 10 == 0
                    ? Int.random(in: 4_000...70_000, using: &random)
                    : Int.random(in: 0...3_000, using: &random)
            }
            let order = packing.order(sizes, pageSize: 4_096)
            #expect(order.sorted() == Array(sizes.indices))
        }
        #expect(packing.order([], pageSize: 4_096).isEmpty)
    }

    @Test func `a page is filled with what fills it best, and the next batch goes on there`() {
        let packing = PagePacking()
        // A page has room for 4,088 bytes, and each takes 12 beside its own: 3,076 and 988 fill one.
        #expect(packing.order([988, 3_076, 500], pageSize: 4_096) == [1, 0, 2])
        // Of the last page 3,576 are left: 3,564 fill it, and 4,000 need another.
        #expect(packing.order([4_000, 3_564], pageSize: 4_096) == [1, 0])
    }

    /// A run of a year that is imported is packed in one transaction, while others wait.
    @Test(arguments: [300...300, 100...400, 150...1_500])
    func `thousands of details are ordered at once`(range: ClosedRange<Int>) {
        var random = SeededRandom(seed: 4)
        let sizes = (0..<2_000).map { _ in Int.random(in: range, using: &random) }
        let packing = PagePacking()
        let order = packing.order(sizes, pageSize: 4_096)
        #expect(order.sorted() == Array(sizes.indices))
        // Of thousands; it took minutes when every size was tried for every page.
        let pages = sizes.reduce(0, +) / 4_096
        #expect(packing.trialCount < 300 * pages, "\(packing.trialCount) for \(pages) pages")
    }

    @Test func `details of a usual size leave little unused`() {
        var random = SeededRandom(seed: 9)
        let packing = PagePacking()
        var pages = 0
        var room = 0
        var bytes = 0
        for _ in 0..<100 {
            let sizes = (0..<24).map { _ in Int.random(in: 150...1_500, using: &random) }
            for place in packing.order(sizes, pageSize: 4_096) {
                let cell = sizes[place] + 12
                bytes += cell
                if cell > room {
                    pages += 1
                    room = 4_088
                }
                room -= cell
            }
        }
        #expect(Double(bytes) / Double(pages * 4_088) > 0.96)
    }
}
