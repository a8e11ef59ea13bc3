#ifndef VARVE_FAULTY_DISK_H
#define VARVE_FAULTY_DISK_H

#include <stdint.h>

// A file system of SQLite's (a VFS) for tests: SQLite's own, whose calls fail where a test says so, and
// tell what they did. Every disk is a VFS with a name of its own, so that tests side by side have theirs.

typedef enum faulty_disk_call {
    FAULTY_DISK_OPEN,
    FAULTY_DISK_READ,
    FAULTY_DISK_WRITE,
    FAULTY_DISK_TRUNCATE,
    FAULTY_DISK_SYNC,
    FAULTY_DISK_DELETE,
    FAULTY_DISK_ACCESS,
    FAULTY_DISK_FILE_SIZE,
    // Of the database's file; and in the index of its log.
    FAULTY_DISK_LOCK,
    FAULTY_DISK_SHARED_LOCK,
    FAULTY_DISK_SHARED_MAP,
    FAULTY_DISK_CALL_COUNT
} faulty_disk_call;

// What has been done to a file; calls that failed did nothing.
typedef enum faulty_disk_change {
    // Opened, and not there before.
    FAULTY_DISK_CREATED,
    FAULTY_DISK_WROTE,
    FAULTY_DISK_TRUNCATED,
    FAULTY_DISK_SYNCED,
    FAULTY_DISK_DELETED
} faulty_disk_change;

// Told of every change; `bytes` are there during the call only. `offset` is the new size after a
// truncation. `syncs_directory`: the directory is on the disk now, too.
typedef void (*faulty_disk_observer)(
    void *context, faulty_disk_change change, const char *path, int64_t offset, const void *bytes,
    int64_t count, int syncs_directory);

typedef struct faulty_disk faulty_disk;

// Registers a disk; NULL if there is no memory. The name is copied.
faulty_disk *faulty_disk_create(const char *name);
// No connection may use it any more.
void faulty_disk_destroy(faulty_disk *disk);

// Lets the nth of the following calls of this kind fail with SQLite's `code`, or with `system_error` as
// the reason behind it; where it is `lasting`, all that come later too. A disk that is full takes the
// first half of what is written. SQLITE_IOERR_SHORT_READ lets the system give half of what is read, and
// the rest when it is asked again.
void faulty_disk_fail(
    faulty_disk *disk, faulty_disk_call call, int64_t nth, int code, int system_error, int lasting);
// From now on nothing fails; the counts begin anew.
void faulty_disk_heal(faulty_disk *disk);
// Calls of this kind since the last fault was set, or healed.
int64_t faulty_disk_count(faulty_disk *disk, faulty_disk_call call);
// Calls that have failed since then.
int64_t faulty_disk_failures(faulty_disk *disk);
// NULL ends it.
void faulty_disk_observe(faulty_disk *disk, faulty_disk_observer observer, void *context);

#endif
