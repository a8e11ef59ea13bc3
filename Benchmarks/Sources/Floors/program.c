#define _GNU_SOURCE
#include "floors.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#if defined(__linux__)
#include <sys/prctl.h>
#endif
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static uint64_t nanoseconds(struct timeval time) {
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_usec * 1000u;
}

int floor_run_program(const char *path, const char *const *arguments, floor_process *process) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    struct timespec begun, ended;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    pid_t pid;
    int code = posix_spawnp(&pid, path, &actions, NULL, (char *const *)arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (code != 0) return -1;
    int status;
    struct rusage usage;
    if (wait4(pid, &status, 0, &usage) != pid) return -1;
    clock_gettime(CLOCK_MONOTONIC, &ended);
    process->wall_ns = (uint64_t)(ended.tv_sec - begun.tv_sec) * 1000000000u
                       + (uint64_t)ended.tv_nsec - (uint64_t)begun.tv_nsec;
    process->cpu_ns = nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int32_t floor_start_program(const char *const *arguments) {
    pid_t pid = fork();
    if (pid == 0) {
#if defined(__linux__)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
        int nowhere = open("/dev/null", O_WRONLY);
        dup2(nowhere, 1);
        dup2(nowhere, 2);
        execv(arguments[0], (char *const *)arguments);
        _exit(127);
    }
    return (int32_t)pid;
}

int floor_wait_program(int32_t pid, uint64_t *cpu_ns) {
    int status;
    struct rusage usage;
    if (wait4(pid, &status, 0, &usage) != pid) return -1;
    *cpu_ns = nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
