#!/bin/sh
# tools/lint.sh check: formatting, static analysis, Python and shell. tools/lint.sh fix: formats in place.
set -eu
cd "$(dirname "$0")/.."

c_files=$(git ls-files '*.c' '*.h')
python_files=$(git ls-files '*.py')
shell_files=$(git ls-files '*.sh' .ci/run)
if [ -z "$c_files" ] || [ -z "$python_files" ] || [ -z "$shell_files" ]; then
    echo 'lint: no sources found' >&2
    exit 1
fi

# The formatter's output differs between its versions; 14 is Debian 12's.
clang_format=$(command -v clang-format-14 || command -v clang-format)

# shellcheck disable=SC2086 # lists of words, throughout
case ${1:-check} in
fix)
    "$clang_format" -i $c_files
    exit 0
    ;;
check) ;;
*)
    echo 'usage: tools/lint.sh check|fix' >&2
    exit 2
    ;;
esac

failed=
run() {
    what=$1
    shift
    if out=$("$@" 2>&1); then
        echo "lint: $what: clean"
    else
        printf '%s\n' "$out" | grep -E 'error:|warning:|^[^ ]+:[0-9]+:|^In .* line' | grep -v 'note:' |
            sed "s|$PWD/build/../||" | sort -u | tail -n 100
        echo "lint: $what: not clean"
        failed=1
    fi
}

# A settings module that starts from another one is Django's own habit.
pyflakes_all() {
    # shellcheck disable=SC2086
    ! pyflakes3 $python_files | grep -v "settings.py:.*\(import \*\|star imports\)"
}

# Only what the build compiles: tidy needs the real flags.
tidy_all() {
    compiled=$(/usr/bin/python3 -c 'import json, os, sys
for entry in json.load(open("build/compile_commands.json")):
    name = os.path.relpath(os.path.join(entry["directory"], entry["file"]))
    if name.startswith(("src/", "python/native/")):
        print(name)' | sort -u)
    [ -n "$compiled" ] || return 1
    # shellcheck disable=SC2086
    printf '%s\n' $compiled | xargs -n 4 -P "$(nproc)" clang-tidy --quiet -p build
}

# shellcheck disable=SC2086
{
    run 'clang-format' "$clang_format" --dry-run -Werror $c_files
    run 'pyflakes' pyflakes_all
    run 'shellcheck' shellcheck $shell_files
    run 'clang-tidy' tidy_all
}
[ -z "$failed" ]
