#include "floors.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct floor_catalog {
    sqlite3 *db;
    sqlite3_stmt *insert, *select, *delete_rows, *insert_block, *insert_detail;
};

static const char *const sample_columns =
    "run_id, at_ms, interval_ms, first_at_ms, last_at_ms, sample_count, implausible_count, "
    "cpu_count, cpu_avg_centipercent, cpu_max_centipercent, "
    "memory_count, memory_avg_bytes, memory_max_bytes, "
    "memory_available_count, memory_available_avg_bytes, memory_available_max_bytes, "
    "memory_host_resident_count, memory_host_resident_avg_bytes, memory_host_resident_max_bytes, "
    "upper_used_count, upper_used_avg_bytes, upper_used_max_bytes, "
    "upper_free_count, upper_free_avg_bytes, upper_free_max_bytes, "
    "upper_host_allocated_count, upper_host_allocated_avg_bytes, upper_host_allocated_max_bytes, "
    "cpu_time_first_ns, cpu_time_last_ns, disk_read_first_bytes, disk_read_last_bytes, "
    "disk_write_first_bytes, disk_write_last_bytes, net_rx_first_bytes, net_rx_last_bytes, "
    "net_tx_first_bytes, net_tx_last_bytes, sequence";

// `sample_block`, without its id.
enum { BLOCK_COLUMNS = 11 + 4 * FLOOR_GAUGES + 3 * FLOOR_COUNTERS };

static void check(sqlite3 *db, int code) {
    if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW) return;
    fprintf(stderr, "floor: %s\n", sqlite3_errmsg(db));
    abort();
}

static void execute(sqlite3 *db, const char *sql) { check(db, sqlite3_exec(db, sql, 0, 0, 0)); }

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql) {
    sqlite3_stmt *statement;
    check(db, sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL));
    return statement;
}

// "?,?,…"
static void append_places(char *sql, size_t size, int count) {
    for (int i = 0; i < count; i++) {
        size_t length = strlen(sql);
        snprintf(sql + length, size - length, i == 0 ? "?" : ",?");
    }
    size_t length = strlen(sql);
    snprintf(sql + length, size - length, ")");
}

floor_catalog *floor_catalog_open(const char *path) {
    floor_catalog *catalog = calloc(1, sizeof *catalog);
    if (catalog == NULL) abort();
    check(NULL, sqlite3_open_v2(path, &catalog->db, SQLITE_OPEN_READWRITE, NULL));
    execute(catalog->db, "PRAGMA journal_mode = WAL");
    execute(catalog->db, "PRAGMA synchronous = NORMAL");
    execute(catalog->db, "PRAGMA foreign_keys = ON");
    execute(catalog->db, "PRAGMA journal_size_limit = 4194304");
    char sql[4096];
    snprintf(sql, sizeof sql, "INSERT INTO sample (%s) VALUES (", sample_columns);
    append_places(sql, sizeof sql, FLOOR_ROW_COLUMNS);
    catalog->insert = prepare(catalog->db, sql);
    snprintf(
        sql, sizeof sql, "SELECT %s FROM sample WHERE run_id = ?1 AND at_ms BETWEEN ?2 AND ?3",
        sample_columns);
    catalog->select = prepare(catalog->db, sql);
    catalog->delete_rows = prepare(
        catalog->db, "DELETE FROM sample WHERE run_id = ?1 AND at_ms BETWEEN ?2 AND ?3");
    // NULL for the id: the next one.
    snprintf(sql, sizeof sql, "INSERT INTO sample_block VALUES (NULL, ");
    append_places(sql, sizeof sql, BLOCK_COLUMNS);
    catalog->insert_block = prepare(catalog->db, sql);
    catalog->insert_detail = prepare(catalog->db, "INSERT INTO sample_detail VALUES (?, ?)");
    return catalog;
}

void floor_catalog_close(floor_catalog *catalog) {
    sqlite3_finalize(catalog->insert);
    sqlite3_finalize(catalog->select);
    sqlite3_finalize(catalog->delete_rows);
    sqlite3_finalize(catalog->insert_block);
    sqlite3_finalize(catalog->insert_detail);
    check(catalog->db, sqlite3_close(catalog->db));
    free(catalog);
}

static void step(floor_catalog *catalog, sqlite3_stmt *statement) {
    check(catalog->db, sqlite3_step(statement));
    sqlite3_reset(statement);
}

void floor_flush(floor_catalog *catalog, const floor_row *rows, size_t count) {
    sqlite3_stmt *insert = catalog->insert;
    execute(catalog->db, "BEGIN IMMEDIATE");
    for (size_t row = 0; row < count; row++) {
        for (int column = 0; column < FLOOR_ROW_COLUMNS; column++) {
            if (rows[row].present >> column & 1)
                sqlite3_bind_int64(insert, column + 1, rows[row].values[column]);
            else
                sqlite3_bind_null(insert, column + 1);
        }
        step(catalog, insert);
    }
    execute(catalog->db, "COMMIT");
}

static void read_rows(
    floor_catalog *catalog, int64_t run, int64_t hour, floor_row *rows, size_t limit) {
    sqlite3_stmt *select = catalog->select;
    sqlite3_bind_int64(select, 1, run);
    sqlite3_bind_int64(select, 2, hour);
    sqlite3_bind_int64(select, 3, hour + 3599999);
    for (size_t row = 0; sqlite3_step(select) == SQLITE_ROW && row < limit; row++) {
        rows[row].present = 0;
        for (int column = 0; column < FLOOR_ROW_COLUMNS; column++) {
            if (sqlite3_column_type(select, column) == SQLITE_NULL) continue;
            rows[row].present |= 1ull << column;
            rows[row].values[column] = sqlite3_column_int64(select, column);
        }
    }
    sqlite3_reset(select);
}

void floor_seal(
    floor_catalog *catalog, const int64_t *runs, size_t count, int64_t hour,
    const floor_row *rows, size_t row_count, size_t blob_bytes, int reads_rows) {
    sqlite3_stmt *block = catalog->insert_block;
    floor_row *copy = malloc(row_count * sizeof *copy);
    if (copy == NULL || blob_bytes > row_count * sizeof *copy) abort();
    execute(catalog->db, "BEGIN IMMEDIATE");
    for (size_t i = 0; i < count; i++) {
        if (reads_rows)
            read_rows(catalog, runs[i], hour, copy, row_count);
        else
            memcpy(copy, rows + i * row_count, row_count * sizeof *copy);
        // Of the numbers of a block only the key and the number of rows are true.
        int64_t leading[11] = {
            runs[i], hour, 1, 10000, hour, hour + 3599999, 1, (int64_t)row_count, (int64_t)row_count,
            (int64_t)row_count * 10, 0,
        };
        for (int column = 0; column < BLOCK_COLUMNS; column++)
            sqlite3_bind_int64(
                block, column + 1,
                column < 11 ? leading[column] : copy[0].values[7 + (column - 11) % 30]);
        step(catalog, block);
        sqlite3_bind_int64(catalog->insert_detail, 1, sqlite3_last_insert_rowid(catalog->db));
        sqlite3_bind_blob(
            catalog->insert_detail, 2, copy, (int)blob_bytes, SQLITE_STATIC);
        step(catalog, catalog->insert_detail);
        sqlite3_bind_int64(catalog->delete_rows, 1, runs[i]);
        sqlite3_bind_int64(catalog->delete_rows, 2, hour);
        sqlite3_bind_int64(catalog->delete_rows, 3, hour + 3599999);
        step(catalog, catalog->delete_rows);
    }
    execute(catalog->db, "COMMIT");
    free(copy);
}
