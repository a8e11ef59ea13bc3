// Writers and readers of one slot, in C11 with the accesses and fences of `SlotMemory`: the very loops of
// the floors. Every word of a sample follows from its time, so that a mixture of two is found. A reader that
// takes no notice of the seqlock reads beside them: it has to find mixtures, or nothing was tried.
//
//   hammer SECONDS WRITERS READERS
#define _GNU_SOURCE
#include "fast_path.h"
#include "floors.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

enum { HEADER = 256, SLOT = 512, ACTIVE = 2, GENERATION = 7 };

static char name[64];
static uint8_t *slot;
static atomic_int is_over;
static atomic_ullong written, busy, whole, torn, careless, mixed;

// Another number for each, so that no two samples have a word in common.
static uint64_t word(uint64_t time, uint64_t field) {
    uint64_t number = time * 31 + field;
    number = (number ^ number >> 30) * 0xbf58476d1ce4e5b9u;
    return number ^ number >> 27;
}

static void *write_samples(void *number) {
    floor_writer *writer = floor_writer_open(name, 0, GENERATION);
    if (writer == NULL) abort();
    // Every writer has times of its own.
    uint64_t time = 1 + (uint64_t)(uintptr_t)number;
    unsigned long long done = 0, refused = 0;
    while (!is_over) {
        time += 64;
        floor_sample sample = {
            (int64_t)time, (uint32_t)word(time, 1), word(time, 2), (uint32_t)word(time, 3),
            word(time, 4), word(time, 5), word(time, 6), word(time, 7), word(time, 8), word(time, 9),
            word(time, 10), word(time, 11), word(time, 12), word(time, 13),
        };
        if (floor_write(writer, &sample)) done++; else refused++;
    }
    written += done;
    busy += refused;
    floor_writer_close(writer);
    return NULL;
}

static int is_whole(const floor_reading *r) {
    uint64_t time = (uint64_t)r->sampled_at;
    return time == 0
           || (r->flags == (uint32_t)word(time, 1) && r->vcpu_time == word(time, 2)
               && r->cpu_percent_bits == (uint32_t)word(time, 3) && r->memory == word(time, 4)
               && r->memory_available == word(time, 5) && r->memory_host_resident == word(time, 6)
               && r->disk_read == word(time, 7) && r->disk_write == word(time, 8)
               && r->net_rx == word(time, 9) && r->net_tx == word(time, 10)
               && r->upper_used == word(time, 11) && r->upper_free == word(time, 12)
               && r->upper_host_allocated == word(time, 13));
}

static void *read_samples(void *unused) {
    (void)unused;
    floor_registry *registry = floor_registry_open(name);
    if (registry == NULL) abort();
    unsigned long long good = 0, bad = 0;
    floor_reading reading;
    while (!is_over) {
        if (floor_snapshot(registry, &reading) != 1) continue;
        if (is_whole(&reading)) good++; else bad++;
    }
    whole += good;
    torn += bad;
    floor_registry_close(registry);
    return NULL;
}

static void *read_carelessly(void *unused) {
    (void)unused;
    unsigned long long all = 0, bad = 0;
    while (!is_over) {
        uint64_t time = atomic_load_explicit((_Atomic(uint64_t) *)(slot + 0x30), memory_order_relaxed);
        uint64_t last = atomic_load_explicit((_Atomic(uint64_t) *)(slot + 0xa0), memory_order_relaxed);
        all++;
        if (time != 0 && last != word(time, 13)) bad++;
    }
    careless += all;
    mixed += bad;
    return NULL;
}

int main(int count, char **arguments) {
    if (count != 4) {
        fputs("hammer SECONDS WRITERS READERS\n", stderr);
        return 64;
    }
    int seconds = atoi(arguments[1]), writers = atoi(arguments[2]), readers = atoi(arguments[3]);
    if (seconds < 1 || writers < 1 || writers > 32 || readers < 1 || readers > 32) return 64;
    snprintf(name, sizeof name, "/varve-hammer-%d", (int)getpid());
    int fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (fd < 0 || ftruncate(fd, HEADER + SLOT) != 0) {
        perror(name);
        return 1;
    }
    uint8_t *base = mmap(NULL, HEADER + SLOT, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (base == MAP_FAILED) return 1;
    slot = base + HEADER;
    atomic_store((_Atomic(uint64_t) *)(slot + 0x08), GENERATION);
    atomic_store((_Atomic(uint32_t) *)slot, ACTIVE);

    pthread_t threads[65];
    int started = 0;
    for (int i = 0; i < writers; i++)
        pthread_create(&threads[started++], NULL, write_samples, (void *)(uintptr_t)i);
    for (int i = 0; i < readers; i++) pthread_create(&threads[started++], NULL, read_samples, NULL);
    pthread_create(&threads[started++], NULL, read_carelessly, NULL);
    sleep((unsigned)seconds);
    is_over = 1;
    for (int i = 0; i < started; i++) pthread_join(threads[i], NULL);
    shm_unlink(name);

    struct utsname machine;
    uname(&machine);
    printf("%s: %llu samples written, %llu refused as another was inside; %llu read whole, %llu torn; "
           "read carelessly %llu, of which %llu mixtures\n",
           machine.machine, (unsigned long long)written, (unsigned long long)busy,
           (unsigned long long)whole, (unsigned long long)torn, (unsigned long long)careless,
           (unsigned long long)mixed);
    if (written == 0 || whole == 0 || mixed == 0) {
        fputs("nothing was tried: there must be samples written, read, and mixed by the careless one\n",
              stderr);
        return 1;
    }
    return torn == 0 ? 0 : 1;
}
