// A store into a page of a shared object that somebody has cut off raises SIGBUS (mmap(2)). Anyone who
// may open the object can do that, also the very command that is recorded.
#define _GNU_SOURCE
#include "cplatform_shared_memory.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MAPPING_LIMIT = 64 };

// Read by the handler: an entry counts while its base is set, and its length is set before that.
static _Atomic(uintptr_t) bases[MAPPING_LIMIT];
static _Atomic(size_t) lengths[MAPPING_LIMIT];
static struct sigaction previous;

static void replace_page(int number, siginfo_t *info, void *context) {
    (void)context;
    uintptr_t address = (uintptr_t)info->si_addr;
    for (int i = 0; i < MAPPING_LIMIT; i++) {
        uintptr_t base = atomic_load(&bases[i]);
        if (base == 0 || address < base || address - base >= atomic_load(&lengths[i])) continue;
        uintptr_t size = (uintptr_t)sysconf(_SC_PAGESIZE);
        void *page = (void *)(address & ~(size - 1));
        // Writable whatever the mapping was: it is ours alone, and readers write nothing.
        if (mmap(page, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
            MAP_FAILED) {
            return; // and the access is tried again
        }
        break;
    }
    // Not ours: as it was before. The access is tried again, and raises the signal again.
    sigaction(number, &previous, NULL);
}

bool cplatform_survive_truncation(void) {
    struct sigaction action = {.sa_sigaction = replace_page, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    return sigaction(SIGBUS, &action, &previous) == 0;
}

void cplatform_announce_mapping(void *base, size_t length) {
    static _Atomic(uintptr_t) claimed[MAPPING_LIMIT];
    for (int i = 0; i < MAPPING_LIMIT; i++) {
        if (atomic_load(&bases[i]) != 0) continue;
        uintptr_t none = 0;
        // Two threads may look at the same entry: the claim has one of them.
        if (!atomic_compare_exchange_strong(&claimed[i], &none, (uintptr_t)base)) continue;
        if (atomic_load(&bases[i]) == 0) {
            atomic_store(&lengths[i], length);
            atomic_store(&bases[i], (uintptr_t)base);
            atomic_store(&claimed[i], 0);
            return;
        }
        atomic_store(&claimed[i], 0);
    }
}

void cplatform_renounce_mapping(void *base) {
    for (int i = 0; i < MAPPING_LIMIT; i++) {
        uintptr_t expected = (uintptr_t)base;
        if (atomic_compare_exchange_strong(&bases[i], &expected, 0)) return;
    }
}
