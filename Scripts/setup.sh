#!/bin/sh
# Installs what varve needs beside the Swift toolchain: SQLite's library and header (3.40 or later).
set -eu

say() { printf '%s\n' "$*" >&2; }

if ! command -v swift >/dev/null 2>&1; then
    say "varve: no Swift toolchain found: install Swift 6.2 or later from https://www.swift.org/install"
    exit 1
fi

case "$(uname -s)" in
Linux)
    # The compiler looks where a program that includes the header would.
    if printf '#include <sqlite3.h>\n' | clang -E -x c - >/dev/null 2>&1 ||
        [ -e /usr/include/sqlite3.h ]; then
        exit 0
    fi
    if ! command -v apt-get >/dev/null 2>&1; then
        say "varve: install SQLite's development files (sqlite3.h, libsqlite3) with your package manager"
        exit 1
    fi
    sudo=""
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null 2>&1; then
            say "varve: as root, run: apt-get update && apt-get install -y libsqlite3-dev"
            exit 1
        fi
        sudo="sudo"
    fi
    say "varve: installing libsqlite3-dev"
    $sudo apt-get update -qq >&2
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq libsqlite3-dev >&2
    ;;
Darwin)
    # Not tried on macOS by the authors.
    if ! command -v brew >/dev/null 2>&1; then
        say "varve: install Homebrew (https://brew.sh), or SQLite's development files in another way"
        exit 1
    fi
    brew list sqlite >/dev/null 2>&1 || brew install sqlite >&2
    brew list pkg-config >/dev/null 2>&1 || brew list pkgconf >/dev/null 2>&1 ||
        brew install pkgconf >&2
    ;;
*)
    say "varve: $(uname -s) is not supported"
    exit 1
    ;;
esac
