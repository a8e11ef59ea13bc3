// A datagram to a Unix socket: its address is a union that Swift sees as bytes only.
#ifndef CPLATFORM_NOTIFY_H
#define CPLATFORM_NOTIFY_H

#include <stddef.h>
#include <stdint.h>

// Sends `message` to the socket called `name`: a path, or, with an @ in front, an abstract name as
// Linux has it. Never waits. Returns 0, or an errno.
int cplatform_send_datagram(
    const uint8_t *_Nonnull name, size_t name_length, const uint8_t *_Nonnull message,
    size_t message_length);

#endif
