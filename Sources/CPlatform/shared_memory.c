#include "cplatform_shared_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int cplatform_shm_open(const char *name, int flags, mode_t mode) {
    int descriptor;
    do {
        descriptor = shm_open(name, flags, mode);
    } while (descriptor < 0 && errno == EINTR);
    return descriptor;
}

int cplatform_shm_allocate(int descriptor, int64_t size) {
    int result;
    do {
        result = ftruncate(descriptor, (off_t)size) == 0 ? 0 : errno;
    } while (result == EINTR);
    if (result != 0) return result;
#ifdef __linux__
    do {
        result = posix_fallocate(descriptor, 0, (off_t)size);
    } while (result == EINTR);
    // A file system without the call leaves a sparse object, which is what the format asks for.
    if (result == EOPNOTSUPP || result == EINVAL || result == ENOSYS) result = 0;
#endif
    return result;
}

void *cplatform_map_shared(int descriptor, size_t length, bool writable) {
    int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
    void *address = mmap(NULL, length, protection, MAP_SHARED, descriptor, 0);
    return address == MAP_FAILED ? NULL : address;
}

bool cplatform_process_is_gone(pid_t pid) {
    return kill(pid, 0) != 0 && errno == ESRCH;
}
