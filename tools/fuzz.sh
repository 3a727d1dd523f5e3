#!/bin/sh
# tools/fuzz.sh [TARGET]: every libFuzzer target of fuzz/ for FUZZ_SECONDS each, from the seeds in fuzz/corpus.
# What it learns stays in build-fuzz/corpus; a finding is left in build-fuzz/findings and ends with status 1.
set -eu
cd "$(dirname "$0")/.."
seconds=${FUZZ_SECONDS:-60}

# A release build's speed with the sanitizers' eyes; neither Python nor Check is needed to fuzz.
[ -f build-fuzz/build.ninja ] || CC=clang meson setup build-fuzz -Dfuzz=true -Dtests=false -Dpython=false \
    -Doptimization=1 -Db_sanitize=address,undefined -Db_lundef=false >/dev/null
ninja --quiet -C build-fuzz >/dev/null || ninja -C build-fuzz
mkdir -p build-fuzz/findings

# fuzz_one TARGET: status 1 with a finding.
fuzz_one() {
    dictionary=
    for file in "fuzz/$1.dict" "fuzz/${1%%_*}.dict"; do
        [ -z "$dictionary" ] && [ -f "$file" ] && dictionary=-dict=$file
    done
    mkdir -p "build-fuzz/corpus/$1"
    # shellcheck disable=SC2086 # no dictionary, no argument
    if "build-fuzz/fuzz/fuzz_$1" "-max_total_time=$seconds" -timeout=10 -rss_limit_mb=2048 \
        -print_final_stats=1 "-artifact_prefix=build-fuzz/findings/$1-" $dictionary \
        "build-fuzz/corpus/$1" "fuzz/corpus/$1" >"build-fuzz/$1.log" 2>&1; then
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "build-fuzz/$1.log")
        echo "fuzz: $1: nothing found in $runs runs"
    else
        tail -n 30 "build-fuzz/$1.log" >&2
        echo "fuzz: $1: FOUND something; see build-fuzz/findings/$1-* and build-fuzz/$1.log"
        return 1
    fi
}

targets=${1:-$(for file in fuzz/fuzz_*.c; do basename "${file#fuzz/fuzz_}" .c; done)}
failed=
for target in $targets; do
    [ -x "build-fuzz/fuzz/fuzz_$target" ] || {
        echo "fuzz: there is no target '$target'" >&2
        exit 1
    }
    fuzz_one "$target" || failed=1
done
[ -n "$targets" ] && [ -z "$failed" ]
