// Dies of a real fault, for the tests: a signal that a shell sends itself says nothing of how the kernel
// reports a fault of the program.
//
//   Victim segv|abort LIMIT [DIRECTORY]
//
// LIMIT is how large its core dump may be, in bytes; DIRECTORY is where it dies.

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

int main(int count, char **arguments) {
    if (count < 3 || count > 4) return 64;
    if (count == 4 && chdir(arguments[3]) != 0) return 66;
    struct rlimit limit;
    if (getrlimit(RLIMIT_CORE, &limit) != 0) return 70;
    rlim_t wanted = strtoull(arguments[2], NULL, 10);
    if (limit.rlim_max != RLIM_INFINITY && wanted > limit.rlim_max) wanted = limit.rlim_max;
    limit.rlim_cur = wanted;
    if (setrlimit(RLIMIT_CORE, &limit) != 0) return 70;
    // Neither a sanitizer's handlers nor inherited ones.
    signal(SIGSEGV, SIG_DFL);
    signal(SIGABRT, SIG_DFL);
    fprintf(stderr, "about to die of %s\n", arguments[1]);
    if (strcmp(arguments[1], "segv") == 0) {
        volatile uintptr_t nowhere = 0;
        *(volatile int *)nowhere = 1;
    } else if (strcmp(arguments[1], "abort") == 0) {
        abort();
    }
    return 64;
}
