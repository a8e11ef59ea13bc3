// Pipes to programs that this one starts.
#ifndef CPLATFORM_PRIVATE_PIPE_H
#define CPLATFORM_PRIVATE_PIPE_H

// Makes a pipe whose ends a command never inherits, and which are none of the standard streams. Returns
// 0, or an errno.
int cplatform_private_pipe(int ends[2]);

// Closes those of the two that are open (not negative).
void cplatform_close_both(const int ends[2]);

#endif
