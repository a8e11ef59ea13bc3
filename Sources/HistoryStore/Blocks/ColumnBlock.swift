/// Columns of integers over the same rows; a column may lack values.
///
/// It knows nothing of metrics: ``SampleDetail`` and ``MomentsDetail`` say what the columns mean.
///
/// ```swift
/// var block = ColumnBlock(rowCount: 3)
/// block.append(1, [10, 20, 30])
/// block.append(2, optionals: [nil, 7, nil])
/// block[2]?.optionals(over: 3)  // [nil, 7, nil]
/// ```
public struct ColumnBlock: Hashable, Sendable {
    /// The values of one column.
    public struct Column: Hashable, Sendable {
        /// What the column is called within its block.
        public let id: UInt8
        /// Which rows have a value; `nil` if all have one.
        public let presence: Presence?
        /// The values of those rows that have one, in the order of the rows.
        public let values: [Int64]

        /// The values of all rows, `nil` for those that have none.
        public func optionals(over rowCount: Int) -> [Int64?] {
            var optionals = [Int64?](repeating: nil, count: rowCount)
            forEach { row, value in optionals[row] = value }
            return optionals
        }

        /// Calls `body` for each row that has a value.
        @inline(__always)
        func forEach(_ body: (_ row: Int, _ value: Int64) -> Void) {
            guard let presence else {
                for (row, value) in values.enumerated() { body(row, value) }
                return
            }
            var next = 0
            for (word, bits) in presence.words.enumerated() {
                var bits = bits
                while bits != 0 {
                    body(word * 64 + bits.trailingZeroBitCount, values[next])
                    next += 1
                    bits &= bits - 1
                }
            }
        }

        /// Adds its values to those of their rows in `numbers`, where the rows begin at `first`.
        func add(to numbers: inout [Int64], from first: Int) {
            combine(with: &numbers, from: first) { $0 &+ $1 }
        }

        /// Takes its values from those of their rows in `numbers`, where the rows begin at `first`.
        func subtract(from numbers: inout [Int64], from first: Int) {
            combine(with: &numbers, from: first) { $0 &- $1 }
        }

        @inline(__always)
        private func combine(
            with numbers: inout [Int64], from first: Int, _ operation: (Int64, Int64) -> Int64
        ) {
            guard presence == nil else {
                forEach { row, value in
                    numbers[first + row] = operation(numbers[first + row], value)
                }
                return
            }
            let values = values.span
            var numbers = numbers.mutableSpan
            for row in values.indices {
                numbers[first &+ row] = operation(numbers[first &+ row], values[row])
            }
        }
    }

    /// Which of the rows have a value.
    public struct Presence: Hashable, Sendable {
        fileprivate var words: [UInt64]
        /// How many rows have a value.
        public private(set) var count = 0

        /// No row of `rowCount` has a value.
        init(rowCount: Int) {
            words = Array(repeating: 0, count: (rowCount + 63) / 64)
        }

        /// Whether `row` has a value.
        public subscript(row: Int) -> Bool {
            words[row / 64] >> UInt64(row % 64) & 1 == 1
        }

        mutating func insert(_ row: Int) {
            let bit = 1 << UInt64(row % 64) as UInt64
            count += words[row / 64] & bit == 0 ? 1 : 0
            words[row / 64] |= bit
        }
    }

    /// How many rows a block may have: more than an hour holds at a sample each 55 ms.
    public static let maximumRowCount = 1 << 16
    /// How many columns a block may have.
    public static let maximumColumnCount = 64

    /// The number of rows.
    public private(set) var rowCount: Int
    /// The columns that have a value, by ascending id.
    public private(set) var columns: [Column] = []

    /// A block without columns.
    ///
    /// - Precondition: `rowCount` is from 0 to ``maximumRowCount``.
    public init(rowCount: Int) {
        precondition((0...Self.maximumRowCount).contains(rowCount), "too many rows for a block")
        self.rowCount = rowCount
    }

    /// The column `id`; `nil` if no row has a value of it.
    public subscript(id: UInt8) -> Column? {
        columns.first { $0.id == id }
    }

    /// Adds a column with a value for each row.
    ///
    /// - Precondition: `id` is greater than those of the columns before, which are less than
    ///   ``maximumColumnCount``.
    public mutating func append(_ id: UInt8, _ values: [Int64]) {
        precondition(values.count == rowCount, "a value for each row")
        append(Column(id: id, presence: nil, values: values))
    }

    /// Adds a column in which some rows have no value.
    ///
    /// - Precondition: that of ``append(_:_:)``.
    public mutating func append(_ id: UInt8, optionals: [Int64?]) {
        precondition(optionals.count == rowCount, "a value or nil for each row")
        var presence = Presence(rowCount: rowCount)
        var values: [Int64] = []
        values.reserveCapacity(rowCount)
        for (row, value) in optionals.enumerated() {
            guard let value else { continue }
            presence.insert(row)
            values.append(value)
        }
        append(id, values, of: presence)
    }

    /// Adds a column of the rows in `presence`, a value for each of them.
    mutating func append(_ id: UInt8, _ values: [Int64], of presence: Presence) {
        append(
            Column(id: id, presence: values.count == rowCount ? nil : presence, values: values))
    }

    /// Begins anew with `rowCount` rows, at most ``maximumRowCount``; the room of the columns goes to
    /// `spare`.
    mutating func removeAll(rowCount: Int, keeping spare: inout [[Int64]]) {
        while let column = columns.popLast() { spare.append(column.values) }
        self.rowCount = rowCount
    }

    mutating func append(_ column: Column) {
        precondition(columns.last.map { $0.id < column.id } ?? true, "columns ascend")
        precondition(columns.count < Self.maximumColumnCount, "too many columns for a block")
        if !column.values.isEmpty { columns.append(column) }
    }
}
