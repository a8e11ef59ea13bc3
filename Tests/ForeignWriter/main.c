// A foreign runtime: creates a registry and writes slots as the description of the format says, and
// shares not a line with varve. It does what it is told on standard input, one command a line, and
// answers each with one line, so that a test decides what happens when.
//
//   ForeignWriter NAME ABI CAPACITY
//
//   create CREATED_AT                                 -> ok
//   reserve SANDBOX_ID LIMIT NAME_IN_HEX              -> ok SLOT GENERATION
//   activate SLOT GENERATION RUN_ID PID STARTED_AT    -> ok            (PID 0 is this process)
//   write SLOT GENERATION AT FLAGS VCPU_NS CPU_BITS_IN_HEX MEMORY AVAILABLE RESIDENT
//         DISK_READ DISK_WRITE NET_RX NET_TX UPPER_USED UPPER_FREE UPPER_ALLOCATED -> ok
//   tear SLOT GENERATION MEMORY                       -> ok            (and stands still half-way)
//   release SLOT GENERATION STATE                     -> ok GENERATION (STATE 0 is free, 3 is stale)
//   cancel SLOT GENERATION                            -> ok            (a reservation)
//   pid                                               -> ok PID
//
// What cannot be done is answered with `no` and a word.

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { header_size = 256, slot_size = 512, name_limit = 128 };
enum { state_free = 0, state_reserved = 1, state_active = 2, state_stale = 3 };

// Offsets within a slot; 0 is "this ABI has no such field".
struct layout {
    size_t flags, limit, vcpu, cpu, memory, available, resident;
    size_t disk_read, disk_write, net_rx, net_tx;
    size_t upper_used, upper_free, upper_allocated, name_length, name;
};

static const struct layout layouts[] = {
    [1] = {.limit = 0x38, .cpu = 0x40, .memory = 0x48, .disk_read = 0x50, .disk_write = 0x58,
           .net_rx = 0x60, .net_tx = 0x68, .name_length = 0x70, .name = 0x78},
    [2] = {.flags = 0x38, .limit = 0x40, .vcpu = 0x48, .cpu = 0x50, .memory = 0x58,
           .available = 0x60, .resident = 0x68, .disk_read = 0x70, .disk_write = 0x78,
           .net_rx = 0x80, .net_tx = 0x88, .name_length = 0x90, .name = 0x98},
    [3] = {.flags = 0x38, .limit = 0x40, .vcpu = 0x48, .cpu = 0x50, .memory = 0x58,
           .available = 0x60, .resident = 0x68, .disk_read = 0x70, .disk_write = 0x78,
           .net_rx = 0x80, .net_tx = 0x88, .upper_used = 0x90, .upper_free = 0x98,
           .upper_allocated = 0xa0, .name_length = 0xa8, .name = 0xb0},
};

// The same in all ABIs.
enum {
    at_state = 0x00, at_generation = 0x08, at_seq = 0x10, at_sandbox = 0x18, at_run = 0x1c,
    at_pid = 0x20, at_started = 0x28, at_sampled = 0x30,
};

static const struct layout *layout;
static unsigned abi;
static uint32_t capacity;
static unsigned char *object;

#define WORD(type, base, offset) ((type *)(void *)((base) + (offset)))
#define LOAD(type, base, offset) __atomic_load_n(WORD(type, base, offset), __ATOMIC_ACQUIRE)
#define STORE(type, base, offset, value)                                                           \
    __atomic_store_n(WORD(type, base, offset), (type)(value), __ATOMIC_RELEASE)
#define SWAP(type, base, offset, from, to)                                                         \
    __atomic_compare_exchange_n(                                                                   \
        WORD(type, base, offset), &(type){from}, (type)(to), false, __ATOMIC_ACQ_REL,              \
        __ATOMIC_ACQUIRE)

static unsigned char *slot_at(unsigned index) {
    return object + header_size + (size_t)index * slot_size;
}

static void put64(unsigned char *slot, size_t offset, uint64_t value) {
    if (offset != 0) { STORE(uint64_t, slot, offset, value); }
}

static uint64_t new_generation(void) {
    return __atomic_fetch_add(WORD(uint64_t, object, 0x28), 1, __ATOMIC_ACQ_REL) + 1;
}

static bool enter(unsigned char *slot) {
    for (;;) {
        uint64_t seq = LOAD(uint64_t, slot, at_seq);
        if (seq % 2 == 0 && SWAP(uint64_t, slot, at_seq, seq, seq + 1)) { break; }
    }
    __atomic_thread_fence(__ATOMIC_RELEASE);
    return true;
}

static void leave(unsigned char *slot) {
    __atomic_fetch_add(WORD(uint64_t, slot, at_seq), 1, __ATOMIC_ACQ_REL);
}

static bool is_of(unsigned char *slot, uint64_t generation) {
    return LOAD(uint64_t, slot, at_generation) == generation;
}

static const char *create(const char *name, int64_t created_at) {
    size_t size = header_size + (size_t)capacity * slot_size;
    int file = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (file < 0) { return errno == EEXIST ? "exists" : "shm_open"; }
    if (ftruncate(file, (off_t)size) != 0) { return "ftruncate"; }
    object = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (object == MAP_FAILED) {
        object = NULL;
        return "mmap";
    }
    STORE(uint32_t, object, 0x18, 1);
    STORE(uint64_t, object, 0x00, UINT64_C(0x313054454d42534d));
    STORE(uint32_t, object, 0x08, abi);
    STORE(uint32_t, object, 0x0c, header_size);
    STORE(uint32_t, object, 0x10, slot_size);
    STORE(uint32_t, object, 0x14, capacity);
    STORE(int64_t, object, 0x20, created_at);
    STORE(uint64_t, object, 0x28, 0);
    STORE(uint32_t, object, 0x18, 2);
    return NULL;
}

static bool claim(unsigned char *slot, uint32_t wanted) {
    if (LOAD(uint32_t, slot, at_state) != wanted) { return false; }
    if (wanted == state_active) {
        int32_t pid = LOAD(int32_t, slot, at_pid);
        if (pid > 0 && (kill(pid, 0) == 0 || errno != ESRCH)) { return false; }
        uint64_t seq = LOAD(uint64_t, slot, at_seq);
        if (seq % 2 != 0) { STORE(uint64_t, slot, at_seq, seq + 1); }
    }
    return SWAP(uint32_t, slot, at_state, wanted, state_reserved);
}

static int reserve(int32_t sandbox, uint64_t limit, const unsigned char *name, unsigned length) {
    static const uint32_t passes[] = {state_free, state_stale, state_active};
    for (unsigned pass = 0; pass < 3; pass++) {
        for (unsigned index = 0; index < capacity; index++) {
            unsigned char *slot = slot_at(index);
            if (!claim(slot, passes[pass])) { continue; }
            enter(slot);
            // All words but state, generation and seq.
            for (size_t offset = at_sandbox; offset < slot_size; offset += 4) {
                STORE(uint32_t, slot, offset, 0);
            }
            STORE(int32_t, slot, at_sandbox, sandbox);
            STORE(uint64_t, slot, layout->limit, limit);
            STORE(uint16_t, slot, layout->name_length, length);
            for (unsigned at = 0; at < length; at++) {
                STORE(uint8_t, slot, layout->name + at, name[at]);
            }
            leave(slot);
            STORE(uint64_t, slot, at_generation, new_generation());
            return (int)index;
        }
    }
    return -1;
}

static const char *activate(
    unsigned char *slot, uint64_t generation, int32_t run, int32_t pid, int64_t started_at) {
    if (!is_of(slot, generation)) { return "generation"; }
    enter(slot);
    bool is_ours = is_of(slot, generation);
    if (is_ours) {
        STORE(int32_t, slot, at_run, run);
        STORE(int32_t, slot, at_pid, pid != 0 ? pid : (int32_t)getpid());
        STORE(int64_t, slot, at_started, started_at);
    }
    leave(slot);
    if (!is_ours) { return "generation"; }
    return SWAP(uint32_t, slot, at_state, state_reserved, state_active) ? NULL : "state";
}

struct sample {
    long long at;
    unsigned flags, cpu_bits;
    unsigned long long vcpu, memory, available, resident, disk_read, disk_write, net_rx, net_tx;
    unsigned long long upper_used, upper_free, upper_allocated;
};

static const char *write_sample(
    unsigned char *slot, uint64_t generation, const struct sample *sample) {
    if (!is_of(slot, generation)) { return "generation"; }
    enter(slot);
    bool is_ours = is_of(slot, generation);
    if (is_ours) {
        STORE(int64_t, slot, at_sampled, sample->at);
        if (layout->flags != 0) { STORE(uint32_t, slot, layout->flags, sample->flags); }
        STORE(uint32_t, slot, layout->cpu, sample->cpu_bits);
        put64(slot, layout->vcpu, sample->vcpu);
        put64(slot, layout->memory, sample->memory);
        put64(slot, layout->available, sample->available);
        put64(slot, layout->resident, sample->resident);
        put64(slot, layout->disk_read, sample->disk_read);
        put64(slot, layout->disk_write, sample->disk_write);
        put64(slot, layout->net_rx, sample->net_rx);
        put64(slot, layout->net_tx, sample->net_tx);
        put64(slot, layout->upper_used, sample->upper_used);
        put64(slot, layout->upper_free, sample->upper_free);
        put64(slot, layout->upper_allocated, sample->upper_allocated);
    }
    leave(slot);
    return is_ours ? NULL : "generation";
}

static unsigned from_hex(const char *text, unsigned char *bytes) {
    unsigned length = 0;
    unsigned value;
    while (length <= name_limit && sscanf(text + 2 * (size_t)length, "%2x", &value) == 1) {
        bytes[length++] = (unsigned char)value;
    }
    return length;
}

static void answer(const char *failure) {
    if (failure != NULL) {
        printf("no %s\n", failure);
    } else {
        printf("ok\n");
    }
}

static void obey(const char *name, const char *line) {
    long long first, second;
    unsigned index, state;
    int run, pid, sandbox;
    unsigned long long generation, limit;
    char hex[2 * name_limit + 3] = "";
    struct sample s;
    if (strncmp(line, "pid", 3) == 0) {
        printf("ok %d\n", (int)getpid());
    } else if (sscanf(line, "create %lld", &first) == 1) {
        answer(create(name, first));
    } else if (object == NULL) {
        answer("registry");
    } else if (sscanf(line, "reserve %d %llu %258s", &sandbox, &limit, hex) >= 2) {
        unsigned char bytes[name_limit + 1];
        unsigned length = from_hex(hex, bytes);
        int slot = length > name_limit ? -2 : reserve(sandbox, limit, bytes, length);
        if (slot < 0) {
            answer(slot == -1 ? "full" : "name");
        } else {
            printf("ok %d %llu\n", slot,
                   (unsigned long long)LOAD(uint64_t, slot_at((unsigned)slot), at_generation));
        }
    } else if (sscanf(line, "%*s %u", &index) != 1 || index >= capacity) {
        answer("command");
    } else if (sscanf(line, "activate %*u %llu %d %d %lld", &generation, &run, &pid, &second) == 4) {
        answer(activate(slot_at(index), generation, run, pid, second));
    } else if (sscanf(line,
                      "write %*u %llu %lld %u %llu %x %llu %llu %llu %llu %llu %llu %llu %llu %llu "
                      "%llu",
                      &generation, &s.at, &s.flags, &s.vcpu, &s.cpu_bits, &s.memory, &s.available,
                      &s.resident, &s.disk_read, &s.disk_write, &s.net_rx, &s.net_tx, &s.upper_used,
                      &s.upper_free, &s.upper_allocated) == 15) {
        answer(write_sample(slot_at(index), generation, &s));
    } else if (sscanf(line, "tear %*u %llu %llu", &generation, &limit) == 2) {
        if (!is_of(slot_at(index), generation)) {
            answer("generation");
            return;
        }
        enter(slot_at(index));
        put64(slot_at(index), layout->memory, limit);
        answer(NULL);
    } else if (sscanf(line, "release %*u %llu %u", &generation, &state) == 2) {
        if (!is_of(slot_at(index), generation)) {
            answer("generation");
            return;
        }
        uint64_t fresh = new_generation();
        STORE(uint64_t, slot_at(index), at_generation, fresh);
        STORE(uint32_t, slot_at(index), at_state, state);
        printf("ok %llu\n", (unsigned long long)fresh);
    } else if (sscanf(line, "cancel %*u %llu", &generation) == 1) {
        bool is_ours = is_of(slot_at(index), generation)
            && SWAP(uint32_t, slot_at(index), at_state, state_reserved, state_free);
        if (is_ours) { STORE(uint64_t, slot_at(index), at_generation, new_generation()); }
        answer(is_ours ? NULL : "generation");
    } else {
        answer("command");
    }
}

int main(int argc, char **argv) {
    if (argc != 4) { return 64; }
    abi = (unsigned)atoi(argv[2]);
    capacity = (uint32_t)atoi(argv[3]);
    if (abi < 1 || abi > 3 || capacity == 0) { return 64; }
    layout = &layouts[abi];
    char line[1024];
    while (fgets(line, sizeof line, stdin) != NULL) {
        obey(argv[1], line);
        fflush(stdout);
    }
    return 0;
}
