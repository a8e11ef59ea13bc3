// Being told of the deaths of processes that are not our children: pidfds under epoll on Linux, a
// kqueue on macOS. What Swift cannot call itself: raw system calls, an ioctl, macros.
#ifndef CPLATFORM_WATCH_H
#define CPLATFORM_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// One thing that a queue tells.
typedef struct cplatform_watch_event {
    int32_t key;         // the pidfd, on macOS the pid; -1 for the waker
    int32_t wait_status; // how it ended, if has_status
    bool is_reaped;      // its parent has waited for it (Linux 6.9 and later)
    bool has_status;     // macOS only: the queue itself tells
} cplatform_watch_event;

// Makes a queue; -1 and errno if it cannot. Closed on exec.
int cplatform_watch_queue(void);

// Makes what wakes a wait on `queue`, and puts it there: an eventfd, on macOS the queue's own
// descriptor. -1 and errno if it cannot.
int cplatform_watch_waker(int queue);

// Wakes the wait; sticky until it was told. Async-signal-safe, keeps errno.
void cplatform_watch_wake(int waker);

// Takes back a wake that was told.
void cplatform_watch_drain(int waker);

// Waits for at most `nanoseconds` (a day at most); stores up to `capacity` events, at most 64. The
// number of them; 0 if the time is over, or a signal came.
int cplatform_watch_wait(
    int queue, int waker, uint64_t nanoseconds, cplatform_watch_event *_Nonnull events, int capacity);

// Nanoseconds since boot, the time asleep included: the clock of /proc/<pid>/stat field 22.
uint64_t cplatform_boot_nanoseconds(void);

// Reads a small file from its beginning, `capacity` bytes at most. How many; -1 and errno.
ssize_t cplatform_read_file(const char *_Nonnull path, void *_Nonnull buffer, size_t capacity);

// Raises the soft limit of open files to `wanted`, but not above the hard one; the limit now, 0 if
// it cannot be told.
uint64_t cplatform_raise_descriptor_limit(uint64_t wanted);

#if defined(__linux__)

// pidfd_open(2) of a process; closed on exec. -1 and errno if it cannot.
int cplatform_watch_open(pid_t pid);

// Has `queue` tell of the death of `pidfd`, and that it was reaped, once each. 0, or an errno.
int cplatform_watch_add(int queue, int pidfd);

// Has `queue` forget it; the descriptor stays open.
void cplatform_watch_remove(int queue, int pidfd);

enum { CPLATFORM_ALIVE = 0, CPLATFORM_ZOMBIE = 1, CPLATFORM_REAPED = 2 };

// What has become of the process of `pidfd`. A reaped process's pid may be another's by now.
int cplatform_watch_state(int pidfd);

enum { CPLATFORM_EXIT_NEVER = -1, CPLATFORM_EXIT_NOT_YET = 0, CPLATFORM_EXIT_KNOWN = 1 };

// PIDFD_GET_INFO with PIDFD_INFO_EXIT (Linux 6.15): the wait status of a process that was reaped.
int cplatform_watch_exit(int pidfd, int32_t *_Nonnull wait_status);

// Whether the kernel lets us see the last fields of /proc/<pid>/stat (ptrace(2), access mode checking);
// to others it says 0 there.
bool cplatform_may_read_stat(pid_t pid);

#elif defined(__APPLE__)

// Has `queue` tell of the death of `pid`. 0, or an errno: ESRCH if there is no such process.
int cplatform_watch_add(int queue, pid_t pid);

void cplatform_watch_remove(int queue, pid_t pid);

// When `pid` started, in Unix milliseconds; 0 if that cannot be told.
int64_t cplatform_started_at_ms(pid_t pid);

#endif
#endif
