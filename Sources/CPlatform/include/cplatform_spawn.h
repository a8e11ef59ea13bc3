// Starting a command, waiting for signals and for its end: what Swift cannot call itself, because it
// forks, is variadic, or is a macro.
#ifndef CPLATFORM_SPAWN_H
#define CPLATFORM_SPAWN_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

// A child that was forked and waits before its exec.
typedef struct cplatform_gated_child {
    pid_t pid;
    // Write end: one byte lets the child exec; closing it makes the child exit with 125.
    int gate;
    // Its other end, kept so that writing to a child that was killed is no SIGPIPE.
    int gate_read_end;
    // Read end: the child's errno as an int if its exec fails; end of file once it has succeeded.
    int report;
} cplatform_gated_child;

// Forks a child that sets `mask`, waits at its gate, and then execs `arguments[0]`, looked up in PATH.
// It inherits everything else: descriptors, signal dispositions, environment, limits, process group.
// Its stderr is `errors` unless that is negative. Returns 0, or an errno.
int cplatform_spawn_gated(
    char *const _Nullable arguments[_Nonnull], const sigset_t *_Nonnull mask, int errors,
    cplatform_gated_child *_Nonnull child);

// Makes a pipe whose ends a command never inherits, and which are none of the standard streams. Returns
// 0, or an errno.
int cplatform_make_private_pipe(int *_Nonnull read_end, int *_Nonnull write_end);

// Makes this process adopt the orphans among its descendants. Returns 0, or an errno (ENOSYS where the
// system has no such thing).
int cplatform_become_subreaper(void);

// One signal that was waited for.
typedef struct cplatform_signal {
    int number;
    pid_t sender;     // 0 if not known
    bool from_kernel; // the terminal's keys, size or hang-up: the whole process group got it
} cplatform_signal;

// Takes one pending signal of `set`, all of which are blocked; waits for at most `nanoseconds`, or for
// ever if negative. Returns 0, EAGAIN if none came, or another errno. On macOS it may return EAGAIN
// early.
int cplatform_wait_for_signal(
    const sigset_t *_Nonnull set, int64_t nanoseconds, cplatform_signal *_Nonnull received);

// How a child ended.
typedef struct cplatform_exit {
    pid_t pid;
    bool exited; // else a signal ended it
    int code;    // exit code, or the signal's number
    bool core_dumped;
    int64_t user_ns;
    int64_t system_ns;
    int64_t peak_rss_bytes;
    int64_t blocks_in;  // of 512 bytes
    int64_t blocks_out; // of 512 bytes
} cplatform_exit;

// The pid of a child that has ended and was not waited for, without reaping it; 0 if there is none, -1
// if there is no child at all.
pid_t cplatform_peek_ended_child(void);

// Reaps `pid`, waiting for its end. Returns 0, or an errno: ECHILD if it is no child of ours.
int cplatform_reap(pid_t pid, cplatform_exit *_Nonnull result);

#endif
