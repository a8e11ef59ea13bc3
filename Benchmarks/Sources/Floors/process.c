#define _GNU_SOURCE
#include "fast_path.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/prctl.h>
#endif

struct floor_processes {
    size_t count;
    struct {
        int stat, io;
    } files[];
};

static int open_file(int32_t pid, const char *name) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    return open(path, O_RDONLY | O_CLOEXEC);
}

floor_processes *floor_processes_open(const int32_t *pids, size_t count) {
    floor_processes *processes = calloc(1, sizeof *processes + count * sizeof processes->files[0]);
    if (processes == NULL) abort();
    processes->count = count;
    int are_open = 1;
    for (size_t i = 0; i < count; i++) {
        processes->files[i].stat = open_file(pids[i], "stat");
        processes->files[i].io = open_file(pids[i], "io");
        are_open = are_open && processes->files[i].stat >= 0 && processes->files[i].io >= 0;
    }
    if (are_open) return processes;
    floor_processes_close(processes);
    return NULL;
}

void floor_processes_close(floor_processes *processes) {
    for (size_t i = 0; i < processes->count; i++) {
        close(processes->files[i].stat);
        close(processes->files[i].io);
    }
    free(processes);
}

static inline const char *number(const char *at, uint64_t *value) {
    uint64_t sum = 0;
    while (*at == ' ') at++;
    while ((unsigned)(*at - '0') <= 9) sum = sum * 10 + (uint64_t)(*at++ - '0');
    *value = sum;
    return at;
}

static inline const char *skip(const char *at, int fields) {
    while (fields-- > 0) {
        at++;
        while (*at != ' ' && *at != 0) at++;
    }
    return at;
}

int floor_processes_read(const floor_processes *processes, floor_counters *sum) {
    memset(sum, 0, sizeof *sum);
    char text[4096];
    for (size_t i = 0; i < processes->count; i++) {
        ssize_t length = pread(processes->files[i].stat, text, sizeof text - 1, 0);
        if (length <= 0) return 0;
        text[length] = 0;
        const char *at = memrchr(text, ')', (size_t)length);
        if (at == NULL) return 0;
        uint64_t user, system, start, pages;
        // Behind the name come field 3 and the others.
        at = skip(at + 1, 11);
        at = number(number(at, &user), &system);
        at = number(skip(at, 6), &start);
        number(skip(at, 1), &pages);
        sum->cpu_ticks += user + system;
        sum->start_ticks += start;
        sum->resident_pages += pages;

        length = pread(processes->files[i].io, text, sizeof text - 1, 0);
        if (length <= 0) return 0;
        text[length] = 0;
        uint64_t read, written;
        const char *line = strstr(text, "\nread_bytes:");
        if (line == NULL) return 0;
        line = number(line + 12, &read);
        if (strncmp(line, "\nwrite_bytes:", 13) != 0) return 0;
        number(line + 13, &written);
        sum->read_bytes += read;
        sum->write_bytes += written;
    }
    return 1;
}

static void live(void) {
#if defined(__linux__)
    // Not even a benchmark that is killed leaves any behind.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    for (;;) pause();
}

int32_t floor_start_idle_tree(int32_t *pids, size_t count) {
    int pipes[2];
    if (count == 0 || pipe(pipes) != 0) return -1;
    pid_t root = fork();
    if (root == 0) {
        close(pipes[0]);
        for (size_t i = 1; i < count; i++) {
            int32_t child = (int32_t)fork();
            if (child == 0) live();
            if (write(pipes[1], &child, sizeof child) != sizeof child) _exit(1);
        }
        close(pipes[1]);
        live();
    }
    close(pipes[1]);
    size_t known = 1;
    pids[0] = (int32_t)root;
    while (root > 0 && known < count && read(pipes[0], &pids[known], 4) == 4 && pids[known] > 0)
        known++;
    close(pipes[0]);
    return known == count ? (int32_t)root : -1;
}
