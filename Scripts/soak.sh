#!/usr/bin/env bash
# Lets runs come and go under one recorder for a long time, and looks whether anything of it grows.
#
#   Scripts/soak.sh VARVE DIRECTORY
#
# SOAK_SECONDS says for how long (an hour). What is compared is the median of the first and that of the
# last third of all measurements, without those of a warm-up; it fails beyond the bounds below. Sealing
# and forgetting are at work meanwhile: detail is kept for 20 s, summaries for 40.
set -euo pipefail

varve=$1
directory=$2
seconds=${SOAK_SECONDS:-3600}

# How much the median may grow, whatever the length.
rss_limit_kib=1024
# SQLite fills its page cache up to 2 MB in the first minutes, which is no growth that goes on.
[ "$seconds" -ge 900 ] || rss_limit_kib=2048
descriptor_limit=4
mapping_limit=4
thread_limit=1
# Runs and what happened to them are kept for ever: so much of the file for each.
file_limit_per_run=1536
# Never more: what SQLite lets its log grow to, and as much again for what one transaction adds.
log_limit=$((8 * 1024 * 1024))

[ -d /proc/self/fd ] || { echo 'soak: /proc is needed, to look at the recorder' >&2; exit 2; }
[ "$seconds" -ge 60 ] || { echo 'soak: SOAK_SECONDS must be 60 or more' >&2; exit 2; }
rm -rf "$directory"
mkdir -p "$directory"
directory=$(cd "$directory" && pwd)
export VARVE_DB="$directory/history.db"
export VARVE_REGISTRY="/varve-soak-$$"
measurements="$directory/measurements"
log="$directory/recorder.log"
ended=

finish() {
    touch "$directory/stop"
    [ -n "$ended" ] || kill "$recorder" 2>/dev/null || true
    wait || true
    rm -f "/dev/shm$VARVE_REGISTRY"
}
trap finish EXIT

"$varve" record --poll 200ms --interval 2s --keep 10s --keep-detail 20s --keep-summaries 40s \
    2>"$log" &
recorder=$!
for _ in $(seq 100); do
    grep -q '^varve: recording ' "$log" && break
    sleep 0.1
done

# One after the other: mostly ends of their own, and now and then a supervisor that is killed.
short_lane() {
    local number=0 code killed
    while ! [ -e "$directory/stop" ]; do
        number=$((number + 1))
        echo >>"$directory/launched.$1"
        if [ $((number % 25)) = 0 ]; then
            echo >>"$directory/killed.$1"
            "$varve" run --quiet --name "killed-$1" --interval 50ms -- sleep 0.6 &
            killed=$!
            sleep 0.3
            kill -KILL "$killed"
            wait "$killed" 2>/dev/null || true
            continue
        fi
        code=0
        "$varve" run --quiet --name "short-$1" --label "lane=$1" --interval 50ms -- \
            sh -c "sleep 0.$((RANDOM % 5)); exit $((number % 3))" || code=$?
        [ "$code" = $((number % 3)) ] || echo "ended with $code" >>"$directory/wrong"
    done
}

long_lane() {
    while ! [ -e "$directory/stop" ]; do
        echo >>"$directory/launched.$1"
        "$varve" run --quiet --name "$1" --interval 200ms -- \
            sh -c 'i=0; until [ -e "$0" ] || [ $i = 40 ]; do sleep 1; i=$((i + 1)); done' \
            "$directory/stop" || echo "$1 ended with $?" >>"$directory/wrong"
    done
}

for lane in 1 2 3; do short_lane "$lane" 2>>"$directory/lanes.log" & done
for lane in long-a long-b long-c; do long_lane "$lane" 2>>"$directory/lanes.log" & done

size() { stat -c %s "$1" 2>/dev/null || echo 0; }
launched() { cat "$directory"/launched.* 2>/dev/null | wc -l; }

# Time, resident KiB, descriptors, mappings, threads, bytes of the file and of its log, runs so far.
measure() {
    local status=/proc/$recorder/status
    echo "$1" \
        "$(awk '/^VmRSS:/ { print $2 }' "$status")" \
        "$(ls "/proc/$recorder/fd" | wc -l)" \
        "$(wc -l <"/proc/$recorder/maps")" \
        "$(awk '/^Threads:/ { print $2 }' "$status")" \
        "$(size "$VARVE_DB")" "$(size "$VARVE_DB-wal")" "$(launched)"
}

begun=$SECONDS
told=0
while [ $((SECONDS - begun)) -lt "$seconds" ]; do
    sleep 2
    kill -0 "$recorder" 2>/dev/null || { echo 'soak: the recorder has ended by itself:' >&2; cat "$log" >&2; exit 1; }
    measure $((SECONDS - begun)) >>"$measurements"
    if [ $((SECONDS - begun - told)) -ge 30 ]; then
        told=$((SECONDS - begun))
        tail -n 1 "$measurements" | awk '{
            printf "soak: %d s: %d KiB resident, %d descriptors, %d mappings, %d threads, file %d KiB + log %d KiB, %d runs\n",
                $1, $2, $3, $4, $5, $6 / 1024, $7 / 1024, $8 }'
    fi
done

touch "$directory/stop"
for job in $(jobs -p); do
    [ "$job" = "$recorder" ] || wait "$job" || true
done
# The last of what was killed is seen to be gone, and written.
sleep 4
elapsed=$((SECONDS - begun))
kill -TERM "$recorder"
code=0
wait "$recorder" || code=$?
ended=yes

verdict=0
fails() {
    echo "soak: FAILED: $*"
    verdict=1
}

# Lines of CSV end as RFC 4180 wants them.
ask() { "$varve" query sql "$1" --format csv | tail -n 1 | tr -d '\r'; }

[ "$code" = 0 ] || fails "the recorder ended with $code"
! grep -E 'warning|error' "$log" | grep -v 'does not keep up' || fails 'the recorder complained, see above'
[ ! -s "$directory/wrong" ] || fails "$(wc -l <"$directory/wrong") runs did not end as their commands did"
"$varve" db check || fails 'the catalog is damaged'

runs=$(launched)
recorded=$(ask 'SELECT count(*) FROM run')
# A supervisor may be killed before it has written its run; all others have said that they did.
killed=$(cat "$directory"/killed.* 2>/dev/null | wc -l)
[ "$recorded" -le "$runs" ] || fails "$runs runs were started, $recorded are recorded"
acknowledged=$((runs - killed))
there=$(ask "SELECT count(*) FROM run WHERE exit_known_by = 'waited'")
lost=$((acknowledged - there))
[ "$lost" = 0 ] || fails "$acknowledged runs ended in order, $there are recorded so"
open=$(ask 'SELECT count(*) FROM run WHERE sample_count IS NULL')
[ "$open" = 0 ] || fails "$open runs were never closed"

read -r polls missed dropped sealed < <(ask "SELECT poll_count, missed_poll_count, dropped_row_count,
    sealed_block_count FROM recorder_session WHERE kind = 'record'" | tr , ' ')
# Five a second: each was made, or is counted as missed; more than a quarter missed is said.
unaccounted=$((elapsed * 5 - polls - missed))
[ "${unaccounted#-}" -le $((15 + elapsed * 5 / 50)) ] ||
    fails "$unaccounted polls of $((elapsed * 5)) are neither made nor counted as missed"
[ $((missed * 4)) -le $((polls + missed)) ] || grep -q 'does not keep up' "$log" ||
    fails "$missed polls were missed of $((polls + missed)), and the recorder did not say so"
[ "$dropped" = 0 ] || fails "$dropped rows were dropped"
[ "$sealed" -gt 0 ] || fails 'nothing was sealed'

printf 'soak: %d s, %d runs, %d recorded, %d hours sealed, %d polls, %d missed, %d rows dropped\n' \
    "$elapsed" "$runs" "$recorded" "$sealed" "$polls" "$missed" "$dropped"
warm_up=$((seconds / 4))
[ "$warm_up" -ge 30 ] || warm_up=30
awk -v warm_up="$warm_up" -v rss="$rss_limit_kib" -v fds="$descriptor_limit" \
    -v maps="$mapping_limit" -v threads="$thread_limit" -v per_run="$file_limit_per_run" \
    -v log_limit="$log_limit" '
    function median(column, from, to,    i, j, n, value, values) {
        n = 0
        for (i = from; i <= to; i++) {
            value = table[i, column]
            for (j = n; j > 0 && values[j] > value; j--) values[j + 1] = values[j]
            values[j + 1] = value
            n++
        }
        return values[int((n + 1) / 2)]
    }
    function judge(name, column, limit, unit,    first, last, grown) {
        first = median(column, 1, third)
        last = median(column, count - third + 1, count)
        grown = last - first
        printf "soak: %-12s %10d -> %10d %s, grew by %d, may by %d: %s\n", name, first, last, unit,
            grown, limit, grown <= limit ? "flat" : "GROWS"
        if (grown > limit) bad = 1
    }
    $1 >= warm_up { count++; for (i = 1; i <= 8; i++) table[count, i] = $i + 0 }
    $7 > highest_log { highest_log = $7 + 0 }
    END {
        third = int(count / 3)
        if (third < 5) { print "soak: FAILED: too little was measured"; exit 1 }
        judge("memory", 2, rss, "KiB")
        judge("descriptors", 3, fds, "")
        judge("mappings", 4, maps, "")
        judge("threads", 5, threads, "")
        runs = median(8, count - third + 1, count) - median(8, 1, third)
        judge("file", 6, 262144 + runs * per_run, "B")
        printf "soak: %-12s %10d B at most, may be %d: %s\n", "log", highest_log, log_limit,
            highest_log <= log_limit ? "bounded" : "GROWS"
        if (highest_log > log_limit) bad = 1
        exit bad
    }' "$measurements" || verdict=1

if [ -n "${VARVE_FIGURES:-}" ]; then
    mkdir -p "$VARVE_FIGURES"
    printf '{"acknowledged":%d,"crashes":%d,"lost":%d,"suite":"soak","tried":%d,"what":"runs that come and go"}\n' \
        "$acknowledged" "$([ "$code" = 0 ] && echo 0 || echo 1)" "$lost" "$runs" \
        >"$VARVE_FIGURES/soak.runs-that-come-and-go.json"
fi
if [ "$verdict" = 0 ]; then echo 'soak: PASSED'; else echo 'soak: FAILED'; fi
exit "$verdict"
