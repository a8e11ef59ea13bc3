#include "faulty_disk.h"

#include <errno.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

struct faulty_disk {
    sqlite3_vfs vfs; // first, so that one is the other
    sqlite3_vfs *base;
    char *name;
    pthread_mutex_t lock;
    int64_t counts[FAULTY_DISK_CALL_COUNT];
    int64_t failures;
    faulty_disk_call failing;
    int64_t nth; // 0: nothing fails
    int code;
    int system_error;
    int lasting;
    int last_error;
    faulty_disk_observer observer;
    void *context;
};

typedef struct faulty_file {
    sqlite3_file base; // first, as SQLite demands
    faulty_disk *disk;
    const char *path; // SQLite's, as long as the file is open; NULL for a file without a name
    int is_new_journal; // its name is not on the disk before its first sync
    sqlite3_file *real; // follows in the same memory
} faulty_file;

// SQLITE_OK, or the code that this call is to fail with.
static int decide(faulty_disk *disk, faulty_disk_call call) {
    int code = SQLITE_OK;
    pthread_mutex_lock(&disk->lock);
    int64_t count = ++disk->counts[call];
    if (disk->nth > 0 && call == disk->failing
        && (count == disk->nth || (disk->lasting && count > disk->nth))) {
        disk->failures += 1;
        disk->last_error = disk->system_error;
        code = disk->code;
    }
    pthread_mutex_unlock(&disk->lock);
    return code;
}

static void tell(
    faulty_disk *disk, faulty_disk_change change, const char *path, int64_t offset,
    const void *bytes, int64_t count, int syncs_directory) {
    if (path == NULL) return;
    pthread_mutex_lock(&disk->lock);
    if (disk->observer != NULL) {
        disk->observer(disk->context, change, path, offset, bytes, count, syncs_directory);
    }
    pthread_mutex_unlock(&disk->lock);
}

static faulty_file *own(sqlite3_file *file) { return (faulty_file *)file; }

// MARK: Short reads

// A read that gives less than was asked for is the system's; SQLite's own file system then goes on reading
// (a short read is the end of the file to those above it, who take what is missing for zeros). So it is
// the system call that is made short, on the thread and for the time of one call of the file.
static _Thread_local int next_read_is_short = 0;

typedef ssize_t (*read_call)(int, void *, size_t);
typedef ssize_t (*pread_call)(int, void *, size_t, off_t);
static read_call system_read;
static pread_call system_pread;
static pread_call system_pread64;

static size_t shortened(size_t count) {
    if (!next_read_is_short || count < 2) return count;
    next_read_is_short = 0;
    return count / 2;
}

static ssize_t short_read(int file, void *bytes, size_t count) {
    return system_read(file, bytes, shortened(count));
}

static ssize_t short_pread(int file, void *bytes, size_t count, off_t offset) {
    return system_pread(file, bytes, shortened(count), offset);
}

static ssize_t short_pread64(int file, void *bytes, size_t count, off_t offset) {
    return system_pread64(file, bytes, shortened(count), offset);
}

static void take_place(
    sqlite3_vfs *base, const char *name, sqlite3_syscall_ptr ours, sqlite3_syscall_ptr *theirs) {
    *theirs = base->xGetSystemCall(base, name);
    // A call that this SQLite does without.
    if (*theirs != NULL) base->xSetSystemCall(base, name, ours);
}

static void shorten_reads(void) {
    sqlite3_vfs *base = sqlite3_vfs_find(NULL);
    if (base == NULL || base->iVersion < 3 || base->xSetSystemCall == NULL) return;
    take_place(
        base, "read", (sqlite3_syscall_ptr)short_read, (sqlite3_syscall_ptr *)&system_read);
    take_place(
        base, "pread", (sqlite3_syscall_ptr)short_pread, (sqlite3_syscall_ptr *)&system_pread);
    take_place(
        base, "pread64", (sqlite3_syscall_ptr)short_pread64,
        (sqlite3_syscall_ptr *)&system_pread64);
}

static pthread_once_t reads_shortened = PTHREAD_ONCE_INIT;

// MARK: Files

static int file_close(sqlite3_file *file) {
    sqlite3_file *real = own(file)->real;
    return real->pMethods->xClose(real);
}

static int file_read(sqlite3_file *file, void *bytes, int count, sqlite3_int64 offset) {
    sqlite3_file *real = own(file)->real;
    int code = decide(own(file)->disk, FAULTY_DISK_READ);
    if (code == SQLITE_IOERR_SHORT_READ) {
        next_read_is_short = 1;
        code = real->pMethods->xRead(real, bytes, count, offset);
        next_read_is_short = 0;
        return code;
    }
    return code != SQLITE_OK ? code : real->pMethods->xRead(real, bytes, count, offset);
}

static int file_write(
    sqlite3_file *file, const void *bytes, int count, sqlite3_int64 offset) {
    faulty_file *mine = own(file);
    int code = decide(mine->disk, FAULTY_DISK_WRITE);
    if (code == SQLITE_FULL && count > 1) {
        // As much as there was room for.
        if (mine->real->pMethods->xWrite(mine->real, bytes, count / 2, offset) == SQLITE_OK) {
            tell(mine->disk, FAULTY_DISK_WROTE, mine->path, offset, bytes, count / 2, 0);
        }
    }
    if (code == SQLITE_OK) code = mine->real->pMethods->xWrite(mine->real, bytes, count, offset);
    if (code == SQLITE_OK) {
        tell(mine->disk, FAULTY_DISK_WROTE, mine->path, offset, bytes, count, 0);
    }
    return code;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size) {
    faulty_file *mine = own(file);
    int code = decide(mine->disk, FAULTY_DISK_TRUNCATE);
    if (code == SQLITE_OK) code = mine->real->pMethods->xTruncate(mine->real, size);
    if (code == SQLITE_OK) tell(mine->disk, FAULTY_DISK_TRUNCATED, mine->path, size, NULL, 0, 0);
    return code;
}

// Nothing is really synced: what would be left after a power cut the observer works out.
static int file_sync(sqlite3_file *file, int flags) {
    (void)flags;
    faulty_file *mine = own(file);
    int code = decide(mine->disk, FAULTY_DISK_SYNC);
    if (code != SQLITE_OK) return code;
    tell(mine->disk, FAULTY_DISK_SYNCED, mine->path, 0, NULL, 0, mine->is_new_journal);
    mine->is_new_journal = 0;
    return SQLITE_OK;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size) {
    sqlite3_file *real = own(file)->real;
    int code = decide(own(file)->disk, FAULTY_DISK_FILE_SIZE);
    return code != SQLITE_OK ? code : real->pMethods->xFileSize(real, size);
}

static int file_lock(sqlite3_file *file, int level) {
    sqlite3_file *real = own(file)->real;
    int code = decide(own(file)->disk, FAULTY_DISK_LOCK);
    return code != SQLITE_OK ? code : real->pMethods->xLock(real, level);
}

static int file_unlock(sqlite3_file *file, int level) {
    sqlite3_file *real = own(file)->real;
    return real->pMethods->xUnlock(real, level);
}

static int file_check_reserved_lock(sqlite3_file *file, int *result) {
    sqlite3_file *real = own(file)->real;
    int code = decide(own(file)->disk, FAULTY_DISK_LOCK);
    return code != SQLITE_OK ? code : real->pMethods->xCheckReservedLock(real, result);
}

static int file_control(sqlite3_file *file, int operation, void *argument) {
    sqlite3_file *real = own(file)->real;
    return real->pMethods->xFileControl(real, operation, argument);
}

static int file_sector_size(sqlite3_file *file) {
    sqlite3_file *real = own(file)->real;
    return real->pMethods->xSectorSize(real);
}

static int file_device_characteristics(sqlite3_file *file) {
    sqlite3_file *real = own(file)->real;
    return real->pMethods->xDeviceCharacteristics(real);
}

static int file_shm_map(
    sqlite3_file *file, int region, int size, int extend, void volatile **mapped) {
    sqlite3_file *real = own(file)->real;
    int code = decide(own(file)->disk, FAULTY_DISK_SHARED_MAP);
    if (code != SQLITE_OK) {
        *mapped = NULL;
        return code;
    }
    return real->pMethods->xShmMap(real, region, size, extend, mapped);
}

// To give a lock back never fails.
static int file_shm_lock(sqlite3_file *file, int offset, int count, int flags) {
    sqlite3_file *real = own(file)->real;
    int code =
        flags & SQLITE_SHM_LOCK ? decide(own(file)->disk, FAULTY_DISK_SHARED_LOCK) : SQLITE_OK;
    return code != SQLITE_OK ? code : real->pMethods->xShmLock(real, offset, count, flags);
}

static void file_shm_barrier(sqlite3_file *file) {
    sqlite3_file *real = own(file)->real;
    real->pMethods->xShmBarrier(real);
}

static int file_shm_unmap(sqlite3_file *file, int deletes) {
    sqlite3_file *real = own(file)->real;
    return real->pMethods->xShmUnmap(real, deletes);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2, // no mapping of the file itself, which varve never asks for
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_reserved_lock,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_device_characteristics,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

// MARK: The file system

static faulty_disk *disk_of(sqlite3_vfs *vfs) { return (faulty_disk *)vfs; }

static int disk_open(
    sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *opened) {
    faulty_disk *disk = disk_of(vfs);
    faulty_file *mine = own(file);
    memset(mine, 0, sizeof *mine);
    int code = decide(disk, FAULTY_DISK_OPEN);
    if (code != SQLITE_OK) return code;
    int is_there = 0;
    if (path != NULL) disk->base->xAccess(disk->base, path, SQLITE_ACCESS_EXISTS, &is_there);
    mine->real = (sqlite3_file *)(mine + 1);
    memset(mine->real, 0, (size_t)disk->base->szOsFile);
    code = disk->base->xOpen(disk->base, path, mine->real, flags, opened);
    if (code != SQLITE_OK) {
        disk->last_error = errno;
        return code;
    }
    mine->base.pMethods = &methods;
    mine->disk = disk;
    mine->path = path;
    // SQLite's own (os_unix.c) syncs the directory with the first sync of such a file.
    int journals = SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL | SQLITE_OPEN_SUPER_JOURNAL;
    mine->is_new_journal = (flags & SQLITE_OPEN_CREATE) && (flags & journals);
    if (!is_there && (flags & SQLITE_OPEN_READWRITE)) {
        tell(disk, FAULTY_DISK_CREATED, path, 0, NULL, 0, 0);
    }
    return SQLITE_OK;
}

static int disk_delete(sqlite3_vfs *vfs, const char *path, int syncs_directory) {
    faulty_disk *disk = disk_of(vfs);
    int code = decide(disk, FAULTY_DISK_DELETE);
    if (code == SQLITE_OK) code = disk->base->xDelete(disk->base, path, 0);
    if (code == SQLITE_OK) {
        tell(disk, FAULTY_DISK_DELETED, path, 0, NULL, 0, syncs_directory);
    }
    return code;
}

static int disk_access(sqlite3_vfs *vfs, const char *path, int flags, int *result) {
    faulty_disk *disk = disk_of(vfs);
    int code = decide(disk, FAULTY_DISK_ACCESS);
    return code != SQLITE_OK ? code : disk->base->xAccess(disk->base, path, flags, result);
}

static int disk_full_pathname(sqlite3_vfs *vfs, const char *path, int count, char *full) {
    sqlite3_vfs *base = disk_of(vfs)->base;
    return base->xFullPathname(base, path, count, full);
}

static int disk_randomness(sqlite3_vfs *vfs, int count, char *bytes) {
    sqlite3_vfs *base = disk_of(vfs)->base;
    return base->xRandomness(base, count, bytes);
}

// Waiting for a lock that a test has taken away would only cost time.
static int disk_sleep(sqlite3_vfs *vfs, int microseconds) {
    (void)vfs;
    return microseconds;
}

static int disk_current_time(sqlite3_vfs *vfs, double *now) {
    sqlite3_vfs *base = disk_of(vfs)->base;
    return base->xCurrentTime(base, now);
}

static int disk_last_error(sqlite3_vfs *vfs, int count, char *text) {
    (void)count;
    (void)text;
    return disk_of(vfs)->last_error;
}

faulty_disk *faulty_disk_create(const char *name) {
    sqlite3_vfs *base = sqlite3_vfs_find(NULL);
    faulty_disk *disk = calloc(1, sizeof *disk);
    char *copy = strdup(name);
    if (base == NULL || disk == NULL || copy == NULL) {
        free(disk);
        free(copy);
        return NULL;
    }
    pthread_once(&reads_shortened, shorten_reads);
    pthread_mutex_init(&disk->lock, NULL);
    disk->base = base;
    disk->name = copy;
    disk->vfs.iVersion = 1;
    disk->vfs.szOsFile = (int)sizeof(faulty_file) + base->szOsFile;
    disk->vfs.mxPathname = base->mxPathname;
    disk->vfs.zName = copy;
    disk->vfs.xOpen = disk_open;
    disk->vfs.xDelete = disk_delete;
    disk->vfs.xAccess = disk_access;
    disk->vfs.xFullPathname = disk_full_pathname;
    disk->vfs.xRandomness = disk_randomness;
    disk->vfs.xSleep = disk_sleep;
    disk->vfs.xCurrentTime = disk_current_time;
    disk->vfs.xGetLastError = disk_last_error;
    sqlite3_vfs_register(&disk->vfs, 0);
    return disk;
}

void faulty_disk_destroy(faulty_disk *disk) {
    sqlite3_vfs_unregister(&disk->vfs);
    pthread_mutex_destroy(&disk->lock);
    free(disk->name);
    free(disk);
}

static void set_fault(
    faulty_disk *disk, faulty_disk_call call, int64_t nth, int code, int system_error,
    int lasting) {
    pthread_mutex_lock(&disk->lock);
    memset(disk->counts, 0, sizeof disk->counts);
    disk->failures = 0;
    disk->failing = call;
    disk->nth = nth;
    disk->code = code;
    disk->system_error = system_error;
    disk->lasting = lasting;
    pthread_mutex_unlock(&disk->lock);
}

void faulty_disk_fail(
    faulty_disk *disk, faulty_disk_call call, int64_t nth, int code, int system_error,
    int lasting) {
    set_fault(disk, call, nth, code, system_error, lasting);
}

void faulty_disk_heal(faulty_disk *disk) {
    set_fault(disk, FAULTY_DISK_OPEN, 0, SQLITE_OK, 0, 0);
}

int64_t faulty_disk_count(faulty_disk *disk, faulty_disk_call call) {
    pthread_mutex_lock(&disk->lock);
    int64_t count = disk->counts[call];
    pthread_mutex_unlock(&disk->lock);
    return count;
}

int64_t faulty_disk_failures(faulty_disk *disk) {
    pthread_mutex_lock(&disk->lock);
    int64_t count = disk->failures;
    pthread_mutex_unlock(&disk->lock);
    return count;
}

void faulty_disk_observe(faulty_disk *disk, faulty_disk_observer observer, void *context) {
    pthread_mutex_lock(&disk->lock);
    disk->observer = observer;
    disk->context = context;
    pthread_mutex_unlock(&disk->lock);
}
