// Executing a command without leaving it our memory as its peak.
#ifndef CPLATFORM_LEAN_EXEC_H
#define CPLATFORM_LEAN_EXEC_H

#include <stddef.h>

// What a forked child needs to exec, in one mapping of its own.
typedef struct cplatform_lean_exec_plan cplatform_lean_exec_plan;

// Copies `arguments` (with the paths of PATH at which arguments[0] may be) and the environment, and
// lists what the child can do without. NULL and errno if there is no memory for it.
cplatform_lean_exec_plan *cplatform_lean_exec_prepare(char *const arguments[]);

// Gives the plan's memory back.
void cplatform_lean_exec_discard(cplatform_lean_exec_plan *plan);

// In the forked child: executes the plan as execvp(3) would. If that fails, writes the errno to
// `report` and exits with 127 (there is no such command) or 126.
_Noreturn void cplatform_lean_exec(const cplatform_lean_exec_plan *plan, int report);

#endif
