import HistoryModel

/// What the columns of the details of rows and of samples are called within a block.
///
/// They are part of the format: one that was given is never given another meaning.
enum ColumnID {
    /// The starts of rows.
    static let at: UInt8 = 0
    /// What a row's interval is longer than the time from the first row's start to the second's; 0
    /// if there is no second row.
    static let interval: UInt8 = 1
    /// From a row's start to its first sample.
    static let firstDelay: UInt8 = 2
    /// From a row's start to its last sample.
    static let lastDelay: UInt8 = 3
    /// How many samples a row folds, less 1.
    static let furtherSamples: UInt8 = 4
    static let implausible: UInt8 = 5
    static let sequence: UInt8 = 6
    /// The times of single samples: no row has it.
    static let sampleAt: UInt8 = 7

    /// A gauge's maximum; of single samples, any metric's value.
    static func value(of metric: Metric) -> UInt8 {
        switch metric.kind {
        case .gauge: UInt8(16 + 4 * metric.index)
        case .counter: UInt8(64 + 4 * metric.index)
        }
    }

    /// What a gauge's maximum is above its average.
    static func excess(of gauge: Metric) -> UInt8 { value(of: gauge) + 1 }
    /// How many of a row's samples lack a gauge.
    static func missing(of gauge: Metric) -> UInt8 { value(of: gauge) + 2 }
    /// What a counter gained from a row's first sample to its last.
    static func gain(of counter: Metric) -> UInt8 { value(of: counter) + 1 }

    /// Refuses columns that are none of `known`, which a newer varve may have added.
    static func check(_ block: ColumnBlock, areAmong known: Set<UInt8>) throws(BlockError) {
        for column in block.columns where !known.contains(column.id) {
            throw .unknownColumn(column.id)
        }
    }
}

/// A set of columns.
struct ColumnIDs: ExpressibleByArrayLiteral, Sendable {
    private var bits: UInt128 = 0
    /// The greatest of them; 0 without any.
    private(set) var last: UInt8 = 0

    init(arrayLiteral elements: UInt8...) {
        for element in elements { insert(element) }
    }

    /// - Precondition: `id` is one of ``ColumnID``, which are all below 128.
    mutating func insert(_ id: UInt8) {
        bits |= 1 << UInt128(id)
        last = max(last, id)
    }

    func contains(_ id: UInt8) -> Bool { id < 128 && bits >> UInt128(id) & 1 == 1 }
}
