import HistoryModel
import Testing

@testable import varve

@Suite("What varve top knows")
struct LiveTableTests {
    private func rates(_ table: LiveTable) -> [Double?] {
        guard let row = table.rows.first else { return [] }
        return [row.diskRead, row.diskWrite, row.netRx, row.netTx]
    }

    @Test func `rates are those between the last two samples, and stay between refreshes`() {
        let first = LiveReading.some(0, "web", sample: .at(1, disk: (1000, 0), net: (5, 7)))
        let second = LiveReading.some(0, "web", sample: .at(3, disk: (5000, 0), net: (5, 17)))
        var table = LiveTable((1, [first]))
        #expect(rates(table) == [nil, nil, nil, nil])
        table.take(LiveSnapshot(at: .at(3), slots: [second]))
        #expect(rates(table) == [2000, 0, 0, 5])
        // Refreshed sooner than it is sampled.
        table.take(LiveSnapshot(at: .at(3.2), slots: [second]))
        #expect(rates(table) == [2000, 0, 0, 5])
        #expect(table.rows[0].ageMilliseconds == 200)
        #expect(table.rows[0].uptimeMilliseconds == 3_603_200)
    }

    @Test func `a counter that falls has no rate, and the others have theirs`() {
        let table = LiveTable(
            (1, [.some(0, "web", sample: .at(1, disk: (1000, 10)))]),
            (2, [.some(0, "web", sample: .at(2, disk: (999, 30), net: (0, 0)))]))
        #expect(rates(table) == [nil, 20, nil, nil])
    }

    @Test func `a clock that steps back leaves no rate`() {
        let table = LiveTable(
            (10, [.some(0, "web", sample: .at(10, disk: (1, 1)))]),
            (11, [.some(0, "web", sample: .at(5, disk: (9, 9)))]))
        #expect(rates(table) == [nil, nil, nil, nil])
    }

    @Test(
        "the slot of another run bridges nothing",
        arguments: [
            LiveReading.some(0, "web", generation: 2, sample: .at(2, cpu: 1, disk: (9, 9))),
            LiveReading(
                use: .init(slot: 0, generation: 1, runID: 77, pid: 100, startedAt: .at(-3600)),
                state: .running, sandbox: "web", sample: .at(2, cpu: 1, disk: (9, 9))),
        ])
    func otherRun(other: LiveReading) {
        let table = LiveTable(
            (1, [.some(0, "web", sample: .at(1, cpu: 1, disk: (1, 1)))]), (2, [other]))
        #expect(rates(table) == [nil, nil, nil, nil])
        #expect(Array(table.history(ofSlot: 0, last: 10)) == [1])
    }

    @Test func `a registry that was made anew bridges nothing, and it is said for a while`() {
        var table = LiveTable()
        let slot = LiveReading.some(0, "web", sample: .at(1, disk: (1, 1)))
        table.take(LiveSnapshot(at: .at(1), createdAt: .at(0), slots: [slot]))
        #expect(table.note == nil)
        table.take(LiveSnapshot(at: .at(2), problem: "there is none"))
        #expect(table.note == "there is none" && table.rows.isEmpty)
        let same = LiveReading.some(0, "web", sample: .at(3, disk: (9, 9)))
        table.take(LiveSnapshot(at: .at(3), createdAt: .at(2.5), slots: [same]))
        #expect(rates(table) == [nil, nil, nil, nil])
        #expect(table.note == "the registry was made anew by another program")
        table.take(LiveSnapshot(at: .at(14), createdAt: .at(2.5), slots: [same]))
        #expect(table.note == nil)
    }

    @Test func `a slot that is torn once shows what it showed, and goes on`() {
        let torn = LiveReading(use: .init(slot: 0, generation: 1), state: .torn)
        let table = LiveTable(
            (1, [.some(0, "web", sample: .at(1, cpu: 700, disk: (0, 0)))]), (2, [torn]))
        #expect(table.rows[0].sandbox == "web" && table.rows[0].state == .torn)
        #expect(table.rows[0].cpuCentipercent == 700)
        var after = table
        after.take(
            LiveSnapshot(
                at: .at(3), slots: [.some(0, "web", sample: .at(3, cpu: 1, disk: (4, 4)))]))
        #expect(after.rows[0].diskRead == 2 && after.rows[0].state == .running)
        #expect(Array(after.history(ofSlot: 0, last: 10)) == [700, nil, 1])
        let unknown = LiveTable((1, [torn]))
        #expect(unknown.rows[0].sandbox == "" && unknown.rows[0].runID == nil)
    }

    @Test(
        "a run is stalled when its sample is older than it should be",
        arguments: [
            // Samples at noon and the second time; read at the third.
            (nil, 9.0, LiveRow.State.running), (nil, 10.1, .stalled),
            (1.0, 4.0, .running), (1.0, 4.1, .stalled),
            (20.0, 80.0, .running), (20.0, 80.1, .stalled),
        ] as [(Double?, Double, LiveRow.State)])
    func stalled(second: Double?, read: Double, state: LiveRow.State) {
        var table = LiveTable((0, [.some(0, "web", sample: .at(0))]))
        let last = LiveReading.some(0, "web", sample: .at(second ?? 0))
        if let second { table.take(LiveSnapshot(at: .at(second), slots: [last])) }
        table.take(LiveSnapshot(at: .at(read), slots: [last]))
        #expect(table.rows[0].state == state)
    }

    @Test func `totals are of what runs; what nobody measured adds nothing`() {
        let table = LiveTable(
            (
                1,
                [
                    .some(0, "a", sample: .at(1, cpu: 15_000, memory: 1 << 30)),
                    .some(1, "b", sample: .at(1, cpu: 500)),
                    .some(2, "c", state: .crashed, sample: .at(1, cpu: 900, memory: 5)),
                    .some(3, "d", sample: .at(-60, cpu: 900, memory: 5)),
                    .some(4, "e"),
                ]
            ))
        let totals = LiveTotals(of: table.rows)
        #expect(totals.counts == [.running: 3, .crashed: 1, .stalled: 1])
        #expect(totals.cpuPercent == 155 && totals.memoryBytes == 1_073_741_824)
        #expect(totals.diskRead == nil && totals.netTx == nil)
    }

    @Test func `numbers that nothing can add up crash nothing`() {
        let most = Int64.max
        let hostile = (0..<3).map { slot in
            LiveReading.some(
                slot, "x", limit: most,
                sample: .at(
                    Double(slot), cpu: most, memory: most, disk: (most, most), net: (0, most)))
        }
        let board = LiveBoard(of: .some, (0, [hostile]), (1, [hostile]), (1e9, [hostile]))
        let totals = LiveTotals(of: board.rows)
        #expect(totals.counts == [.stalled: 3])
        for order in LiveOrder.allCases {
            #expect(order.sorted(board.rows, isReversed: true).count == 3)
        }
        for size in [WindowSize(columns: 300, rows: 10), WindowSize(columns: 1, rows: 1)] {
            let view = TopView(subject: .some, interval: .seconds(1), size: size, usesColour: true)
            #expect(view.lines(of: board, TopState()).count <= size.rows)
        }
    }

    @Test(
        "rows are sorted by what is asked for, absent values last",
        arguments: [
            (LiveOrder.cpu, false, "bcad"), (.cpu, true, "acbd"),
            (.memory, false, "abcd"), (.name, false, "abcd"), (.name, true, "dcba"),
        ])
    func sorting(order: LiveOrder, isReversed: Bool, expected: String) {
        let table = LiveTable(
            (
                1,
                [
                    .some(0, "a", sample: .at(1, cpu: 1, memory: 9)),
                    .some(1, "b", sample: .at(1, cpu: 3, memory: 8)),
                    .some(2, "c", sample: .at(1, cpu: 2, memory: 7)),
                    .some(3, "d"),
                ]
            ))
        let sorted = order.sorted(table.rows, isReversed: isReversed)
        #expect(sorted.map(\.sandbox).joined() == expected)
    }
}
