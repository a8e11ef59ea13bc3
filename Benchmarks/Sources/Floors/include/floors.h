#ifndef VARVE_FLOORS_H
#define VARVE_FLOORS_H

// The least that a machine could do for what varve does: the same loads, sums and inserts in C, without
// checks of what may go wrong. Everything returns 0 or a count, or ends the program with a message.

#include <stdint.h>
#include <stddef.h>

#include "fast_path.h"

// Nanoseconds of processor time of this thread.
uint64_t floor_thread_cpu_ns(void);

// Makes stdout give out every line when it is complete, even to a pipe.
void floor_print_by_lines(void);

// A child that does nothing until it is killed; -1 if there can be none.
int32_t floor_start_idle_process(void);

// Starts a program with its output thrown away, which is killed if this one ends; its pid, or -1. The
// arguments begin with its path and end with NULL.
int32_t floor_start_program(const char *const *arguments);

// Waits for a program; its exit code, or -1, and what the processors spent on it and its children.
int floor_wait_program(int32_t pid, uint64_t *cpu_ns);

// --- Reading slots (registry.c) ---

#define FLOOR_GAUGES 7
#define FLOOR_COUNTERS 5
#define FLOOR_METRICS (FLOOR_GAUGES + FLOOR_COUNTERS)
// The columns of `sample`, the place in the order last.
#define FLOOR_ROW_COLUMNS (7 + 3 * FLOOR_GAUGES + 2 * FLOOR_COUNTERS + 1)

// All fields of a slot of ABI 3.
typedef struct {
    uint32_t state;
    uint64_t generation, seq;
    int32_t sandbox_id, run_id, pid;
    int64_t started_at, sampled_at;
    uint32_t flags;
    uint64_t memory_limit, vcpu_time;
    uint32_t cpu_percent_bits;
    uint64_t memory, memory_available, memory_host_resident;
    uint64_t disk_read, disk_write, net_rx, net_tx;
    uint64_t upper_used, upper_free, upper_host_allocated;
    uint16_t name_length;
    uint64_t name[16];
} floor_reading;

// A row of `sample`: the values in the order of the columns, and which of them are not NULL.
typedef struct {
    int64_t values[FLOOR_ROW_COLUMNS];
    uint64_t present;
} floor_row;

typedef struct floor_registry floor_registry;

// Maps the registry for reading; NULL if there is none.
floor_registry *floor_registry_open(const char *name);
void floor_registry_close(floor_registry *registry);

// Reads all slots, each into its place of `readings`; how many were visible.
size_t floor_snapshot(const floor_registry *registry, floor_reading *readings);

typedef struct floor_recorder floor_recorder;

// What a poll needs to remember: a ring of `moments` samples and the sums of an interval for each slot.
floor_recorder *floor_recorder_new(const floor_registry *registry, size_t moments);
void floor_recorder_free(floor_recorder *recorder);

// Reads all slots and adds what is new to rings and sums; how many rows are finished by now.
size_t floor_poll(floor_recorder *recorder);

// The rows that are finished, one for each slot at most.
const floor_row *floor_rows(const floor_recorder *recorder);
void floor_forget_rows(floor_recorder *recorder);

// --- Writing rows (catalog.c) ---

typedef struct floor_catalog floor_catalog;

// Opens a database that has varve's schema.
floor_catalog *floor_catalog_open(const char *path);
void floor_catalog_close(floor_catalog *catalog);

// Inserts `count` rows in one transaction.
void floor_flush(floor_catalog *catalog, const floor_row *rows, size_t count);

// For each of `count` runs copies its rows of an hour from `rows` (`row_count` for each run), inserts a
// block with a blob of `blob_bytes`, and deletes the rows; one transaction. With `reads_rows` the rows
// come from the table instead. The hour is the one that begins at `hour_ms`.
void floor_seal(
    floor_catalog *catalog, const int64_t *runs, size_t count, int64_t hour_ms,
    const floor_row *rows, size_t row_count, size_t blob_bytes, int reads_rows);

// --- Packing numbers (codec.c) ---

// Deltas as LEB128 varints of their zigzag; how many bytes. `out` holds ten for each value.
size_t floor_varint_encode(const int64_t *values, size_t count, uint8_t *out);
// How many bytes were read.
size_t floor_varint_decode(const uint8_t *bytes, size_t count, int64_t *out);

// --- Reading blocks (blocks.c) ---

typedef struct floor_reader floor_reader;

// A step of a series.
typedef struct {
    int64_t start;
    double average;
    int64_t maximum;
} floor_step;

// A run's highest value, and the hour in which it was.
typedef struct {
    int64_t run, value, hour;
    char sandbox[64];
} floor_peak;

// Opens a catalog of which everything is sealed, with details, and each row has a value of what is asked.
floor_reader *floor_reader_open(const char *path);
void floor_reader_close(floor_reader *reader);

// All intervals of a run, with the values of the column `id` of its blocks; how many.
size_t floor_reader_points(
    floor_reader *reader, int64_t run, uint8_t id, int64_t *starts, double *values);

// Averages and maxima of steps of a run; how many steps.
size_t floor_reader_steps(
    floor_reader *reader, int64_t run, uint8_t id, int64_t step_ms, floor_step *steps);

// The highest CPU of all runs in each step of hours that have one. The steps divide an hour; hours that
// cannot raise any are not decoded.
size_t floor_reader_maxima(floor_reader *reader, uint8_t id, int64_t step_ms, floor_step *steps);

// The ten runs of highest memory.
size_t floor_reader_peaks(floor_reader *reader, floor_peak *peaks);

// --- Programs (process.c) ---

// What a program took from its start to its end.
typedef struct {
    uint64_t cpu_ns, wall_ns;
} floor_process;

// Runs a program, found along PATH, with its output thrown away; its exit code, or -1. The arguments
// begin with its name and end with NULL.
int floor_run_program(const char *path, const char *const *arguments, floor_process *process);

// --- Plain SQL (table.c) ---

// Plain SQL on a plain table: what a person would have set up instead.
typedef struct floor_table floor_table;

// Opens or makes a database, in which `sql` was run.
floor_table *floor_table_open(const char *path, const char *sql);
void floor_table_close(floor_table *table);

// Runs `sql`, which gives no rows.
void floor_table_execute(floor_table *table, const char *sql);

// Runs an INSERT with so many values, prepared the first time; NAN is NULL.
void floor_table_insert(floor_table *table, const char *sql, const double *values, size_t count);

// Runs a query, prepared the first time, and reads every column of every row; gives their number, and
// the sum of all values.
size_t floor_table_query(floor_table *table, const char *sql, double *sum);

#endif
