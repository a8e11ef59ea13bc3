#!/bin/sh
# Hammers the slot's seqlock, in C11, on this machine and as an arm64 program under qemu-user, and shows which
# instructions its fences are there. Debian: qemu-user gcc-aarch64-linux-gnu libc6-dev-arm64-cross.
#
#   Scripts/hammer-arm64.sh [SECONDS]
set -eu

cd "$(dirname "$0")/.."
seconds=${1:-10}
floors=Benchmarks/Sources/Floors
build=.build/hammer
mkdir -p "$build"

for tool in cc aarch64-linux-gnu-gcc aarch64-linux-gnu-objdump qemu-aarch64; do
    if ! command -v "$tool" > /dev/null; then
        echo "'$tool' is not there: install qemu-user, gcc-aarch64-linux-gnu, libc6-dev-arm64-cross" >&2
        exit 1
    fi
done

compile() {
    "$1" -std=gnu11 -O2 -Wall -Wextra -pthread -I "$floors/include" -o "$2" \
        Benchmarks/Seqlock/hammer.c "$floors/slot_writer.c" "$floors/registry.c" -lrt
}

compile cc "$build/hammer"
"$build/hammer" "$seconds" 2 2
compile aarch64-linux-gnu-gcc "$build/hammer-arm64"
qemu-aarch64 -L /usr/aarch64-linux-gnu "$build/hammer-arm64" "$seconds" 2 2

# What the fences became: `dmb ish` behind the odd `seq`, `dmb ishld` before the second look at it.
aarch64-linux-gnu-objdump -d "$build/hammer-arm64" > "$build/hammer-arm64.s"
for fence in 'floor_write ish' 'read_slot ishld'; do
    if awk -v name="<${fence% *}>:" '/^[0-9a-f]+ </ { inside = $2 == name } inside' "$build/hammer-arm64.s" |
        grep -Eq "dmb[[:space:]]+${fence#* }\$"; then
        echo "${fence% *} has its dmb ${fence#* }"
    else
        echo "${fence% *} has no dmb ${fence#* }" >&2
        exit 1
    fi
done
