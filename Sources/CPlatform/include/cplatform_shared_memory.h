// POSIX shared memory, in the shapes that Swift can call.
#ifndef CPLATFORM_SHARED_MEMORY_H
#define CPLATFORM_SHARED_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// shm_open(3), which is variadic on Darwin. -1 and errno on failure.
int cplatform_shm_open(const char *name, int flags, mode_t mode);

// Gives a new object its size and, where the system can, its pages, so that a full /dev/shm is an
// error here and not a SIGBUS at a later store. 0, or an errno value.
int cplatform_shm_allocate(int descriptor, int64_t size);

// mmap(2) with MAP_SHARED from offset 0. NULL and errno on failure: MAP_FAILED is a cast, which
// Swift cannot import.
void *cplatform_map_shared(int descriptor, size_t length, bool writable);

// Makes this process survive that somebody cuts a shared object short under its mappings: a page that
// is gone is replaced by one of its own, instead of a SIGBUS that ends the process. Only mappings that
// were announced are cared for; any other SIGBUS does what it did before. False if the system refuses.
bool cplatform_survive_truncation(void);

// Announces a mapping, or takes that back. What does not fit into the table is not cared for.
void cplatform_announce_mapping(void *base, size_t length);
void cplatform_renounce_mapping(void *base);

// Asks for the cache lines of a slot up to the first words of its name. Only a hint: it reads nothing, and
// an address behind the mapping is no fault.
static inline void cplatform_prefetch_slot(const void *slot) {
    __builtin_prefetch(slot);
    __builtin_prefetch((const char *)slot + 64);
    __builtin_prefetch((const char *)slot + 128);
}

// Asks kill(2) with signal 0 whether `pid` names no process any more. False when in doubt.
bool cplatform_process_is_gone(pid_t pid);

#endif
