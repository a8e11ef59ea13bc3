// SOCK_CLOEXEC is a GNU extension to some C libraries.
#define _GNU_SOURCE
#include "cplatform_notify.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

int cplatform_send_datagram(
    const uint8_t *name, size_t name_length, const uint8_t *message, size_t message_length) {
    struct sockaddr_un address;
    memset(&address, 0, sizeof address);
    address.sun_family = AF_UNIX;
    // One byte stays for the zero that ends a path.
    if (name_length < 2 || name_length >= sizeof address.sun_path) return ENAMETOOLONG;
    memcpy(address.sun_path, name, name_length);
    socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + name_length);
    if (name[0] == '@') {
        address.sun_path[0] = 0;
    } else {
        length += 1;
    }
#if defined(SOCK_CLOEXEC)
    int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return errno;
#else
    int descriptor = socket(AF_UNIX, SOCK_DGRAM, 0);
    if (descriptor < 0) return errno;
    fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    fcntl(descriptor, F_SETFL, O_NONBLOCK);
#endif
    ssize_t sent = sendto(
        descriptor, message, message_length, MSG_DONTWAIT | MSG_NOSIGNAL,
        (const struct sockaddr *)&address, length);
    int error = sent < 0 ? errno : 0;
    close(descriptor);
    return error;
}
