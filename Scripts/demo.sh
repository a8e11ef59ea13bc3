#!/bin/sh
# Runs three real workloads side by side under `varve run`, and asks what became of them.
#
#   Scripts/demo.sh VARVE DIRECTORY
set -eu

varve=$1
directory=$2
rm -rf "$directory"
mkdir -p "$directory/work"
export VARVE_DB="$directory/history.db"
export VARVE_REGISTRY="/varve-demo-$$"
if [ -d /dev/shm ]; then
    trap 'rm -f "/dev/shm$VARVE_REGISTRY"' EXIT
fi

step() {
    printf '\n$ varve %s\n' "$*"
    "$varve" "$@"
}

record() {
    name=$1
    shift
    "$varve" run --name "$name" --label demo=yes --interval 200ms --row-interval 1s -- "$@" || true
}

printf 'Three workloads run side by side for about six seconds.\n\n'
cd "$directory/work"

# Computes and writes files, and succeeds.
record build sh -c '
    for part in 1 2 3 4 5; do
        head -c 120000000 /dev/zero | cksum >sum.$part
        head -c 20000000 /dev/zero >part.$part
        sync part.$part 2>/dev/null || sync
    done' &

# Grows memory (tail keeps everything it is sent), and exits 3.
record leak sh -c '
    for piece in 1 2 3 4 5 6 7 8 9 10; do
        head -c 20000000 /dev/zero
        sleep 0.4
    done | tail -c 300000000 >/dev/null
    exit 3' &

# Idles until it is killed from outside.
record victim sleep 60 &

sleep 4
step ps
pid=$("$varve" ps --format csv | awk -F, '
    NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
    $column["sandbox"] == "victim" { print $column["pid"] }')
printf '\n$ kill -KILL %s\n' "$pid"
kill -KILL "$pid"
wait

step query runs
step query lifecycle victim
step query series leak --metric cpu,memory
step why leak
printf '\nThe catalog is an ordinary SQLite file: %s\n' "$VARVE_DB"
printf 'Ask it yourself: VARVE_DB=%s %s query runs --format json\n' "$VARVE_DB" "$varve"
