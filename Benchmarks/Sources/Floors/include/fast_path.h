#ifndef VARVE_FAST_PATH_H
#define VARVE_FAST_PATH_H

// The floors of what runs for each sample: writing one into a slot, and reading a process.

#include <stddef.h>
#include <stdint.h>

// --- Writing a slot (slot_writer.c) ---

// The fields of a sample, of ABI 3.
typedef struct {
    int64_t sampled_at;
    uint32_t flags;
    uint64_t vcpu_time;
    uint32_t cpu_percent_bits;
    uint64_t memory, memory_available, memory_host_resident;
    uint64_t disk_read, disk_write, net_rx, net_tx;
    uint64_t upper_used, upper_free, upper_host_allocated;
} floor_sample;

typedef struct floor_writer floor_writer;

// Maps the registry for writing into one slot; NULL if there is none.
floor_writer *floor_writer_open(const char *name, size_t slot, uint64_t generation);
void floor_writer_close(floor_writer *writer);

// The contract's seqlock: entered by a read-modify-write, the generation checked before and inside.
// Whether it wrote.
int floor_write(const floor_writer *writer, const floor_sample *sample);

// The least seqlock, right only where nobody else ever writes: plain stores around the fields, no
// generation.
int floor_write_alone(floor_writer *writer, const floor_sample *sample);

// --- Reading processes (process.c) ---

typedef struct {
    uint64_t cpu_ticks, start_ticks, resident_pages, read_bytes, write_bytes;
} floor_counters;

typedef struct floor_processes floor_processes;

// Opens `stat` and `io` of each process; NULL if one of them is not to be had.
floor_processes *floor_processes_open(const int32_t *pids, size_t count);
void floor_processes_close(floor_processes *processes);

// One `pread` of each file, parsed; the sums. Whether all could be read.
int floor_processes_read(const floor_processes *processes, floor_counters *sum);

// A child that has `count - 1` children, all of which do nothing until they are killed; their pids are
// put into `pids`, its own first. -1 if there can be none.
int32_t floor_start_idle_tree(int32_t *pids, size_t count);

// --- Starting programs (start.c) ---

// Runs a program with fork, exec and wait, its output thrown away; nanoseconds of the clock, or -1.
int64_t floor_run(const char *const *arguments);

// Nanoseconds of the monotonic clock.
uint64_t floor_clock_ns(void);

// --- Counting (count.c) ---

// How often memory was asked for, by this whole process so far; -1 where that cannot be counted.
int64_t floor_allocation_count(void);

// How many system calls `body` makes, counted with ptrace(2) in a forked copy of this process; -1 where
// that cannot be done. Only for a process of one thread.
int64_t floor_system_call_count(void (*body)(void *), void *context);

#endif
