#define _GNU_SOURCE
#include "cplatform_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { EVENT_LIMIT = 64 };

ssize_t cplatform_read_file(const char *path, void *buffer, size_t capacity) {
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return -1;
    size_t count = 0;
    while (count < capacity) {
        ssize_t more = read(descriptor, (char *)buffer + count, capacity - count);
        if (more < 0 && errno == EINTR) continue;
        if (more < 0) {
            int error = errno;
            close(descriptor);
            errno = error;
            return -1;
        }
        if (more == 0) break;
        count += (size_t)more;
    }
    close(descriptor);
    return (ssize_t)count;
}

uint64_t cplatform_raise_descriptor_limit(uint64_t wanted) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    rlim_t target = limit.rlim_max != RLIM_INFINITY && wanted > limit.rlim_max
        ? limit.rlim_max : (rlim_t)wanted;
    if (limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < target) {
        struct rlimit raised = {.rlim_cur = target, .rlim_max = limit.rlim_max};
        if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
    }
    return limit.rlim_cur == RLIM_INFINITY ? UINT64_MAX : limit.rlim_cur;
}

#if defined(__linux__)

#include <poll.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

// The numbers are the same on every architecture; older headers lack them.
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

// struct pidfd_info of Linux 6.16; the first 64 bytes are those of 6.13. A kernel takes any size from
// there on.
struct pidfd_exit_info {
    uint64_t mask;
    uint64_t cgroup_id;
    uint32_t ids[11];
    int32_t exit_code;
    uint32_t coredump_mask;
    uint32_t spare;
};
_Static_assert(sizeof(struct pidfd_exit_info) == 72, "struct pidfd_info");

#define PIDFD_GET_EXIT_INFO _IOWR(0xFF, 11, struct pidfd_exit_info)
#define EXIT_INFO_MASK (UINT64_C(1) << 3)

uint64_t cplatform_boot_nanoseconds(void) {
    struct timespec now;
    if (clock_gettime(CLOCK_BOOTTIME, &now) != 0) return 0;
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int cplatform_watch_queue(void) { return epoll_create1(EPOLL_CLOEXEC); }

int cplatform_watch_waker(int queue) {
    int waker = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (waker < 0) return -1;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = waker};
    if (epoll_ctl(queue, EPOLL_CTL_ADD, waker, &event) != 0) {
        int error = errno;
        close(waker);
        errno = error;
        return -1;
    }
    return waker;
}

void cplatform_watch_wake(int waker) {
    int error = errno;
    uint64_t one = 1;
    // A counter that is full holds a wake already.
    while (write(waker, &one, sizeof one) < 0 && errno == EINTR) {}
    errno = error;
}

void cplatform_watch_drain(int waker) {
    uint64_t count;
    while (read(waker, &count, sizeof count) < 0 && errno == EINTR) {}
}

int cplatform_watch_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int cplatform_watch_add(int queue, int pidfd) {
    // Edge-triggered: a dead process stays readable for ever, but is told of twice only.
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.fd = pidfd};
    return epoll_ctl(queue, EPOLL_CTL_ADD, pidfd, &event) == 0 ? 0 : errno;
}

void cplatform_watch_remove(int queue, int pidfd) {
    struct epoll_event unused = {0};
    epoll_ctl(queue, EPOLL_CTL_DEL, pidfd, &unused);
}

// Whole milliseconds, rounded up, where the kernel (before 5.11) or a filter has no finer wait.
static int wait_coarsely(int queue, struct epoll_event *events, int capacity, uint64_t nanoseconds) {
    return epoll_wait(
        queue, events, capacity, (int)(nanoseconds / 1000000u + (nanoseconds % 1000000u != 0)));
}

int cplatform_watch_wait(
    int queue, int waker, uint64_t nanoseconds, cplatform_watch_event *events, int capacity) {
    struct epoll_event told[EVENT_LIMIT];
    if (capacity > EVENT_LIMIT) capacity = EVENT_LIMIT;
    const uint64_t day = UINT64_C(86400000000000);
    if (nanoseconds > day) nanoseconds = day;
#if defined(__LP64__)
    struct timespec timeout = {
        .tv_sec = (time_t)(nanoseconds / 1000000000u), .tv_nsec = (long)(nanoseconds % 1000000000u)};
    int count = (int)syscall(SYS_epoll_pwait2, queue, told, capacity, &timeout, NULL, 0);
    if (count < 0 && (errno == ENOSYS || errno == EPERM)) {
        count = wait_coarsely(queue, told, capacity, nanoseconds);
    }
#else
    int count = wait_coarsely(queue, told, capacity, nanoseconds);
#endif
    for (int i = 0; i < count; i++) {
        events[i] = (cplatform_watch_event){
            .key = told[i].data.fd == waker ? -1 : told[i].data.fd,
            .is_reaped = (told[i].events & EPOLLHUP) != 0};
    }
    return count > 0 ? count : 0;
}

int cplatform_watch_state(int pidfd) {
    struct pollfd entry = {.fd = pidfd, .events = POLLIN};
    int ready;
    while ((ready = poll(&entry, 1, 0)) < 0 && errno == EINTR) {}
    if (ready > 0 && (entry.revents & POLLHUP) != 0) return CPLATFORM_REAPED;
    // Signal 0 reaches a zombie and nothing else that is dead. It tells also where a process that was
    // reaped is no POLLHUP yet (before Linux 6.9).
    if (syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0) != 0 && errno == ESRCH) {
        return CPLATFORM_REAPED;
    }
    return ready > 0 ? CPLATFORM_ZOMBIE : CPLATFORM_ALIVE;
}

int cplatform_watch_exit(int pidfd, int32_t *wait_status) {
    struct pidfd_exit_info info = {.mask = EXIT_INFO_MASK};
    // Refused: ENOTTY or EINVAL before Linux 6.13, ESRCH before 6.15 once the process is reaped.
    if (ioctl(pidfd, PIDFD_GET_EXIT_INFO, &info) != 0) return CPLATFORM_EXIT_NEVER;
    if ((info.mask & EXIT_INFO_MASK) == 0) return CPLATFORM_EXIT_NOT_YET;
    *wait_status = info.exit_code;
    return CPLATFORM_EXIT_KNOWN;
}

bool cplatform_may_read_stat(pid_t pid) {
    char path[64], target[64];
    // Reading this link asks for the same right, PTRACE_MODE_READ_FSCREDS, and works on zombies.
    snprintf(path, sizeof path, "/proc/%d/ns/user", pid);
    return readlink(path, target, sizeof target) > 0;
}

#elif defined(__APPLE__)

// Not built here: written after kqueue(2) of macOS, never yet compiled there.
#include <libproc.h>
#include <sys/event.h>

// Of EVFILT_USER; pids are filtered apart from it.
enum { WAKER_IDENT = 1 };

uint64_t cplatform_boot_nanoseconds(void) {
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC_RAW, &now) != 0) return 0;
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int cplatform_watch_queue(void) {
    int queue = kqueue();
    if (queue >= 0) fcntl(queue, F_SETFD, FD_CLOEXEC);
    return queue;
}

int cplatform_watch_waker(int queue) {
    struct kevent change;
    EV_SET(&change, WAKER_IDENT, EVFILT_USER, EV_ADD | EV_CLEAR, 0, 0, NULL);
    return kevent(queue, &change, 1, NULL, 0, NULL) == 0 ? queue : -1;
}

void cplatform_watch_wake(int waker) {
    int error = errno;
    struct kevent change;
    EV_SET(&change, WAKER_IDENT, EVFILT_USER, 0, NOTE_TRIGGER, 0, NULL);
    kevent(waker, &change, 1, NULL, 0, NULL);
    errno = error;
}

void cplatform_watch_drain(int waker) { (void)waker; } // EV_CLEAR has done it

int cplatform_watch_add(int queue, pid_t pid) {
    struct kevent change;
    EV_SET(&change, pid, EVFILT_PROC, EV_ADD | EV_ONESHOT, NOTE_EXIT | NOTE_EXITSTATUS, 0, NULL);
    if (kevent(queue, &change, 1, NULL, 0, NULL) == 0) return 0;
    if (errno != EACCES) return errno;
    // The status is for those who may signal the process; the death is for everyone.
    EV_SET(&change, pid, EVFILT_PROC, EV_ADD | EV_ONESHOT, NOTE_EXIT, 0, NULL);
    return kevent(queue, &change, 1, NULL, 0, NULL) == 0 ? 0 : errno;
}

void cplatform_watch_remove(int queue, pid_t pid) {
    struct kevent change;
    EV_SET(&change, pid, EVFILT_PROC, EV_DELETE, 0, 0, NULL);
    kevent(queue, &change, 1, NULL, 0, NULL);
}

int cplatform_watch_wait(
    int queue, int waker, uint64_t nanoseconds, cplatform_watch_event *events, int capacity) {
    (void)waker;
    struct kevent told[EVENT_LIMIT];
    if (capacity > EVENT_LIMIT) capacity = EVENT_LIMIT;
    const uint64_t day = UINT64_C(86400000000000);
    if (nanoseconds > day) nanoseconds = day;
    struct timespec timeout = {
        .tv_sec = (time_t)(nanoseconds / 1000000000u), .tv_nsec = (long)(nanoseconds % 1000000000u)};
    int count = kevent(queue, NULL, 0, told, capacity, &timeout);
    for (int i = 0; i < count; i++) {
        bool is_waker = told[i].filter == EVFILT_USER;
        bool has_status = !is_waker && (told[i].fflags & NOTE_EXITSTATUS) != 0;
        events[i] = (cplatform_watch_event){
            .key = is_waker ? -1 : (int32_t)told[i].ident,
            .wait_status = has_status ? (int32_t)told[i].data : 0,
            .is_reaped = false,
            .has_status = has_status};
    }
    return count > 0 ? count : 0;
}

int64_t cplatform_started_at_ms(pid_t pid) {
    struct proc_bsdinfo info;
    if (proc_pidinfo(pid, PROC_PIDTBSDINFO, 0, &info, sizeof info) != (int)sizeof info) return 0;
    return (int64_t)info.pbi_start_tvsec * 1000 + (int64_t)info.pbi_start_tvusec / 1000;
}

#endif
