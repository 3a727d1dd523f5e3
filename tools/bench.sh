#!/bin/sh
# Builds the benchmarks optimised, in a directory of their own, and prints every figure beside its rivals'.
set -eu
cd "$(dirname "$0")/.."
dir=build-bench
if [ ! -f "$dir/build.ninja" ]; then
    meson setup "$dir" -Dbench=true -Dtests=false -Dpython=false -Dbuildtype=release >/dev/null
fi
ninja --quiet -C "$dir" bench/bench_hash bench/bench_bulk bench/make_site >/dev/null # says so itself when it has to configure again
"${PYTHON:-/usr/bin/python3}" -W ignore bench/report.py "$dir/bench/bench_hash"
# BULK_USERS="1000000 10000000": sites of so many users; ten million take 2.1 GB and some minutes
# shellcheck disable=SC2086 # a list
"${PYTHON:-/usr/bin/python3}" bench/bulk.py "$dir/bench" ${BULK_USERS:-}
# SERVER_USERS=1000000: a site of so many on PostgreSQL and MariaDB, where they are installed
"${PYTHON:-/usr/bin/python3}" bench/servers.py "$dir/bench" "${SERVER_USERS:-300000}"
AUTH0DB_BUILD="${AUTH0DB_BUILD:-build}" BENCH_LENIENT=1 "${PYTHON:-/usr/bin/python3}" bench/slots.py
echo
AUTH0DB_BUILD="${AUTH0DB_BUILD:-build}" exec "${PYTHON:-/usr/bin/python3}" -W ignore bench/timing.py
