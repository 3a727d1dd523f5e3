#!/bin/sh
# dist/auth0db-*.whl, or FOLDER/auth0db-*.whl: the Django app with its extension. Takes the build tools of
# tests/requirements-package.txt, which make test installs too, so that a second call needs no network.
set -eu
folder=$(realpath -m "${1:-$(dirname "$0")/../dist}")
cd "$(dirname "$0")/.."
venv=$(/usr/bin/python3 tools/provision.py package)
# Two suites of one run make a wheel at the same time
mkdir -p build
exec 9>build/wheel.lock
flock 9
# Meson does not take a new option into an old folder
[ build-wheel/build.ninja -nt meson_options.txt ] || rm -rf build-wheel
find python/auth0db -name __pycache__ -prune -exec rm -rf {} + # what a run of the sources has left there
mkdir -p "$folder"
rm -f "$folder"/auth0db-*.whl
PATH="$venv/bin:$PATH" "$venv/bin/pip" --quiet wheel --no-build-isolation --no-deps --no-index \
    --config-settings=builddir=build-wheel --wheel-dir "$folder" .
ls "$folder"/auth0db-*.whl
