#include "floors.h"

#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Reads the blocks of a catalog and checks nothing of them: `docs/block-format.md` says what is read.

enum { HOUR_MS = 3600000, MAXIMUM_ROWS = 1 << 16, RUN_SYMBOLS = 17, SYMBOLS = 81 };

struct floor_reader {
    sqlite3 *db;
    sqlite3_stmt *hours, *summaries, *detail, *peaks, *peak_hour;
    int64_t starts[MAXIMUM_ROWS], values[MAXIMUM_ROWS];
};

static void check(sqlite3 *db, int code) {
    if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW) return;
    fprintf(stderr, "floor: %s\n", sqlite3_errmsg(db));
    abort();
}

static sqlite3_stmt *prepared(sqlite3 *db, const char *sql) {
    sqlite3_stmt *statement;
    check(db, sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL));
    return statement;
}

floor_reader *floor_reader_open(const char *path) {
    floor_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL) abort();
    check(NULL, sqlite3_open_v2(path, &reader->db, SQLITE_OPEN_READONLY, NULL));
    reader->hours = prepared(reader->db,
        "SELECT d.detail FROM sample_block AS b JOIN sample_detail AS d ON d.block_id = b.id "
        "WHERE b.run_id = ?1 ORDER BY b.at_ms");
    reader->summaries = prepared(reader->db,
        "SELECT id, at_ms, cpu_max_centipercent FROM sample_block "
        "WHERE has_detail IN (0, 1) AND cpu_max_centipercent IS NOT NULL");
    reader->detail = prepared(reader->db, "SELECT detail FROM sample_detail WHERE block_id = ?1");
    reader->peaks = prepared(reader->db,
        "SELECT r.id, s.name, r.memory_max_bytes FROM run AS r "
        "JOIN sandbox AS s ON s.id = r.sandbox_id ORDER BY r.memory_max_bytes DESC LIMIT 10");
    reader->peak_hour = prepared(reader->db,
        "SELECT at_ms FROM sample_block WHERE run_id = ?1 AND memory_max_bytes = ?2 "
        "AND coalesce(memory_max_bytes, cpu_max_centipercent) IS NOT NULL "
        "ORDER BY at_ms LIMIT 1");
    return reader;
}

void floor_reader_close(floor_reader *reader) {
    sqlite3_finalize(reader->hours);
    sqlite3_finalize(reader->summaries);
    sqlite3_finalize(reader->detail);
    sqlite3_finalize(reader->peaks);
    sqlite3_finalize(reader->peak_hour);
    sqlite3_close(reader->db);
    free(reader);
}

// --- One block ---

typedef struct {
    uint8_t id, flags;
    int64_t divisor, base, slope;
} column;

static uint64_t number(const uint8_t **bytes) {
    uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
        uint8_t byte = *(*bytes)++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) return value;
    }
}

static int64_t unzigzag(uint64_t code) { return (int64_t)((code >> 1) ^ (0 - (code & 1))); }

// The stream may be read seven bytes beyond a place: the checksum and the record's end are there, and
// SQLite leaves room behind a row.
static uint64_t window(const uint8_t *bytes, size_t bit) {
    uint64_t word;
    memcpy(&word, bytes + (bit >> 3), sizeof word);
    return __builtin_bswap64(word) << (bit & 7);
}

// The code in front of a column: for each beginning of the stream the code word's length, in bits 4
// to 9 how many bits follow, in bit 10 whether it is a run. Gives how many bits the longest word has.
static int read_code(const uint8_t *bytes, size_t *bit, uint16_t *entries) {
    uint8_t symbols[11][SYMBOLS];
    int counts[11] = {0};
    int width = 1;
    for (int symbol = 0, room = 1 << 10; room > 0;) {
        int step = (int)(window(bytes, *bit) >> 60);
        *bit += 4;
        if (step == 0 || step > 11) {
            symbol += step == 0 ? 1 : 1 << (step - 11);
            continue;
        }
        int length = step - 1;
        room -= 1 << (10 - length);
        if (length > width) width = length;
        symbols[length][counts[length]++] = (uint8_t)symbol++;
    }
    uint16_t *next = entries;
    for (int length = 0; length <= width; length++) {
        for (int i = 0; i < counts[length]; i++) {
            int symbol = symbols[length][i];
            int is_run = symbol < RUN_SYMBOLS;
            int further = is_run ? symbol : symbol - RUN_SYMBOLS;
            uint16_t entry = (uint16_t)(length | further << 4 | is_run << 10);
            for (int n = 1 << (width - length); n > 0; n--) *next++ = entry;
        }
    }
    return width;
}

// Reads a column's values; into no place, only past them.
static void read_column(
    const uint8_t *bytes, size_t *bit, const column *of, size_t count, int64_t *out) {
    size_t order = of->flags & 3;
    int is_signed = of->flags & 4;
    int64_t value = of->base, difference = of->slope;
    if (!(of->flags & 32)) {
        if (out == NULL) return;
        for (size_t i = 0; i < count; i++) {
            out[i] = value;
            if (order == 2) value += difference * of->divisor;
        }
        return;
    }
    uint16_t entries[1 << 10];
    int shift = 64 - read_code(bytes, bit, entries);
    size_t at = *bit;
    if (out != NULL) memset(out, 0, count * sizeof *out);
    for (size_t i = order; i < count;) {
        uint64_t bits = window(bytes, at);
        uint16_t entry = entries[bits >> shift];
        int length = entry & 15, further = entry >> 4 & 63;
        uint64_t residual;
        if (length + further <= 57) {
            residual = bits << length >> (63 - further) >> 1;
        } else {
            // Of 47 bits and more: all but 32 first.
            size_t high = (size_t)further - 32, from = at + (size_t)length;
            residual = window(bytes, from) >> (64 - high) << 32;
            residual |= window(bytes, from + high) >> 32;
        }
        residual |= 1ull << further;
        at += (size_t)(length + further);
        if (entry >> 10) {
            i += residual;
        } else {
            if (out != NULL) out[i] = (int64_t)residual;
            i++;
        }
    }
    *bit = at;
    if (out == NULL) return;
    if (order > 0) out[0] = value;
    if (order == 2) out[1] = value += difference * of->divisor;
    for (size_t i = order; i < count; i++) {
        int64_t residual = is_signed ? unzigzag((uint64_t)out[i]) : out[i];
        if (order == 2) residual = difference += residual;
        value = order == 0 ? of->base + residual * of->divisor : value + residual * of->divisor;
        out[i] = value;
    }
}

// Reads the starts of the rows and the values of `id`, of which each row has one; how many there are.
static size_t read_block(floor_reader *reader, const uint8_t *bytes, uint8_t id) {
    bytes++;
    size_t rows = number(&bytes);
    size_t columns = *bytes++;
    column directory[64];
    for (size_t i = 0; i < columns; i++) {
        column *entry = &directory[i];
        entry->id = *bytes++;
        entry->flags = *bytes++;
        entry->divisor = entry->flags & 8 ? (int64_t)number(&bytes) : 1;
        entry->base = unzigzag(number(&bytes));
        if (entry->flags & 16) entry->base *= entry->divisor;
        entry->slope = (entry->flags & 3) == 2 ? unzigzag(number(&bytes)) : 0;
    }
    size_t bit = 0;
    for (size_t i = 0; i < columns && directory[i].id <= id; i++) {
        int64_t *out = directory[i].id == 0 ? reader->starts
                       : directory[i].id == id ? reader->values : NULL;
        read_column(bytes, &bit, &directory[i], rows, out);
    }
    return rows;
}

// --- Questions ---

size_t floor_reader_points(
    floor_reader *reader, int64_t run, uint8_t id, int64_t *starts, double *values) {
    size_t found = 0;
    int code;
    check(reader->db, sqlite3_bind_int64(reader->hours, 1, run));
    while ((code = sqlite3_step(reader->hours)) == SQLITE_ROW) {
        size_t count = read_block(reader, sqlite3_column_blob(reader->hours, 0), id);
        for (size_t i = 0; i < count; i++) {
            starts[found + i] = reader->starts[i];
            values[found + i] = (double)reader->values[i];
        }
        found += count;
    }
    check(reader->db, code);
    check(reader->db, sqlite3_reset(reader->hours));
    return found;
}

size_t floor_reader_steps(
    floor_reader *reader, int64_t run, uint8_t id, int64_t step_ms, floor_step *steps) {
    floor_step *step = steps;
    int64_t sum = 0, weight = 0, end = INT64_MIN;
    int code;
    check(reader->db, sqlite3_bind_int64(reader->hours, 1, run));
    while ((code = sqlite3_step(reader->hours)) == SQLITE_ROW) {
        size_t count = read_block(reader, sqlite3_column_blob(reader->hours, 0), id);
        for (size_t i = 0; i < count; i++) {
            int64_t at = reader->starts[i], value = reader->values[i];
            if (at >= end) {
                if (weight > 0) step++->average = (double)sum / (double)weight;
                *step = (floor_step){at - at % step_ms, 0, INT64_MIN};
                end = step->start + step_ms;
                sum = weight = 0;
            }
            sum += value;
            weight++;
            if (value > step->maximum) step->maximum = value;
        }
    }
    check(reader->db, code);
    check(reader->db, sqlite3_reset(reader->hours));
    if (weight > 0) step++->average = (double)sum / (double)weight;
    return (size_t)(step - steps);
}

typedef struct {
    int64_t id, hour, maximum;
} summary;

static int by_hour_and_maximum(const void *one, const void *other) {
    const summary *a = one, *b = other;
    if (a->hour != b->hour) return a->hour < b->hour ? -1 : 1;
    return a->maximum > b->maximum ? -1 : a->maximum < b->maximum;
}

size_t floor_reader_maxima(
    floor_reader *reader, uint8_t id, int64_t step_ms, floor_step *steps) {
    size_t count = 0, room = 1024, found = 0;
    summary *summaries = malloc(room * sizeof *summaries);
    int code;
    while ((code = sqlite3_step(reader->summaries)) == SQLITE_ROW) {
        if (count == room) summaries = realloc(summaries, (room *= 2) * sizeof *summaries);
        int64_t at = sqlite3_column_int64(reader->summaries, 1);
        summaries[count++] = (summary){
            sqlite3_column_int64(reader->summaries, 0), at - at % HOUR_MS,
            sqlite3_column_int64(reader->summaries, 2)};
    }
    check(reader->db, code);
    check(reader->db, sqlite3_reset(reader->summaries));
    qsort(summaries, count, sizeof *summaries, by_hour_and_maximum);
    size_t per_hour = (size_t)(HOUR_MS / step_ms);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || summaries[i].hour != summaries[i - 1].hour) {
            for (size_t k = 0; k < per_hour; k++) {
                steps[found + k] = (floor_step){
                    summaries[i].hour + (int64_t)k * step_ms, 0, INT64_MIN};
            }
            found += per_hour;
        }
        floor_step *hour = steps + found - per_hour;
        int may_raise = 0;
        for (size_t k = 0; k < per_hour; k++) may_raise |= hour[k].maximum < summaries[i].maximum;
        if (!may_raise) continue;
        check(reader->db, sqlite3_bind_int64(reader->detail, 1, summaries[i].id));
        check(reader->db, sqlite3_step(reader->detail));
        size_t rows = read_block(reader, sqlite3_column_blob(reader->detail, 0), id);
        for (size_t row = 0; row < rows; row++) {
            floor_step *step = hour + (reader->starts[row] - summaries[i].hour) / step_ms;
            if (reader->values[row] > step->maximum) step->maximum = reader->values[row];
        }
        check(reader->db, sqlite3_reset(reader->detail));
    }
    free(summaries);
    return found;
}

size_t floor_reader_peaks(floor_reader *reader, floor_peak *peaks) {
    size_t found = 0;
    int code;
    while ((code = sqlite3_step(reader->peaks)) == SQLITE_ROW) {
        floor_peak *peak = &peaks[found++];
        peak->run = sqlite3_column_int64(reader->peaks, 0);
        snprintf(peak->sandbox, sizeof peak->sandbox, "%s",
                 (const char *)sqlite3_column_text(reader->peaks, 1));
        peak->value = sqlite3_column_int64(reader->peaks, 2);
    }
    check(reader->db, code);
    check(reader->db, sqlite3_reset(reader->peaks));
    for (size_t i = 0; i < found; i++) {
        check(reader->db, sqlite3_bind_int64(reader->peak_hour, 1, peaks[i].run));
        check(reader->db, sqlite3_bind_int64(reader->peak_hour, 2, peaks[i].value));
        check(reader->db, sqlite3_step(reader->peak_hour));
        peaks[i].hour = sqlite3_column_int64(reader->peak_hour, 0);
        check(reader->db, sqlite3_reset(reader->peak_hour));
    }
    return found;
}
