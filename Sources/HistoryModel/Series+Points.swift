extension Series {
    /// Points of a series, kept column by column: a day of intervals is a few arrays.
    ///
    /// ```swift
    /// let peaks = series.points.column(at: 1)  // [Double?] as numbers; NaN where absent
    /// let first = series.points[0].values[1]
    /// ```
    public struct Points: RandomAccessCollection, Sendable {
        /// The starts of the steps.
        public private(set) var starts: [Int64] = []
        /// The lengths of the steps.
        public private(set) var lengths: [Int64] = []
        /// When the last samples were taken.
        public private(set) var lasts: [Int64] = []
        /// How many samples there were.
        public private(set) var sampleCounts: [Int64] = []
        /// Which steps are not over yet, or cut.
        public private(set) var partial: [Bool] = []
        private var columns: [[Double]]

        /// No points, of so many columns.
        public init(columnCount: Int) {
            columns = Array(repeating: [], count: columnCount)
        }

        /// Makes room for so many steps.
        public mutating func reserveCapacity(_ count: Int) {
            starts.reserveCapacity(count)
            lengths.reserveCapacity(count)
            lasts.reserveCapacity(count)
            sampleCounts.reserveCapacity(count)
            partial.reserveCapacity(count)
            for index in columns.indices { columns[index].reserveCapacity(count) }
        }

        /// The first step's place.
        public var startIndex: Int { 0 }
        /// The place behind the last step.
        public var endIndex: Int { starts.count }

        /// The step at `index`.
        public subscript(index: Int) -> Point {
            Point(
                at: Timestamp(unixMilliseconds: starts[index]), milliseconds: lengths[index],
                lastAt: Timestamp(unixMilliseconds: lasts[index]),
                sampleCount: sampleCounts[index], isPartial: partial[index],
                values: columns.map { $0[index].isNaN ? nil : $0[index] })
        }

        /// All values of the column at `column`; NaN where there is none.
        public func column(at column: Int) -> [Double] { columns[column] }

        /// Adds a step; its values are added by ``append(_:to:)``, one for each column.
        @inline(__always)
        public mutating func appendStep(
            at: Int64, milliseconds: Int64, lastAt: Int64, sampleCount: Int64, isPartial: Bool
        ) {
            starts.append(at)
            lengths.append(milliseconds)
            lasts.append(lastAt)
            sampleCounts.append(sampleCount)
            partial.append(isPartial)
        }

        /// Adds a value to the column at `column`; NaN is none.
        @inline(__always)
        public mutating func append(_ value: Double, to column: Int) {
            columns[column].append(value)
        }

        /// Adds the values of further steps to the column at `column`.
        public mutating func append(_ values: [Double], to column: Int) {
            columns[column] += values
        }

        /// Adds several steps at once; their values are added by ``append(_:to:)``.
        public mutating func appendSteps(
            starts: ArraySlice<Int64>, lengths: ArraySlice<Int64>, lasts: ArraySlice<Int64>,
            sampleCounts: ArraySlice<Int64>, partial: [Bool]
        ) {
            self.starts += starts
            self.lengths += lengths
            self.lasts += lasts
            self.sampleCounts += sampleCounts
            self.partial += partial
        }

        /// Adds the steps of `others`.
        public mutating func append(contentsOf others: Points) {
            starts += others.starts
            lengths += others.lengths
            lasts += others.lasts
            sampleCounts += others.sampleCounts
            partial += others.partial
            for index in columns.indices { columns[index] += others.columns[index] }
        }

        /// Removes all steps, and keeps the room that they had.
        public mutating func removeAll() {
            starts.removeAll(keepingCapacity: true)
            lengths.removeAll(keepingCapacity: true)
            lasts.removeAll(keepingCapacity: true)
            sampleCounts.removeAll(keepingCapacity: true)
            partial.removeAll(keepingCapacity: true)
            for index in columns.indices { columns[index].removeAll(keepingCapacity: true) }
        }
    }
}

extension Series.Points: Equatable {
    /// Whether all steps and values are the same; an absent value is like another.
    public static func == (self: Self, other: Self) -> Bool {
        self.elementsEqual(other)
    }
}
