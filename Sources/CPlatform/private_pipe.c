#define _GNU_SOURCE
#include "cplatform_private_pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

// Where the program was started with one of 0 to 2 closed, a new descriptor would land there: then
// what is printed to stderr would go to whoever reads the pipe.
static int above_standard_streams(int *descriptor) {
    if (*descriptor > 2) return 0;
    int moved = fcntl(*descriptor, F_DUPFD_CLOEXEC, 3);
    int error = errno;
    close(*descriptor);
    *descriptor = moved;
    return moved >= 0 ? 0 : error;
}

void cplatform_close_both(const int ends[2]) {
    for (int i = 0; i < 2; i++) {
        if (ends[i] >= 0) close(ends[i]);
    }
}

// A pipe whose ends a command never inherits.
int cplatform_private_pipe(int ends[2]) {
#if defined(__linux__)
    if (pipe2(ends, O_CLOEXEC) != 0) return errno;
#else
    if (pipe(ends) != 0) return errno;
    for (int i = 0; i < 2; i++) fcntl(ends[i], F_SETFD, FD_CLOEXEC);
#endif
    for (int i = 0; i < 2; i++) {
        int error = above_standard_streams(&ends[i]);
        if (error == 0) continue;
        cplatform_close_both(ends);
        return error;
    }
    return 0;
}
