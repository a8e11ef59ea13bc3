#define _GNU_SOURCE
#include "cplatform_spawn.h"

#include "cplatform_lean_exec.h"
#include "cplatform_private_pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
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

// Takes this program's handlers away, as exec will: once the child has given back the memory in which
// their code finds its way, a signal that is handled would fault, and the fault, handled too, for ever.
static void forget_handlers(void) {
    struct sigaction current, usual = {.sa_handler = SIG_DFL};
    for (int number = 1; number < NSIG; number++) {
        if (sigaction(number, NULL, &current) != 0 || current.sa_handler == SIG_IGN ||
            current.sa_handler == SIG_DFL) {
            continue;
        }
        sigaction(number, &usual, NULL);
    }
}

// All that the child does; only async-signal-safe calls, since other threads' locks were copied as
// they were at the fork.
static _Noreturn void wait_and_exec(
    const cplatform_lean_exec_plan *plan, const sigset_t *mask, int gate, int report) {
    char byte;
    ssize_t count;
    do count = read(gate, &byte, 1);
    while (count < 0 && errno == EINTR);
    if (count != 1) _exit(125);
    forget_handlers();
    // A signal that came in the meantime is delivered here, and ends what would be the command.
    sigprocmask(SIG_SETMASK, mask, NULL);
    cplatform_lean_exec(plan, report);
}

int cplatform_make_private_pipe(int *read_end, int *write_end) {
    int ends[2];
    int error = cplatform_private_pipe(ends);
    if (error != 0) return error;
    *read_end = ends[0];
    *write_end = ends[1];
    return 0;
}

int cplatform_spawn_gated(
    char *const arguments[], const sigset_t *mask, int errors, cplatform_gated_child *child) {
    int gate[2], report[2];
    int error = cplatform_private_pipe(gate);
    if (error != 0) return error;
    error = cplatform_private_pipe(report);
    if (error != 0) {
        cplatform_close_both(gate);
        return error;
    }

    cplatform_lean_exec_plan *plan = cplatform_lean_exec_prepare(arguments);
    if (plan == NULL) {
        error = errno;
        cplatform_close_both(gate);
        cplatform_close_both(report);
        return error;
    }

    // If the program was started with SIGCHLD ignored, the kernel would reap the command itself, and
    // nobody would learn how it ended. The command inherits it ignored all the same.
    struct sigaction old, usual = {.sa_handler = SIG_DFL};
    bool is_ignored = sigaction(SIGCHLD, NULL, &old) == 0 && old.sa_handler == SIG_IGN;
    if (is_ignored) sigaction(SIGCHLD, &usual, NULL);

    // fork, not vfork or posix_spawn: with those the child shares this process's memory until it
    // execs, and cannot give any of it back before, see lean_exec.c.
    pid_t pid = fork();
    error = errno;
    if (pid == 0) {
        close(gate[1]);
        close(report[0]);
        if (errors >= 0 && dup2(errors, STDERR_FILENO) < 0) _exit(125);
        if (is_ignored) sigaction(SIGCHLD, &old, NULL);
        wait_and_exec(plan, mask, gate[0], report[1]);
    }
    cplatform_lean_exec_discard(plan);
    close(report[1]);
    if (pid < 0) {
        cplatform_close_both(gate);
        close(report[0]);
        return error;
    }
    *child = (cplatform_gated_child){
        .pid = pid, .gate = gate[1], .gate_read_end = gate[0], .report = report[0]};
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
static int64_t monotonic_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

// Waits once. Being stopped and continued interrupts it (EINTR).
static int wait_once(const sigset_t *set, int64_t nanoseconds, siginfo_t *info) {
    if (nanoseconds < 0) return sigwaitinfo(set, info);
    struct timespec timeout = {
        .tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    return sigtimedwait(set, info, &timeout);
}

// The terminal's keys, its size and its hang-up reach every process of the foreground group.
static bool has_reached_group(const siginfo_t *info) {
    return info->si_code == SI_KERNEL
        && (info->si_signo == SIGINT || info->si_signo == SIGQUIT || info->si_signo == SIGHUP
            || info->si_signo == SIGWINCH);
}

int cplatform_wait_for_signal(const sigset_t *set, int64_t nanoseconds, cplatform_signal *received) {
    siginfo_t info;
    int64_t start = monotonic_nanoseconds();
    int64_t left = nanoseconds;
    int number;
    while ((number = wait_once(set, left, &info)) < 0) {
        if (errno != EINTR) return errno;
        if (nanoseconds < 0) continue;
        left = nanoseconds - (monotonic_nanoseconds() - start);
        if (left < 0) left = 0;
    }
    *received = (cplatform_signal){
        .number = number,
        // kill(2) and sigqueue(3); other codes have other things in this place.
        .sender = info.si_code == SI_USER || info.si_code == SI_QUEUE || info.si_code == SI_TKILL
            ? info.si_pid : 0,
        .from_kernel = has_reached_group(&info)};
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
    if (pid <= 0) return ECHILD; // to wait4 that would be a group, or any child
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
