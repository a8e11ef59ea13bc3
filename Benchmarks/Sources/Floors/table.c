#include "floors.h"

#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STATEMENTS = 16 };

struct floor_table {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
    size_t count;
};

static void check(sqlite3 *db, int code) {
    if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW) return;
    fprintf(stderr, "floor: %s\n", sqlite3_errmsg(db));
    abort();
}

floor_table *floor_table_open(const char *path, const char *sql) {
    floor_table *table = calloc(1, sizeof *table);
    if (table == NULL) abort();
    check(NULL, sqlite3_open(path, &table->db));
    floor_table_execute(table, sql);
    return table;
}

void floor_table_close(floor_table *table) {
    for (size_t i = 0; i < table->count; i++) sqlite3_finalize(table->statements[i]);
    sqlite3_close(table->db);
    free(table);
}

void floor_table_execute(floor_table *table, const char *sql) {
    check(table->db, sqlite3_exec(table->db, sql, NULL, NULL, NULL));
}

static sqlite3_stmt *prepared(floor_table *table, const char *sql) {
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(sqlite3_sql(table->statements[i]), sql) == 0) return table->statements[i];
    }
    if (table->count == STATEMENTS) abort();
    sqlite3_stmt **statement = &table->statements[table->count++];
    check(table->db,
          sqlite3_prepare_v3(table->db, sql, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL));
    return *statement;
}

void floor_table_insert(floor_table *table, const char *sql, const double *values, size_t count) {
    sqlite3_stmt *statement = prepared(table, sql);
    for (size_t i = 0; i < count; i++) {
        if (isnan(values[i])) {
            check(table->db, sqlite3_bind_null(statement, (int)i + 1));
        } else if (values[i] == floor(values[i])) {
            check(table->db, sqlite3_bind_int64(statement, (int)i + 1, (int64_t)values[i]));
        } else {
            check(table->db, sqlite3_bind_double(statement, (int)i + 1, values[i]));
        }
    }
    check(table->db, sqlite3_step(statement));
    check(table->db, sqlite3_reset(statement));
}

size_t floor_table_query(floor_table *table, const char *sql, double *sum) {
    sqlite3_stmt *statement = prepared(table, sql);
    int columns = sqlite3_column_count(statement);
    size_t rows = 0;
    *sum = 0;
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        rows++;
        for (int i = 0; i < columns; i++) *sum += sqlite3_column_double(statement, i);
    }
    check(table->db, code);
    check(table->db, sqlite3_reset(statement));
    return rows;
}
