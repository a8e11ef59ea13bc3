#define _GNU_SOURCE
#include "cplatform_reader.h"

#include "cplatform_private_pipe.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__APPLE__)
#include <crt_externs.h>
#define environ (*_NSGetEnviron())
#endif

#if defined(__APPLE__)
// Not built by the authors' machines: of the standard streams, two must be named to stay open.
#define FLAGS (POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_CLOEXEC_DEFAULT)
#else
#define FLAGS POSIX_SPAWN_SETSIGDEF
#endif

// This process's environment and `variable`; the array alone is the caller's to free.
static char **environment_with(char *variable) {
    size_t count = 0;
    while (environ != NULL && environ[count] != NULL) count++;
    char **variables = calloc(count + 2, sizeof(char *));
    if (variables == NULL) return NULL;
    if (count > 0) memcpy(variables, environ, count * sizeof(char *));
    variables[count] = variable;
    return variables;
}

// Beyond its three, the program has no descriptor, also none that this process was started with.
static int close_others(posix_spawn_file_actions_t *actions) {
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 34)
    return posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
#else
    return 0; // ours are closed by exec anyway; on macOS the flag below closes all others
#endif
}

static int spawn(char *const arguments[], char **variables, int standard_input, pid_t *pid) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int error = posix_spawn_file_actions_init(&actions);
    if (error != 0) return error;
    error = posix_spawnattr_init(&attributes);
    if (error != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return error;
    }
    sigset_t usual;
    sigemptyset(&usual);
    sigaddset(&usual, SIGINT);
    sigaddset(&usual, SIGQUIT);
    sigaddset(&usual, SIGPIPE);
    error = posix_spawn_file_actions_adddup2(&actions, standard_input, STDIN_FILENO);
#if defined(__APPLE__)
    if (error == 0) error = posix_spawn_file_actions_addinherit_np(&actions, STDOUT_FILENO);
    if (error == 0) error = posix_spawn_file_actions_addinherit_np(&actions, STDERR_FILENO);
#endif
    if (error == 0) error = posix_spawnattr_setsigdefault(&attributes, &usual);
    if (error == 0) error = close_others(&actions);
    if (error == 0) error = posix_spawnattr_setflags(&attributes, FLAGS);
    if (error == 0) {
        error = posix_spawnp(pid, arguments[0], &actions, &attributes, arguments, variables);
    }
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

int cplatform_spawn_reader(char *const arguments[], char *variable, pid_t *pid, int *input) {
    char **variables = environment_with(variable);
    if (variables == NULL) return errno;
    int ends[2];
    int error = cplatform_private_pipe(ends);
    if (error == 0) {
        error = spawn(arguments, variables, ends[0], pid);
        close(ends[0]);
        if (error == 0) {
            *input = ends[1];
        } else {
            close(ends[1]);
        }
    }
    free(variables);
    return error;
}
