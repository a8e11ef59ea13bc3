// The kernel's peak of a process (ru_maxrss of wait4) survives exec: it begins with what the process
// held when it called exec (fs/exec.c, setmax_mm_hiwater_rss). For a child forked from a program of
// some megabytes that is those megabytes, and every small command would seem to need them. So the child
// gives back what was copied for it, resets its high-water mark, and only then executes the command.
//
// After giving memory back it may touch no variable but its stack and its plan, and call nothing in a
// library: the tables through which such calls go are part of what was given back. Hence the bare
// system calls.
#define _GNU_SOURCE
#include "cplatform_lean_exec.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

extern char **environ;

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__)) && \
    !__has_feature(thread_sanitizer) && !__has_feature(address_sanitizer)
#define IS_LEAN 1
#include <sys/syscall.h>
#else
#define IS_LEAN 0
#endif

enum { REGION_LIMIT = 512 };

struct region {
    uintptr_t start;
    size_t length;
};

struct cplatform_lean_exec_plan {
    size_t size; // of the whole mapping
    char **arguments;
    char **environment;
    char **paths; // to try in order, NULL at the end
    // What /bin/sh gets for a file that has no format of its own: itself, the file, the arguments.
    char **script_arguments;
    size_t region_count;
    struct region regions[REGION_LIMIT];
};

// Room in the plan's mapping, handed out from its start.
struct room {
    char *next;
};

static void *take(struct room *room, size_t size) {
    void *taken = room->next;
    room->next += (size + 15) & ~(size_t)15;
    return taken;
}

static size_t list_size(char *const list[]) {
    size_t size = 16;
    for (size_t i = 0; list[i] != NULL; i++) size += strlen(list[i]) + 1 + 15 + sizeof(char *);
    return size + sizeof(char *) + 15;
}

static char **copy_list(struct room *room, char *const list[]) {
    size_t count = 0;
    while (list[count] != NULL) count++;
    char **copy = take(room, (count + 1) * sizeof(char *));
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(list[i]) + 1;
        copy[i] = memcpy(take(room, length), list[i], length);
    }
    copy[count] = NULL;
    return copy;
}

// Where `name` may be: as it stands with a slash in it, else below each folder of PATH, as execvp(3)
// looks.
static char **list_paths(struct room *room, const char *name, const char *search, size_t limit) {
    char **paths = take(room, (limit + 1) * sizeof(char *));
    size_t count = 0;
    if (strchr(name, '/') != NULL || *name == '\0') {
        paths[count++] = strcpy(take(room, strlen(name) + 1), name);
    } else {
        for (const char *folder = search; count < limit;) {
            size_t length = strcspn(folder, ":");
            char *path = take(room, length + strlen(name) + 2);
            memcpy(path, folder, length);
            // An empty folder is the current one.
            strcpy(path + length, length == 0 ? "" : "/");
            strcat(path, name);
            paths[count++] = path;
            if (folder[length] == '\0') break;
            folder += length + 1;
        }
    }
    paths[count] = NULL;
    return paths;
}

// The list that runs a file as a shell script; the file's place is filled once it is known.
static char **list_script_arguments(struct room *room, char **arguments) {
    static char shell[] = "/bin/sh";
    size_t count = 0;
    while (arguments[count] != NULL) count++;
    char **list = take(room, (count + 2) * sizeof(char *));
    list[0] = strcpy(take(room, sizeof shell), shell);
    list[1] = NULL;
    for (size_t i = 1; i <= count; i++) list[i + 1] = arguments[i];
    return list;
}

#if IS_LEAN
static void add_region(cplatform_lean_exec_plan *plan, uintptr_t start, uintptr_t end) {
    if (start >= end || plan->region_count >= REGION_LIMIT) return;
    plan->regions[plan->region_count++] = (struct region){.start = start, .length = end - start};
}

// Lists the private mappings that hold data: all but the stack, the kernel's own, and the plan.
static void list_regions(cplatform_lean_exec_plan *plan) {
    FILE *maps = fopen("/proc/self/maps", "re");
    if (maps == NULL) return;
    char line[PATH_MAX + 128];
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t plan_start = (uintptr_t)plan;
    uintptr_t plan_end = (plan_start + plan->size + page - 1) & ~(page - 1);
    while (plan->region_count < REGION_LIMIT && fgets(line, sizeof line, maps) != NULL) {
        unsigned long start, end;
        char access[5];
        int name = 0;
        if (sscanf(line, "%lx-%lx %4s %*s %*s %*s %n", &start, &end, access, &name) < 3) continue;
        if (access[3] != 'p' || access[2] == 'x' || strncmp(line + name, "[stack", 6) == 0 ||
            strncmp(line + name, "[v", 2) == 0) {
            continue;
        }
        // The stack of a thread that is not the first one has no name.
        if ((unsigned long)line >= start && (unsigned long)line < end) continue;
        // The kernel shows the plan together with what happens to lie beside it.
        if (start <= plan_start && plan_start < end) {
            add_region(plan, start, plan_start);
            add_region(plan, plan_end, end);
        } else {
            add_region(plan, start, end);
        }
    }
    fclose(maps);
}

__attribute__((always_inline)) static inline long bare(long number, long a, long b, long c) {
#if defined(__x86_64__)
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c)
                     : "rcx", "r11", "memory");
    return result;
#else
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
    return x0;
#endif
}

__attribute__((always_inline)) static inline long bare_openat(const char *path, int flags) {
#if defined(__x86_64__)
    return bare(SYS_open, (long)path, flags, 0);
#else
    return bare(SYS_openat, AT_FDCWD, (long)path, flags);
#endif
}
#endif

cplatform_lean_exec_plan *cplatform_lean_exec_prepare(char *const arguments[]) {
    const char *search = getenv("PATH");
    if (search == NULL) search = "/usr/local/bin:/bin:/usr/bin"; // as glibc: no PATH at all
    size_t folders = 1;
    for (const char *c = search; *c != '\0'; c++) folders += *c == ':';
    size_t size = sizeof(cplatform_lean_exec_plan) + 2 * list_size(arguments) +
                  list_size(environ) + 64 +
                  (folders + 2) * (sizeof(char *) + strlen(arguments[0]) + 32) + strlen(search) + 64;
    cplatform_lean_exec_plan *plan =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (plan == MAP_FAILED) return NULL;
    struct room room = {.next = (char *)(plan + 1)};
    plan->size = size;
    plan->arguments = copy_list(&room, arguments);
    plan->environment = copy_list(&room, environ);
    plan->script_arguments = list_script_arguments(&room, plan->arguments);
    plan->paths = list_paths(&room, arguments[0], search, folders);
#if IS_LEAN
    list_regions(plan);
#endif
    return plan;
}

void cplatform_lean_exec_discard(cplatform_lean_exec_plan *plan) { munmap(plan, plan->size); }

#if IS_LEAN
__attribute__((noinline, no_stack_protector, noreturn)) void cplatform_lean_exec(
    const cplatform_lean_exec_plan *plan, int report) {
    for (size_t i = 0; i < plan->region_count; i++) {
        bare(SYS_madvise, (long)plan->regions[i].start, (long)plan->regions[i].length, MADV_DONTNEED);
    }
    // "5" resets the peak resident set size, proc_pid_clear_refs(5). A kernel that cannot leaves it.
    char five = '5';
    long file = bare_openat("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    if (file >= 0) {
        bare(SYS_write, file, (long)&five, 1);
        bare(SYS_close, file, 0, 0);
    }
    int error = ENOENT;
    for (size_t i = 0; plan->paths[i] != NULL; i++) {
        long result = -bare(
            SYS_execve, (long)plan->paths[i], (long)plan->arguments, (long)plan->environment);
        if (result == ENOEXEC) {
            plan->script_arguments[1] = plan->paths[i];
            bare(SYS_execve, (long)plan->script_arguments[0], (long)plan->script_arguments,
                 (long)plan->environment);
        }
        // As execvp(3): a file that may not be executed is remembered, what is not there passed over.
        if (result == EACCES) {
            error = EACCES;
        } else if (result != ENOENT && result != ENOTDIR && result != ENODEV && result != ETIMEDOUT &&
                   result != ESTALE) {
            error = (int)result;
            break;
        }
    }
    while (bare(SYS_write, report, (long)&error, sizeof error) == -EINTR) {
    }
    bare(SYS_exit_group, error == ENOENT ? 127 : 126, 0, 0);
    __builtin_trap();
}
#else
void cplatform_lean_exec(const cplatform_lean_exec_plan *plan, int report) {
    int error = ENOENT;
    for (size_t i = 0; plan->paths[i] != NULL; i++) {
        execve(plan->paths[i], plan->arguments, plan->environment);
        int reason = errno;
        if (reason == ENOEXEC) {
            plan->script_arguments[1] = plan->paths[i];
            execve(plan->script_arguments[0], plan->script_arguments, plan->environment);
        }
        if (reason == EACCES) {
            error = EACCES;
        } else if (reason != ENOENT && reason != ENOTDIR) {
            error = reason;
            break;
        }
    }
    while (write(report, &error, sizeof error) < 0 && errno == EINTR) {
    }
    _exit(error == ENOENT ? 127 : 126);
}
#endif
