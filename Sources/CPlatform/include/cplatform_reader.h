// Starting a program that reads what this one writes, such as a pager.
#ifndef CPLATFORM_READER_H
#define CPLATFORM_READER_H

#include <sys/types.h>

// Starts `arguments[0]`, looked up in PATH, with a new pipe as its standard input; `*input` is the end
// to write to. It has this process's environment and `variable` ("NAME=value") if that is not NULL, and
// the usual dispositions of SIGINT, SIGQUIT and SIGPIPE. Returns 0, or an errno: ENOENT if there is no
// such program.
int cplatform_spawn_reader(
    char *const _Nullable arguments[_Nonnull], char *_Nullable variable, pid_t *_Nonnull pid,
    int *_Nonnull input);

#endif
