#!/bin/sh
# release.sh COMMAND FILE: copies the built command to FILE without its symbols, and says how large it is and
# what it needs; fails if that is more than libsqlite3 and the C library.
set -eu

command=$1 file=$2
strip -o "$file" "$command"
size=$(wc -c < "$file" | tr -d ' ')
echo "$file: $size bytes"
if [ "$(uname -s)" = Linux ]; then
    needed=$(objdump -p "$file" | sed -n 's/^ *NEEDED *//p')
    printf 'it needs %s\n' "$(echo "$needed" | tr '\n' ' ')"
    # libm, libdl and libpthread are libraries of libc, in it or beside it.
    others=$(echo "$needed" |
        grep -Ev '^(libsqlite3|libc|libm|libdl|libpthread|libc\.musl-.*|ld-linux.*)\.so(\.[0-9]+)?$' || true)
    if [ -n "$others" ]; then
        echo "it should need libsqlite3 and libc only, and needs $others" >&2
        exit 1
    fi
fi
"$file" --version
