#ifndef VARVE_CSQLITE_SHIM_H
#define VARVE_CSQLITE_SHIM_H

#include <sqlite3.h>

#if SQLITE_VERSION_NUMBER < 3040000
#error "varve needs SQLite 3.40 or later"
#endif

// sqlite3_db_config is variadic, which Swift cannot call. All options used take an int and give back
// the value now in force.
static inline int varve_sqlite3_db_config_int(sqlite3 *db, int option, int value) {
    int now_in_force = 0;
    return sqlite3_db_config(db, option, value, &now_in_force);
}

// SQLITE_TRANSIENT is a cast that Swift cannot import: SQLite copies the bytes before it returns.
static inline int varve_sqlite3_bind_text_copy(
    sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 count) {
    return sqlite3_bind_text64(
        statement, index, (const char *)bytes, count, SQLITE_TRANSIENT, SQLITE_UTF8);
}

static inline int varve_sqlite3_bind_blob_copy(
    sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 count) {
    return sqlite3_bind_blob64(statement, index, bytes, count, SQLITE_TRANSIENT);
}

static inline void varve_sqlite3_result_text_copy(
    sqlite3_context *context, const void *bytes, sqlite3_uint64 count) {
    sqlite3_result_text64(context, (const char *)bytes, count, SQLITE_TRANSIENT, SQLITE_UTF8);
}

static inline void varve_sqlite3_result_blob_copy(
    sqlite3_context *context, const void *bytes, sqlite3_uint64 count) {
    sqlite3_result_blob64(context, bytes, count, SQLITE_TRANSIENT);
}

// What SQLite hands to the functions of a virtual table, with room for the Swift object behind it.
typedef struct varve_sqlite3_vtab {
    sqlite3_vtab base; // first, as SQLite demands
    void *owner;
} varve_sqlite3_vtab;

typedef struct varve_sqlite3_vtab_cursor {
    sqlite3_vtab_cursor base; // first, as SQLite demands
    void *owner;
} varve_sqlite3_vtab_cursor;

static inline char *varve_sqlite3_copy_text(const char *text) {
    return sqlite3_mprintf("%s", text);
}

#endif
