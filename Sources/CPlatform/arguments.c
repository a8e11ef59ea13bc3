#include "cplatform_arguments.h"

#include <stddef.h>
// Says whether the C library is glibc.
#include <stdlib.h>

static int argument_count = -1;
static char **argument_values;

#if defined(__linux__) && defined(__GLIBC__)
// glibc gives a constructor what it gives main; others give it nothing.
__attribute__((constructor)) static void keep_arguments(int count, char **values) {
    argument_count = count;
    argument_values = values;
}
#endif

int32_t cplatform_argument_count(void) { return argument_count; }

const char *cplatform_argument(int32_t index) {
    return index >= 0 && index < argument_count ? argument_values[index] : NULL;
}
