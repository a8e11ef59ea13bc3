#define _GNU_SOURCE
#include "floors.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { HEADER = 256, SLOT = 512 };

struct floor_registry {
    const uint8_t *base;
    size_t length;
    size_t capacity;
};

uint64_t floor_thread_cpu_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

floor_registry *floor_registry_open(const char *name) {
    int fd = shm_open(name, O_RDONLY, 0);
    if (fd < 0) return NULL;
    struct stat status;
    floor_registry *registry = calloc(1, sizeof *registry);
    if (registry == NULL || fstat(fd, &status) != 0) abort();
    registry->length = (size_t)status.st_size;
    void *base = mmap(NULL, registry->length, PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    if (base == MAP_FAILED) abort();
    registry->base = base;
    registry->capacity = (registry->length - HEADER) / SLOT;
    return registry;
}

void floor_registry_close(floor_registry *registry) {
    munmap((void *)registry->base, registry->length);
    free(registry);
}

#define LOAD(type, offset) \
    atomic_load_explicit((const _Atomic(type) *)(slot + (offset)), memory_order_relaxed)
#define ACQUIRE(type, offset) \
    atomic_load_explicit((const _Atomic(type) *)(slot + (offset)), memory_order_acquire)

static inline int is_visible(uint32_t state) { return state == 2 || state == 3; }

// Whether the slot is visible; tries until it is whole.
static inline int read_slot(const uint8_t *slot, floor_reading *r) {
    for (int tries = 0; tries < 4096; tries++) {
        uint32_t state = ACQUIRE(uint32_t, 0x00);
        if (!is_visible(state)) return 0;
        uint64_t generation = ACQUIRE(uint64_t, 0x08);
        uint64_t seq = ACQUIRE(uint64_t, 0x10);
        if (seq & 1) continue;
        r->state = state;
        r->generation = generation;
        r->seq = seq;
        r->sandbox_id = LOAD(int32_t, 0x18);
        r->run_id = LOAD(int32_t, 0x1c);
        r->pid = LOAD(int32_t, 0x20);
        r->started_at = LOAD(int64_t, 0x28);
        r->sampled_at = LOAD(int64_t, 0x30);
        r->flags = LOAD(uint32_t, 0x38);
        r->memory_limit = LOAD(uint64_t, 0x40);
        r->vcpu_time = LOAD(uint64_t, 0x48);
        r->cpu_percent_bits = LOAD(uint32_t, 0x50);
        r->memory = LOAD(uint64_t, 0x58);
        r->memory_available = LOAD(uint64_t, 0x60);
        r->memory_host_resident = LOAD(uint64_t, 0x68);
        r->disk_read = LOAD(uint64_t, 0x70);
        r->disk_write = LOAD(uint64_t, 0x78);
        r->net_rx = LOAD(uint64_t, 0x80);
        r->net_tx = LOAD(uint64_t, 0x88);
        r->upper_used = LOAD(uint64_t, 0x90);
        r->upper_free = LOAD(uint64_t, 0x98);
        r->upper_host_allocated = LOAD(uint64_t, 0xa0);
        r->name_length = LOAD(uint16_t, 0xa8);
        for (int word = 0; word < 16; word++) r->name[word] = LOAD(uint64_t, 0xb0 + 8 * word);
        atomic_thread_fence(memory_order_acquire);
        if (LOAD(uint64_t, 0x10) == seq && LOAD(uint64_t, 0x08) == generation
            && LOAD(uint32_t, 0x00) == state)
            return 1;
    }
    return 0;
}

size_t floor_snapshot(const floor_registry *registry, floor_reading *readings) {
    size_t visible = 0;
    for (size_t slot = 0; slot < registry->capacity; slot++)
        visible += (size_t)read_slot(registry->base + HEADER + slot * SLOT, &readings[slot]);
    return visible;
}

// The ring's record: time, presence and a word for each metric.
enum { RECORD = 2 + FLOOR_METRICS };

typedef struct {
    int64_t interval_at, first_at, last_at, sample_count, sequence;
    struct {
        int64_t count;
        __int128 sum;
        int64_t maximum;
    } gauges[FLOOR_GAUGES];
    struct {
        int64_t first, last;
        int is_there;
    } counters[FLOOR_COUNTERS];
    size_t ring_next;
} slot_state;

struct floor_recorder {
    const floor_registry *registry;
    size_t moments;
    slot_state *slots;
    int64_t *rings;
    floor_row *rows;
    size_t row_count;
};

floor_recorder *floor_recorder_new(const floor_registry *registry, size_t moments) {
    floor_recorder *recorder = calloc(1, sizeof *recorder);
    if (recorder == NULL) abort();
    recorder->registry = registry;
    recorder->moments = moments;
    recorder->slots = calloc(registry->capacity, sizeof *recorder->slots);
    recorder->rings = calloc(registry->capacity * moments * RECORD, sizeof *recorder->rings);
    recorder->rows = calloc(registry->capacity, sizeof *recorder->rows);
    if (recorder->slots == NULL || recorder->rings == NULL || recorder->rows == NULL) abort();
    return recorder;
}

void floor_recorder_free(floor_recorder *recorder) {
    free(recorder->slots);
    free(recorder->rings);
    free(recorder->rows);
    free(recorder);
}

static void finish_row(floor_recorder *recorder, slot_state *state, int64_t run) {
    floor_row *row = &recorder->rows[recorder->row_count++];
    int64_t *value = row->values;
    row->present = (1u << 7) - 1;
    int place = 0;
    value[place++] = run;
    value[place++] = state->interval_at;
    value[place++] = 10000;
    value[place++] = state->first_at;
    value[place++] = state->last_at;
    value[place++] = state->sample_count;
    value[place++] = 0;
    for (int i = 0; i < FLOOR_GAUGES; i++) {
        int64_t count = state->gauges[i].count;
        row->present |= 1ull << place;
        value[place++] = count;
        if (count > 0) row->present |= 3ull << place;
        value[place++] = count > 0 ? (int64_t)((state->gauges[i].sum + count / 2) / count) : 0;
        value[place++] = state->gauges[i].maximum;
    }
    for (int i = 0; i < FLOOR_COUNTERS; i++) {
        if (state->counters[i].is_there) row->present |= 3ull << place;
        value[place++] = state->counters[i].first;
        value[place++] = state->counters[i].last;
    }
    row->present |= 1ull << place;
    value[place++] = ++state->sequence;
}

static void begin_interval(slot_state *state, int64_t at) {
    state->interval_at = at - at % 10000;
    state->first_at = at;
    state->sample_count = 0;
    for (int i = 0; i < FLOOR_GAUGES; i++) {
        state->gauges[i].count = 0;
        state->gauges[i].sum = 0;
        state->gauges[i].maximum = INT64_MIN;
    }
    for (int i = 0; i < FLOOR_COUNTERS; i++) state->counters[i].is_there = 0;
}

size_t floor_poll(floor_recorder *recorder) {
    const floor_registry *registry = recorder->registry;
    for (size_t slot = 0; slot < registry->capacity; slot++) {
        floor_reading r;
        if (!read_slot(registry->base + HEADER + slot * SLOT, &r)) continue;
        slot_state *state = &recorder->slots[slot];
        if (r.sampled_at == state->last_at) continue;

        float percent;
        memcpy(&percent, &r.cpu_percent_bits, sizeof percent);
        int64_t values[FLOOR_METRICS] = {
            (int64_t)((double)percent * 100 + 0.5), (int64_t)r.memory, (int64_t)r.memory_available,
            (int64_t)r.memory_host_resident, (int64_t)r.upper_used, (int64_t)r.upper_free,
            (int64_t)r.upper_host_allocated, (int64_t)r.vcpu_time, (int64_t)r.disk_read,
            (int64_t)r.disk_write, (int64_t)r.net_rx, (int64_t)r.net_tx,
        };
        // Bits 0 to 6 of the flags are the gauges, in this order; bits 30 and 31 take counters away.
        uint32_t present = (r.flags & 0x7f) | ((r.flags & 1) << 7);
        if (!(r.flags >> 31)) present |= 3u << 8;
        if (!(r.flags >> 30 & 1)) present |= 3u << 10;

        int64_t *record = recorder->rings + (slot * recorder->moments + state->ring_next) * RECORD;
        state->ring_next = state->ring_next + 1 == recorder->moments ? 0 : state->ring_next + 1;
        record[0] = r.sampled_at;
        record[1] = present;
        memcpy(record + 2, values, sizeof values);

        if (r.sampled_at - r.sampled_at % 10000 != state->interval_at) {
            if (state->sample_count > 0) finish_row(recorder, state, r.run_id);
            begin_interval(state, r.sampled_at);
        }
        state->last_at = r.sampled_at;
        state->sample_count++;
        for (int i = 0; i < FLOOR_GAUGES; i++) {
            if (!(present >> i & 1)) continue;
            state->gauges[i].count++;
            state->gauges[i].sum += values[i];
            if (values[i] > state->gauges[i].maximum) state->gauges[i].maximum = values[i];
        }
        for (int i = 0; i < FLOOR_COUNTERS; i++) {
            if (!(present >> (FLOOR_GAUGES + i) & 1)) continue;
            if (!state->counters[i].is_there) state->counters[i].first = values[FLOOR_GAUGES + i];
            state->counters[i].is_there = 1;
            state->counters[i].last = values[FLOOR_GAUGES + i];
        }
    }
    return recorder->row_count;
}

const floor_row *floor_rows(const floor_recorder *recorder) { return recorder->rows; }

void floor_forget_rows(floor_recorder *recorder) { recorder->row_count = 0; }
