#define _GNU_SOURCE
#include "cplatform_spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/prctl.h>
#elif defined(__APPLE__)
#include <sys/event.h>
#endif

// A pipe whose ends a command never inherits.
static int private_pipe(int ends[2]) {
#if defined(__linux__)
    return pipe2(ends, O_CLOEXEC) == 0 ? 0 : errno;
#else
    if (pipe(ends) != 0) return errno;
    for (int i = 0; i < 2; i++) fcntl(ends[i], F_SETFD, FD_CLOEXEC);
    return 0;
#endif
}

static void close_both(const int ends[2]) {
    close(ends[0]);
    close(ends[1]);
}

int cplatform_spawn_gated(
    char *const arguments[], const sigset_t *mask, cplatform_gated_child *child) {
    int gate[2], report[2];
    int error = private_pipe(gate);
    if (error != 0) return error;
    error = private_pipe(report);
    if (error != 0) {
        close_both(gate);
        return error;
    }

    // fork, not vfork or posix_spawn: with those the child shares this process's memory until it
    // execs, and the kernel then counts our own resident set as the command's peak (ru_maxrss).
    pid_t pid = fork();
    if (pid < 0) {
        error = errno;
        close_both(gate);
        close_both(report);
        return error;
    }
    if (pid == 0) {
        // Only async-signal-safe calls from here on.
        close(gate[1]);
        close(report[0]);
        char open_gate;
        ssize_t count;
        do count = read(gate[0], &open_gate, 1);
        while (count < 0 && errno == EINTR);
        if (count != 1) _exit(125);
        sigprocmask(SIG_SETMASK, mask, NULL);
        execvp(arguments[0], arguments);
        error = errno;
        do count = write(report[1], &error, sizeof error);
        while (count < 0 && errno == EINTR);
        _exit(error == ENOENT ? 127 : 126);
    }
    close(gate[0]);
    close(report[1]);
    *child = (cplatform_gated_child){.pid = pid, .gate = gate[1], .report = report[0]};
    return 0;
}

int cplatform_become_subreaper(void) {
#if defined(__linux__)
    return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0 ? 0 : errno;
#else
    return ENOSYS;
#endif
}

#if defined(__linux__)
int cplatform_wait_for_signal(const sigset_t *set, int64_t nanoseconds, cplatform_signal *received) {
    siginfo_t info;
    int number;
    if (nanoseconds < 0) {
        number = sigwaitinfo(set, &info);
    } else {
        struct timespec timeout = {
            .tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
        number = sigtimedwait(set, &info, &timeout);
    }
    if (number < 0) return errno;
    *received = (cplatform_signal){
        .number = number,
        .sender = info.si_code <= 0 ? info.si_pid : 0,
        .from_kernel = info.si_code > 0};
    return 0;
}
#else
// Not built by the authors' machines: written after kqueue(2) of macOS. Who sent a signal is not told.
int cplatform_wait_for_signal(const sigset_t *set, int64_t nanoseconds, cplatform_signal *received) {
    static int queue = -1;
    if (queue < 0) {
        queue = kqueue();
        if (queue < 0) return errno;
        fcntl(queue, F_SETFD, FD_CLOEXEC);
        for (int number = 1; number < NSIG; number++) {
            if (sigismember(set, number) != 1) continue;
            struct kevent change;
            EV_SET(&change, number, EVFILT_SIGNAL, EV_ADD | EV_CLEAR, 0, 0, NULL);
            if (kevent(queue, &change, 1, NULL, 0, NULL) != 0) return errno;
        }
    }
    sigset_t pending;
    if (sigpending(&pending) != 0) return errno;
    for (int number = 1; number < NSIG; number++) {
        if (sigismember(set, number) != 1 || sigismember(&pending, number) != 1) continue;
        sigset_t one;
        sigemptyset(&one);
        sigaddset(&one, number);
        int taken;
        if (sigwait(&one, &taken) != 0) return errno;
        *received = (cplatform_signal){
            .number = taken,
            .sender = 0,
            .from_kernel = taken == SIGINT || taken == SIGQUIT || taken == SIGHUP};
        return 0;
    }
    struct timespec timeout = {
        .tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    struct kevent event;
    int count = kevent(queue, NULL, 0, &event, 1, nanoseconds < 0 ? NULL : &timeout);
    if (count < 0) return errno;
    return EAGAIN; // the caller comes again and finds the signal pending
}
#endif

pid_t cplatform_peek_ended_child(void) {
    siginfo_t info = {0};
    while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0) {
        if (errno != EINTR) return -1;
    }
    return info.si_pid;
}

static int64_t nanoseconds(struct timeval time) {
    return (int64_t)time.tv_sec * 1000000000 + (int64_t)time.tv_usec * 1000;
}

int cplatform_reap(pid_t pid, cplatform_exit *result) {
    int status;
    struct rusage usage;
    while (wait4(pid, &status, 0, &usage) != pid) {
        if (errno != EINTR) return errno;
    }
#if defined(__APPLE__)
    int64_t peak = usage.ru_maxrss;
#else
    int64_t peak = (int64_t)usage.ru_maxrss * 1024;
#endif
    *result = (cplatform_exit){
        .pid = pid,
        .exited = WIFEXITED(status),
        .code = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status),
        .core_dumped = WIFSIGNALED(status) && WCOREDUMP(status),
        .user_ns = nanoseconds(usage.ru_utime),
        .system_ns = nanoseconds(usage.ru_stime),
        .peak_rss_bytes = peak,
        .blocks_in = usage.ru_inblock,
        .blocks_out = usage.ru_oublock};
    return 0;
}
