#!/bin/sh
# Runs every libFuzzer target, or the one named, for FUZZ_SECONDS each. New inputs stay in build-fuzz/found/;
# fuzz/corpus/ is only read. A crash leaves its input in build-fuzz/crash/ and ends this with status 1.
set -eu
cd "$(dirname "$0")/.."
seconds=${FUZZ_SECONDS:-60}
dir=build-fuzz
if [ ! -f "$dir/build.ninja" ]; then
    CC=clang meson setup "$dir" -Dfuzz=true -Dpython=false -Db_sanitize=address,undefined \
        -Db_lundef=false -Doptimization=1 >/dev/null
fi
targets=$(find fuzz -name 'fuzz_*.c' | sed 's|fuzz/fuzz_\(.*\)\.c|\1|' | sort)
if [ $# -gt 0 ]; then
    case " $(echo "$targets" | tr '\n' ' ') " in
    *" $1 "*) targets=$1 ;;
    *) echo "fuzz: there is no target '$1'; there are: $(echo "$targets" | tr '\n' ' ')" >&2; exit 2 ;;
    esac
fi
mkdir -p "$dir/crash"
for target in $targets; do
    ninja --quiet -C "$dir" "fuzz/fuzz_$target"
    found="$dir/found/$target"
    mkdir -p "$found"
    dict=
    if [ -f "fuzz/${target%%_*}.dict" ]; then
        dict="-dict=fuzz/${target%%_*}.dict"
    fi
    echo "$target: $seconds s"
    # shellcheck disable=SC2086  # no dictionary, no argument
    UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 "$dir/fuzz/fuzz_$target" $dict \
        -max_total_time="$seconds" -max_len=700 -timeout=20 -rss_limit_mb=1024 -print_final_stats=1 \
        -artifact_prefix="$dir/crash/$target-" "$found" "fuzz/corpus/$target" >"$found.log" 2>&1 || {
        tail -40 "$found.log"
        exit 1
    }
    grep -E 'number_of_executed_units|new_units_added|DONE' "$found.log"
done
