/// The idle prepared statements of a connection, by their text.
///
/// A statement in use is not in here, so that a second use of the same text gets one of its own.
final class StatementCache {
    private let capacity: Int
    private var idle: [Text: PreparedStatement] = [:]
    private var clock: UInt64 = 0

    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    /// How many statements are kept.
    var count: Int { idle.count }

    /// The idle statement for `sql`, which is the caller's from now on.
    func take(_ sql: String) -> PreparedStatement? {
        idle.removeValue(forKey: Text(sql))
    }

    /// Keeps `statement`, cleared, under `sql`; drops the one that has been idle longest if full.
    func giveBack(_ statement: PreparedStatement, for sql: String) {
        statement.clear()
        clock += 1
        statement.lastUse = clock
        let text = Text(sql)
        if idle[text] == nil, idle.count >= capacity,
            let oldest = idle.min(by: { $0.value.lastUse < $1.value.lastUse })
        {
            idle.removeValue(forKey: oldest.key)
        }
        idle[text] = statement
    }

    /// A statement's text, told from others by its length first: to hash every byte of a long one took
    /// longer than to run it. Texts that are equal are mostly the same storage, which is seen at once.
    private struct Text: Hashable {
        let sql: String

        init(_ sql: String) {
            self.sql = sql
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(sql.utf8.count)
        }
    }
}
