#!/bin/sh
# Puts what the tests have counted into the page about guarantees.
#
#   Scripts/guarantees.sh FIGURES PAGE
#
# FIGURES is the folder that VARVE_FIGURES named for the tests: a file for each thing that was tried, one
# JSON object each (Tests/TestFigures). Fails if there are none, and if any of them tells of a crash or of a
# loss: the page then shows it.
set -eu

figures=$1
page=$2
table=$(mktemp)
trap 'rm -f "$table" "$table.page"' EXIT

export LC_ALL=C
ls "$figures"/*.json >/dev/null 2>&1 || {
    echo "guarantees: no figures in $figures: run the tests with VARVE_FIGURES=$figures" >&2
    exit 1
}
grep -q '^<!-- figures -->$' "$page" && grep -q '^<!-- end of figures -->$' "$page" || {
    echo "guarantees: $page has no place for the table" >&2
    exit 1
}

status=0
# In the order of their names, which begin with what was tried.
cat "$figures"/*.json | awk '
    function text(key,    value) {
        if (!match($0, "\"" key "\":\"[^\"]*\"")) return "?"
        value = substr($0, RSTART + length(key) + 4, RLENGTH - length(key) - 5)
        gsub(/\|/, "\\|", value)
        gsub(/</, "\\&lt;", value)
        return value
    }
    function number(key) {
        if (!match($0, "\"" key "\":[0-9]+")) return ""
        return substr($0, RSTART + length(key) + 3, RLENGTH - length(key) - 3)
    }
    function grouped(digits,    out) {
        if (digits == "") return "–"
        digits = sprintf("%d", digits)
        for (out = ""; length(digits) > 3; digits = substr(digits, 1, length(digits) - 3))
            out = "," substr(digits, length(digits) - 2) out
        return digits out
    }
    BEGIN {
        print "| what was tried | of what | how often | crashes | acknowledged | lost |"
        print "| --- | --- | ---: | ---: | ---: | ---: |"
    }
    {
        print "| " text("suite") " | " text("what") " | " grouped(number("tried")) " | " \
            grouped(number("crashes")) " | " grouped(number("acknowledged")) " | " \
            grouped(number("lost")) " |"
        tried += number("tried"); crashes += number("crashes")
        acknowledged += number("acknowledged"); lost += number("lost")
    }
    END {
        print "| **all** | | **" grouped(tried "") "** | **" grouped(crashes "") "** | **" \
            grouped(acknowledged "") "** | **" grouped(lost "") "** |"
        exit crashes > 0 || lost > 0
    }' >"$table" || status=1

awk -v table="$table" '
    /^<!-- end of figures -->$/ { inside = 0 }
    !inside { print }
    /^<!-- figures -->$/ {
        inside = 1
        while ((getline line < table) > 0) print line
    }' "$page" >"$table.page"
# Into the file that is there, so that it keeps its mode.
cat "$table.page" >"$page"
[ "$status" = 0 ] || echo "guarantees: something crashed or was lost, see $page" >&2
exit "$status"
