/// A table that statements read like any other and whose rows are made by Swift: read-only, there
/// once it is registered, without a `CREATE VIRTUAL TABLE`.
///
/// ```swift
/// try connection.register(Squares(), as: "square")
/// try connection.withStatement("SELECT n FROM square WHERE root = 7") { … }
/// ```
public protocol VirtualTable: AnyObject {
    /// Its columns, as `CREATE TABLE x (…)`; a `HIDDEN` one is not in `*`. SQLite takes two rows of
    /// the same primary key, or row id, for one where it joins the results of an OR.
    var declaration: String { get }

    /// How a query with these constraints is best answered. SQLite applies all of them again to the
    /// rows that come, so a plan may use as few as it likes.
    func plan(
        _ constraints: [VirtualTableConstraint], orderedBy order: [VirtualTableOrder]
    ) -> VirtualTablePlan

    /// A cursor that has no rows yet; it prepares what it reads on `database`.
    func makeCursor(on database: VirtualTableDatabase) -> any VirtualTableCursor
}

/// Runs through the rows of a virtual table.
public protocol VirtualTableCursor: AnyObject {
    /// Goes to the first row of a plan, whose arguments are given in the order in which it names them.
    func start(plan: Int32, arguments: [SQLValue]) throws
    /// Goes to the next row.
    func advance() throws
    /// Whether there is no further row.
    var isAtEnd: Bool { get }
    /// The value of a column of the current row.
    func value(at column: Int32) -> SQLValue
}

/// A comparison of a column with a value.
public struct VirtualTableConstraint: Hashable, Sendable {
    /// The comparison; an open set, of which these are the ones with a name here.
    public enum Comparison: Hashable, Sendable {
        /// `=`, `IS` or `IN`.
        case equal
        /// `<`.
        case less
        /// `<=`.
        case lessOrEqual
        /// `>`.
        case greater
        /// `>=`.
        case greaterOrEqual
        /// Any other.
        case other
    }

    /// The column's place in the declaration, from 0; -1 is the row id.
    public let column: Int32
    /// The comparison.
    public let comparison: Comparison
    /// Whether text is compared byte by byte, and not by a collation that takes more for equal.
    public let isBinary: Bool
}

/// A term of an ORDER BY.
public struct VirtualTableOrder: Hashable, Sendable {
    /// The column's place in the declaration, from 0.
    public let column: Int32
    /// Whether it descends.
    public let isDescending: Bool
}

/// How a query is answered.
public struct VirtualTablePlan: Hashable, Sendable {
    /// Which way it is, for the cursor.
    public var number: Int32
    /// The constraints, as indices of those given, whose values the cursor gets.
    public var arguments: [Int]
    /// What it costs, in rows read or so: SQLite chooses the order of a join by it.
    public var cost: Double
    /// How many rows come, roughly.
    public var rowCount: Int64
    /// Whether the rows come in the order that was asked for.
    public var isOrdered: Bool

    /// A plan.
    public init(
        number: Int32, arguments: [Int], cost: Double, rowCount: Int64, isOrdered: Bool = false
    ) {
        self.number = number
        self.arguments = arguments
        self.cost = cost
        self.rowCount = rowCount
        self.isOrdered = isOrdered
    }
}

/// The database that a virtual table is queried in: its cursors read in the snapshot of the query.
public struct VirtualTableDatabase {
    // The connection outlives the cursors of its statements.
    private unowned let handle: DatabaseHandle

    init(_ handle: DatabaseHandle) {
        self.handle = handle
    }

    /// A statement of the cursor's own.
    public func prepare(_ sql: String) throws(SQLiteError) -> Statement {
        Statement(try handle.prepare(sql, isKept: false))
    }
}
