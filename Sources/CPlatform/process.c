// pipe2 and ppoll are GNU extensions, which a Swift import of the C library does not show.
#define _GNU_SOURCE
#include "cplatform_process.h"

#include <time.h>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

uint64_t cplatform_monotonic_nanoseconds(void) {
    struct timespec now;
#if defined(__APPLE__)
    clock_gettime(CLOCK_UPTIME_RAW, &now);
#else
    clock_gettime(CLOCK_MONOTONIC, &now);
#endif
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t cplatform_thread_nanoseconds(void) {
    struct timespec used;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
}

void cplatform_keep_one_heap(void) {
#if defined(__GLIBC__)
    mallopt(M_ARENA_MAX, 1);
#endif
}

#if defined(__linux__)

#include <poll.h>

int cplatform_make_stop_pipe(int32_t *read_end, int32_t *write_end) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return -1;
    *read_end = ends[0];
    *write_end = ends[1];
    return 0;
}

int cplatform_wait_readable(int32_t descriptor, uint64_t nanoseconds) {
    struct pollfd entry = {.fd = descriptor, .events = POLLIN};
    uint64_t seconds = nanoseconds / 1000000000u;
    struct timespec timeout = {
        .tv_sec = seconds > 86400 ? 86400 : (time_t)seconds,
        .tv_nsec = (long)(nanoseconds % 1000000000u),
    };
    return ppoll(&entry, 1, &timeout, NULL);
}

#elif defined(__APPLE__)

#include <poll.h>
#include <unistd.h>

int cplatform_make_stop_pipe(int32_t *read_end, int32_t *write_end) {
    int ends[2];
    if (pipe(ends) != 0) return -1;
    for (int end = 0; end < 2; end++) {
        fcntl(ends[end], F_SETFD, FD_CLOEXEC);
        fcntl(ends[end], F_SETFL, O_NONBLOCK);
    }
    *read_end = ends[0];
    *write_end = ends[1];
    return 0;
}

int cplatform_wait_readable(int32_t descriptor, uint64_t nanoseconds) {
    struct pollfd entry = {.fd = descriptor, .events = POLLIN};
    // Rounded up: waking too early would only wait again.
    uint64_t milliseconds = nanoseconds / 1000000u + (nanoseconds % 1000000u != 0);
    return poll(&entry, 1, milliseconds > 86400000u ? 86400000 : (int)milliseconds);
}

#endif
