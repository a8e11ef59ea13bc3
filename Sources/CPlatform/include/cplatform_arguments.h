// The program's own arguments. Swift's CommandLine reads /proc/self/cmdline on Linux, and has none where
// /proc is not mounted.
#ifndef CPLATFORM_ARGUMENTS_H
#define CPLATFORM_ARGUMENTS_H

#include <stdint.h>

/// How many there are, the program's name among them; -1 if this system does not tell them so.
int32_t cplatform_argument_count(void);

/// The argument `index`, from 0 to one less than the count, ended by a zero; it lives as long as the
/// process.
const char *cplatform_argument(int32_t index);

#endif
