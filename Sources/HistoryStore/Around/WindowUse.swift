public import HistoryModel

/// What a run used in a short stretch of time.
public struct WindowUse: Hashable, Sendable {
    /// The run, as the catalog knows it; what an open one has used in all is not added up.
    public var run: Run
    /// Its average CPU, in hundredths of a percent of one core.
    public var cpuCentipercent: Double?
    /// Its highest memory, in bytes.
    public var memoryBytes: Double?
    /// How fast it read and wrote storage, in bytes per second.
    public var diskBytesPerSecond: Double?
    /// How fast it received and sent, in bytes per second.
    public var netBytesPerSecond: Double?

    /// `run`, of whose use nothing is known.
    public init(run: Run) {
        self.run = run
    }
}

extension WindowUse {
    static let columns: [Series.Column] = [
        .init(.cpu, .avg), .init(.memory, .max), .init(.diskRead, .sum), .init(.diskWrite, .sum),
        .init(.netRx, .sum), .init(.netTx, .sum),
    ]

    /// Takes what `points` of ``columns`` say; those longer than `longest` milliseconds say too little
    /// of a short stretch.
    mutating func take(_ points: Series.Points, longest: Int64) {
        let used = points.filter { $0.milliseconds <= longest }
        func average(_ column: Int) -> Double? {
            let parts = used.compactMap { point in
                point.values[column].map { (value: $0, weight: Double(max(1, point.milliseconds))) }
            }
            let weight = parts.reduce(0) { $0 + $1.weight }
            return weight > 0 ? parts.reduce(0) { $0 + $1.value * $1.weight } / weight : nil
        }
        // Over the whole of each interval: what was done in the first moments of a run was not done all along.
        func rate(_ column: Int) -> Double? {
            let parts = used.compactMap { point in
                point.values[column].map { (growth: $0, milliseconds: point.milliseconds) }
            }
            let milliseconds = parts.reduce(0) { $0 + Double(max(0, $1.milliseconds)) }
            return milliseconds > 0 ? parts.reduce(0) { $0 + $1.growth } * 1000 / milliseconds : nil
        }
        func sum(_ one: Int, _ other: Int) -> Double? {
            switch (rate(one), rate(other)) {
            case (let one?, let other?): one + other
            case (let one, let other): one ?? other
            }
        }
        cpuCentipercent = average(0)
        memoryBytes = used.compactMap { $0.values[1] }.max()
        diskBytesPerSecond = sum(2, 3)
        netBytesPerSecond = sum(4, 5)
    }
}
