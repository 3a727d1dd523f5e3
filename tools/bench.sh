#!/bin/sh
# Builds the benchmarks optimised, in a directory of their own, and prints every figure beside its rivals'.
set -eu
cd "$(dirname "$0")/.."
dir=build-bench
if [ ! -f "$dir/build.ninja" ]; then
    meson setup "$dir" -Dbench=true -Dtests=false -Dpython=false -Dbuildtype=release >/dev/null
fi
ninja --quiet -C "$dir" bench/bench_hash >/dev/null # says so itself when it has to configure again
"${PYTHON:-/usr/bin/python3}" -W ignore bench/report.py "$dir/bench/bench_hash"
echo
AUTH0DB_BUILD="${AUTH0DB_BUILD:-build}" exec "${PYTHON:-/usr/bin/python3}" -W ignore bench/timing.py
