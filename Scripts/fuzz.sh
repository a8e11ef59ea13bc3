#!/bin/sh
# fuzz.sh SECONDS [TARGET…]: feeds each target, or those that are named, for so long by libFuzzer, and
# prints what came of it. Ends with 1 if something broke; its bytes lie below Fuzz/.build/found then.
#
# fuzz.sh --corpus [TARGET…]: puts the fewest of the bytes that were found interesting, and that reach all
# that was reached, into the corpus that the tests read.
set -eu

cd "$(dirname "$0")/.."
SWIFT=${SWIFT:-swift}
FLAGS='-c release --package-path Fuzz'

seconds=$1
shift

# All code is instrumented, the libraries' too: libFuzzer goes by what is reached.
$SWIFT build $FLAGS --product varve-fuzz -Xswiftc -sanitize=fuzzer,address
fuzz="$PWD/Fuzz/.build/release/varve-fuzz"
[ $# -gt 0 ] || set -- $("$fuzz" --targets)

# Where files are made for what is read by its path: memory, if there is some, and gone afterwards.
base=${TMPDIR:-/tmp}
[ ! -w /dev/shm ] || base=/dev/shm
TMPDIR=$(mktemp -d "$base/varve-fuzz.XXXXXX")
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
trap 'exit 130' INT TERM

# The runtime's own account of a crash gets in the way of the fuzzer's. What globals hold is no leak.
export SWIFT_BACKTRACE=enable=no
export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1

value() { sed -n "s/^stat::$1: *//p" "$2"; }

found=0
[ "$seconds" = --corpus ] || printf '%-18s %12s %9s %9s  %s\n' TARGET EXECUTIONS COVERAGE CORPUS RESULT
for target in "$@"; do
    corpus="Fuzz/.build/corpus/$target"
    kept="Tests/FuzzTests/Corpus/$target"
    broken="Fuzz/.build/found/$target"
    log="$TMPDIR/$target.log"
    mkdir -p "$corpus" "$kept" "$broken"
    "$fuzz" --seeds "$target" "$corpus"
    if [ "$seconds" = --corpus ]; then
        "$fuzz" "$target" -set_cover_merge=1 -timeout=30 "$kept" "$corpus" >"$log" 2>&1 || {
            tail -5 "$log"
            exit 1
        }
        printf '%-18s %s files\n' "$target" "$(ls "$kept" | wc -l)"
        continue
    fi
    # A hang is told by the target, by time of the processor; the timeout is for what never returns.
    if nice -n 10 "$fuzz" "$target" -max_total_time="$seconds" -timeout=60 -rss_limit_mb=2048 \
        -malloc_limit_mb=512 -print_final_stats=1 -artifact_prefix="$broken/" \
        "$corpus" "$kept" >"$log" 2>&1; then
        result=well
        crashes=0
    else
        result="BROKEN, see $broken"
        crashes=1
        found=1
        grep -v '^#' "$log" | tail -40 >&2
    fi
    executions=$(value number_of_executed_units "$log")
    coverage=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -1)
    printf '%-18s %12s %9s %9s  %s\n' "$target" "${executions:-?}" "${coverage:-?}" \
        "$(ls "$corpus" | wc -l)" "$result"
    if [ -n "${VARVE_FIGURES:-}" ]; then
        mkdir -p "$VARVE_FIGURES"
        printf '{"crashes":%s,"suite":"fuzzing","tried":%s,"what":"%s"}\n' \
            "$crashes" "${executions:-0}" "$target" >"$VARVE_FIGURES/fuzzing.$target.json"
    fi
done
exit $found
