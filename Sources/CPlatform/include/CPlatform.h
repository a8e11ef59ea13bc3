// The few C calls that Swift cannot import. One header a concept.
#include "cplatform_shared_memory.h"
#include "cplatform_process.h"
#include "cplatform_spawn.h"
#include "cplatform_watch.h"
#include "cplatform_notify.h"
#include "cplatform_reader.h"
#include "cplatform_arguments.h"
