#!/bin/sh
# setup-archives.sh FOLDER: puts the archive of the C++ runtime where a linker that looks there first finds
# it before the shared one. Without the archive nothing is put there, and the command needs the shared one.
set -eu

[ "$(uname -s)" = Linux ] || exit 0
archive=$( (clang -print-file-name=libstdc++.a || cc -print-file-name=libstdc++.a) 2>/dev/null || true)
mkdir -p "$1"
if [ -f "$archive" ]; then
    ln -sf "$archive" "$1/libstdc++.a"
else
    rm -f "$1/libstdc++.a"
fi
