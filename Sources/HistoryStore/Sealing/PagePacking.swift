/// The order in which details are best inserted, so that they leave little of SQLite's pages unused.
///
/// A row that does not fit into what is left of the last page begins another, and details take a good
/// part of a page each: in the order in which they come a sixth of the file would be empty.
///
/// It remembers how full the last page is. Where that is not so, as after a transaction that was taken
/// back, a page is filled less well, and that is all.
final class PagePacking {
    /// What a row takes beside its detail: the cell's pointer, size and key, and the record's header.
    /// Source: the file format's page on b-tree pages and cells.
    private static let cellBytes = 12
    private static let pageHeaderBytes = 8

    /// Bytes that are left of the last page.
    private var room = 0
    /// How many sizes were tried so far, for all pages: what takes time.
    private(set) var trialCount = 0

    /// The places of `sizes`, page by page: what fills the last page best, then with the largest that
    /// is left what fills the next.
    ///
    /// - Complexity: for each page as many steps as it takes sizes to fill it to the last byte, up to 160
    ///   of thousands that differ, times the page's bytes.
    func order(_ sizes: [Int], pageSize: Int) -> [Int] {
        let capacity = max(1, pageSize - Self.pageHeaderBytes)
        let cells = sizes.map { $0 + Self.cellBytes }
        var left = sizes.indices.sorted { (cells[$0], $1) > (cells[$1], $0) }
        var order: [Int] = []
        order.reserveCapacity(left.count)
        func take(_ chosen: [Int]) {
            order += chosen
            left.removeAll(where: chosen.contains)
        }
        take(best(of: left, cells))
        while let largest = left.first {
            take([largest])
            room = capacity - cells[largest]
            // What is larger than a page fills others of its own.
            guard room > 0 else { continue }
            take(best(of: left, cells))
        }
        room = max(0, room)
        return order
    }

    /// Takes from the room that is left those of `places` that together fill it best, the largest first.
    private func best(of places: [Int], _ cells: [Int]) -> [Int] {
        guard room > 0, places.contains(where: { cells[$0] <= room }) else { return [] }
        // For each sum that can be reached, the place that was added last to reach it.
        var last = [Int](repeating: -1, count: room + 1)
        last[0] = .max
        var reached = 0
        // How often the current size was met.
        var (former, copies) = (0, 0)
        for (index, place) in places.enumerated() where cells[place] <= room {
            let size = cells[place]
            copies = size == former ? copies + 1 : 1
            former = size
            // Of one size no more than fit; and nothing is better than full.
            guard copies * size <= room else { continue }
            if reached == room { break }
            trialCount += 1
            for sum in stride(from: min(room, reached + size), through: size, by: -1)
            where last[sum] == -1 && last[sum - size] != -1 {
                last[sum] = index
                reached = max(reached, sum)
            }
        }
        room -= reached
        var chosen: [Int] = []
        while reached > 0 {
            let place = places[last[reached]]
            chosen.append(place)
            reached -= cells[place]
        }
        return chosen
    }
}
