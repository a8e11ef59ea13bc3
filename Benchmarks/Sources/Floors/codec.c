#include "floors.h"

size_t floor_varint_encode(const int64_t *values, size_t count, uint8_t *out) {
    uint8_t *next = out;
    int64_t before = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t delta = (int64_t)((uint64_t)values[i] - (uint64_t)before);
        before = values[i];
        uint64_t zigzag = ((uint64_t)delta << 1) ^ (uint64_t)(delta >> 63);
        while (zigzag >= 0x80) {
            *next++ = (uint8_t)zigzag | 0x80;
            zigzag >>= 7;
        }
        *next++ = (uint8_t)zigzag;
    }
    return (size_t)(next - out);
}

size_t floor_varint_decode(const uint8_t *bytes, size_t count, int64_t *out) {
    const uint8_t *next = bytes;
    uint64_t value = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t zigzag = 0;
        for (int shift = 0;; shift += 7) {
            uint8_t byte = *next++;
            zigzag |= (uint64_t)(byte & 0x7f) << shift;
            if (byte < 0x80) break;
        }
        value += (zigzag >> 1) ^ (0 - (zigzag & 1));
        out[i] = (int64_t)value;
    }
    return (size_t)(next - bytes);
}
