#ifndef VARVE_LIB_FUZZER_H
#define VARVE_LIB_FUZZER_H

#include <stddef.h>
#include <stdint.h>

/// Runs libFuzzer with the arguments of a command line; it hands bytes to `body` until its limits are
/// reached, or ends the process at the first that break something. See LLVM's libFuzzer.rst, "Using
/// libFuzzer as a library".
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*body)(const uint8_t *data, size_t size));

#endif
