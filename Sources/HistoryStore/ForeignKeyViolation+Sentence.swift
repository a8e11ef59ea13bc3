internal import SQLite

extension ForeignKeyViolation {
    /// What is wrong, as people read it.
    var sentence: String {
        let row = rowID.map { "row \($0)" } ?? "a row"
        return "\(row) of \(table) refers to a \(parent) that is not there"
    }
}
