// Reading processes: what Swift cannot import because it is variadic or lives in no Swift module.
#ifndef CPLATFORM_PROCESS_H
#define CPLATFORM_PROCESS_H

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/// The clock that stands still while the host sleeps. In C because whether Swift 6.3 finds the members
/// of timespec depends on which other files the compiler sees first.
uint64_t cplatform_monotonic_nanoseconds(void);

/// How much of the processor the calling thread has used.
uint64_t cplatform_thread_nanoseconds(void);

/// Gives threads no heap of their own where the C library would: glibc grows such a one by the page, each by
/// a system call. To be called before there is a second thread.
void cplatform_keep_one_heap(void);

/// Makes a pipe whose ends are closed on exec and never block; -1 and errno if it cannot.
int cplatform_make_stop_pipe(int32_t *read_end, int32_t *write_end);

/// Waits until `descriptor` is readable, for so long (a day at most): one ppoll on Linux.
/// 1: readable, 0: the time is over, -1: interrupted.
int cplatform_wait_readable(int32_t descriptor, uint64_t nanoseconds);

#if defined(__linux__)

#include <sys/syscall.h>
#include <unistd.h>

/// Opens /proc/<pid>/<name> to read; -1 and errno if it cannot. Allocates nothing.
static inline int cplatform_open_proc(int32_t pid, const char *name) {
    char path[64];
    if (snprintf(path, sizeof path, "/proc/%d/%s", pid, name) >= (int)sizeof path) return -1;
    return open(path, O_RDONLY | O_CLOEXEC);
}

/// Opens /proc/<pid>/task/<tid>/children to read; -1 and errno if it cannot.
static inline int cplatform_open_proc_children(int32_t pid, int32_t tid) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", pid, tid);
    return open(path, O_RDONLY | O_CLOEXEC);
}

/// getdents64(2): readdir(3) without its allocation.
static inline long cplatform_getdents64(int descriptor, void *buffer, size_t size) {
    return syscall(SYS_getdents64, descriptor, buffer, size);
}

#elif defined(__APPLE__)

#include <libproc.h>
#include <mach/mach_time.h>
#include <sys/resource.h>

/// What proc_pid_rusage(RUSAGE_INFO_V2) and proc_pidinfo(PROC_PIDTBSDINFO) say of a process.
/// Times are in nanoseconds, converted from Mach ticks by mach_timebase_info.
struct cplatform_process_usage {
    uint64_t cpu_ns;
    uint64_t children_cpu_ns;
    uint64_t resident_bytes;
    uint64_t disk_read_bytes;
    uint64_t disk_write_bytes;
    uint64_t start_abstime_ns;
    int32_t parent_pid;
    int32_t is_zombie;
};

static inline uint64_t cplatform_mach_to_ns(uint64_t ticks) {
    mach_timebase_info_data_t base;
    if (mach_timebase_info(&base) != 0 || base.denom == 0) return ticks;
    return (uint64_t)(((__uint128_t)ticks * base.numer) / base.denom);
}

/// 0, or -1 and errno (ESRCH once the process is gone).
static inline int cplatform_process_usage(int32_t pid, struct cplatform_process_usage *usage) {
    struct rusage_info_v2 info;
    if (proc_pid_rusage(pid, RUSAGE_INFO_V2, (rusage_info_t *)&info) != 0) return -1;
    usage->cpu_ns = cplatform_mach_to_ns(info.ri_user_time + info.ri_system_time);
    usage->children_cpu_ns =
        cplatform_mach_to_ns(info.ri_child_user_time + info.ri_child_system_time);
    usage->resident_bytes = info.ri_resident_size;
    usage->disk_read_bytes = info.ri_diskio_bytesread;
    usage->disk_write_bytes = info.ri_diskio_byteswritten;
    usage->start_abstime_ns = cplatform_mach_to_ns(info.ri_proc_start_abstime);
    struct proc_bsdinfo bsd;
    int size = proc_pidinfo(pid, PROC_PIDTBSDINFO, 0, &bsd, sizeof bsd);
    usage->parent_pid = size == (int)sizeof bsd ? (int32_t)bsd.pbi_ppid : 0;
    // A zombie answers proc_pid_rusage but has no task to describe.
    usage->is_zombie = size == (int)sizeof bsd ? bsd.pbi_status == 5 /* SZOMB */ : 1;
    return 0;
}

/// The pids of the children of `pid`: how many were stored, or -1.
static inline int cplatform_child_pids(int32_t pid, int32_t *pids, int capacity) {
    int count = proc_listchildpids(pid, pids, capacity * (int)sizeof *pids);
    return count > capacity ? capacity : count;
}

#endif
#endif
