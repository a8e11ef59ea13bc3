internal import CSQLite

extension Connection {
    /// Makes `table` readable as `name` on this connection, in place of what had that name before.
    ///
    /// A real table of the same name hides it.
    public func register(_ table: any VirtualTable, as name: String) throws(SQLiteError) {
        let owner = unsafe Unmanaged.passRetained(RegisteredTable(table, handle)).toOpaque()
        // The module's functions live as long as the program; SQLite releases the owner by the last
        // function when the connection is closed, the module replaced, or this call fails.
        let code = unsafe sqlite3_create_module_v2(
            handle.raw, name, VirtualTableModule.functions, owner
        ) { owner in
            guard let owner = unsafe owner else { return }
            unsafe Unmanaged<RegisteredTable>.fromOpaque(owner).release()
        }
        guard code == SQLITE_OK else { throw handle.error(.configure, code) }
    }
}

/// A table, and the connection that it was registered on.
final class RegisteredTable {
    let table: any VirtualTable
    // The handle owns this object through SQLite: it is closed after all cursors are gone.
    unowned let handle: DatabaseHandle

    init(_ table: any VirtualTable, _ handle: DatabaseHandle) {
        self.table = table
        self.handle = handle
    }
}

/// A cursor that SQLite holds.
final class OpenCursor {
    let cursor: any VirtualTableCursor

    init(_ cursor: any VirtualTableCursor) {
        self.cursor = cursor
    }
}

/// The functions of the C interface of virtual tables (`vtab.html`), over the Swift protocols.
///
/// SQLite gives each what ours before has made: the owners are retained where the struct is made and
/// released where it is freed, and borrowed in between.
enum VirtualTableModule {
    // Written once, before its first use, and read by SQLite only from then on.
    nonisolated(unsafe) static let functions: UnsafePointer<sqlite3_module> = {
        var module = sqlite3_module()
        // Without xCreate it exists by its name alone (vtab.html, "Eponymous-only virtual tables").
        unsafe module.xConnect = connect
        unsafe module.xDisconnect = disconnect
        unsafe module.xBestIndex = bestIndex
        unsafe module.xOpen = open
        unsafe module.xClose = close
        unsafe module.xFilter = filter
        unsafe module.xNext = next
        unsafe module.xEof = eof
        unsafe module.xColumn = column
        unsafe module.xRowid = rowID
        let functions = UnsafeMutablePointer<sqlite3_module>.allocate(capacity: 1)
        unsafe functions.initialize(to: module)
        return unsafe UnsafePointer(functions)
    }()

    typealias Table = UnsafeMutablePointer<sqlite3_vtab>
    typealias Cursor = UnsafeMutablePointer<sqlite3_vtab_cursor>

    /// A zeroed struct for SQLite, with `owner` retained in it.
    private static func make<Struct>(_: Struct.Type) -> UnsafeMutablePointer<Struct>? {
        let size = MemoryLayout<Struct>.size
        // Freed by `disconnect` and `close`. Both structs are C's and are all zero at first.
        guard let memory = unsafe sqlite3_malloc64(UInt64(size)) else { return nil }
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        return unsafe memory.assumingMemoryBound(to: Struct.self)
    }

    private static let connect:
        @convention(c) (
            OpaquePointer?, UnsafeMutableRawPointer?, Int32,
            UnsafePointer<UnsafePointer<CChar>?>?, UnsafeMutablePointer<Table?>?,
            UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        ) -> Int32 = { database, owner, _, _, result, _ in
            guard let owner = unsafe owner, let result = unsafe result else { return SQLITE_MISUSE }
            let registered = unsafe Unmanaged<RegisteredTable>.fromOpaque(owner)
            let declaration = unsafe registered.takeUnretainedValue().table.declaration
            let code = unsafe sqlite3_declare_vtab(database, declaration)
            guard code == SQLITE_OK else { return code }
            guard let table = unsafe make(varve_sqlite3_vtab.self) else { return SQLITE_NOMEM }
            unsafe table.pointee.owner = registered.retain().toOpaque()
            // `base` is the struct's first member.
            unsafe result.pointee = UnsafeMutableRawPointer(table)
                .assumingMemoryBound(to: sqlite3_vtab.self)
            return SQLITE_OK
        }

    private static let disconnect: @convention(c) (Table?) -> Int32 = { table in
        guard let table = unsafe table else { return SQLITE_OK }
        unsafe ours(table).pointee.owner.map {
            unsafe Unmanaged<RegisteredTable>.fromOpaque($0).release()
        }
        unsafe sqlite3_free(table)
        return SQLITE_OK
    }

    private static let open: @convention(c) (Table?, UnsafeMutablePointer<Cursor?>?) -> Int32 = {
        table, result in
        guard let table = unsafe table, let result = unsafe result,
            let registered = unsafe registered(table)
        else { return SQLITE_MISUSE }
        guard let memory = unsafe make(varve_sqlite3_vtab_cursor.self) else {
            return SQLITE_NOMEM
        }
        let cursor = registered.table.makeCursor(
            on: VirtualTableDatabase(registered.handle))
        unsafe memory.pointee.owner = Unmanaged.passRetained(OpenCursor(cursor)).toOpaque()
        // `base` is the struct's first member.
        unsafe result.pointee = UnsafeMutableRawPointer(memory)
            .assumingMemoryBound(to: sqlite3_vtab_cursor.self)
        return SQLITE_OK
    }

    private static let close: @convention(c) (Cursor?) -> Int32 = { cursor in
        guard let cursor = unsafe cursor else { return SQLITE_OK }
        unsafe ours(cursor).pointee.owner.map {
            unsafe Unmanaged<OpenCursor>.fromOpaque($0).release()
        }
        unsafe sqlite3_free(cursor)
        return SQLITE_OK
    }

    private static let filter:
        @convention(c) (
            Cursor?, Int32, UnsafePointer<CChar>?, Int32, UnsafeMutablePointer<OpaquePointer?>?
        ) -> Int32 = { cursor, number, _, count, values in
            guard let cursor = unsafe cursor else { return SQLITE_MISUSE }
            var arguments: [SQLValue] = []
            for index in 0..<Int(max(0, count)) {
                // SQLite gives `count` values that are valid during the call.
                guard let value = unsafe values?[index] else { return SQLITE_MISUSE }
                unsafe arguments.append(SQLValue(argument: value))
            }
            return unsafe run(cursor) { try $0.start(plan: number, arguments: arguments) }
        }

    private static let next: @convention(c) (Cursor?) -> Int32 = { cursor in
        guard let cursor = unsafe cursor else { return SQLITE_MISUSE }
        return unsafe run(cursor) { try $0.advance() }
    }

    private static let eof: @convention(c) (Cursor?) -> Int32 = { cursor in
        guard let cursor = unsafe cursor, let open = unsafe opened(cursor) else { return 1 }
        return open.cursor.isAtEnd ? 1 : 0
    }

    private static let column: @convention(c) (Cursor?, OpaquePointer?, Int32) -> Int32 = {
        cursor, context, column in
        guard let cursor = unsafe cursor, let context = unsafe context,
            let open = unsafe opened(cursor)
        else { return SQLITE_MISUSE }
        // The context is valid during the call.
        unsafe open.cursor.value(at: column).give(to: context)
        return SQLITE_OK
    }

    /// Never called for a table that is declared WITHOUT ROWID.
    private static let rowID: @convention(c) (Cursor?, UnsafeMutablePointer<Int64>?) -> Int32 = {
        _, _ in SQLITE_ERROR
    }

    // MARK: What stands behind the pointers

    private static func ours(_ table: Table) -> UnsafeMutablePointer<varve_sqlite3_vtab> {
        // Made by `connect` as the first member of ours.
        unsafe UnsafeMutableRawPointer(table).assumingMemoryBound(to: varve_sqlite3_vtab.self)
    }

    private static func ours(
        _ cursor: Cursor
    ) -> UnsafeMutablePointer<varve_sqlite3_vtab_cursor> {
        // Made by `open` as the first member of ours.
        unsafe UnsafeMutableRawPointer(cursor)
            .assumingMemoryBound(to: varve_sqlite3_vtab_cursor.self)
    }

    static func registered(_ table: Table) -> RegisteredTable? {
        // Retained by `connect` until `disconnect`.
        unsafe ours(table).pointee.owner.map {
            unsafe Unmanaged<RegisteredTable>.fromOpaque($0).takeUnretainedValue()
        }
    }

    private static func opened(_ cursor: Cursor) -> OpenCursor? {
        // Retained by `open` until `close`.
        unsafe ours(cursor).pointee.owner.map {
            unsafe Unmanaged<OpenCursor>.fromOpaque($0).takeUnretainedValue()
        }
    }

    /// Runs `body`; what it throws becomes SQLite's error.
    private static func run(
        _ cursor: Cursor, _ body: (any VirtualTableCursor) throws -> Void
    ) -> Int32 {
        guard let open = unsafe opened(cursor) else { return SQLITE_MISUSE }
        do {
            try body(open.cursor)
            return SQLITE_OK
        } catch {
            let failure = error as? SQLiteError
            if let table = unsafe cursor.pointee.pVtab {
                // SQLite frees the message, and wants it from its own allocator.
                unsafe sqlite3_free(table.pointee.zErrMsg)
                unsafe table.pointee.zErrMsg = varve_sqlite3_copy_text(
                    failure?.message ?? "\(error)")
            }
            return failure?.resultCode ?? SQLITE_ERROR
        }
    }
}
