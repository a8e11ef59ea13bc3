import HistoryModel

/// One value of a record, in base units, before any format is chosen.
enum FieldValue: Hashable, Sendable {
    /// Nobody measured it, or it does not apply.
    case null
    case flag(Bool)
    case integer(Int64)
    case unsigned(UInt64)
    case number(Double)
    case text(String)
    case time(Timestamp)
    case list([FieldValue])
    /// Members in the order in which they are printed.
    case object([Member])

    /// A key with its value.
    struct Member: Hashable, Sendable {
        var key: String
        var value: FieldValue

        init(_ key: String, _ value: FieldValue) {
            self.key = key
            self.value = value
        }
    }

    /// An integer of any width; `nil` is ``null``.
    init(_ value: (some FixedWidthInteger)?) {
        guard let value else {
            self = .null
            return
        }
        self = Int64(exactly: value).map(FieldValue.integer) ?? .unsigned(UInt64(clamping: value))
    }

    init(_ value: Double?) { self = value.map(FieldValue.number) ?? .null }
    init(_ value: String?) { self = value.map(FieldValue.text) ?? .null }
    init(_ value: Bool?) { self = value.map(FieldValue.flag) ?? .null }
    init(_ value: Timestamp?) { self = value.map(FieldValue.time) ?? .null }

    /// Labels as an object, sorted by key, so that the same labels always print the same.
    init(labels: [String: String]) {
        self = .object(labels.sorted { $0.key < $1.key }.map { Member($0.key, .text($0.value)) })
    }
}
