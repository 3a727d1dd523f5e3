#!/bin/sh
# dist/auth0db-*.whl: the Django app with its extension. Takes the build tools of tests/requirements-package.txt,
# which make test installs too, so that a second call needs no network.
set -eu
cd "$(dirname "$0")/.."
venv=$(/usr/bin/python3 tools/provision.py package)
mkdir -p dist
rm -f dist/auth0db-*.whl
PATH="$venv/bin:$PATH" "$venv/bin/pip" --quiet wheel --no-build-isolation --no-deps --no-index \
    --config-settings=builddir=build-wheel --wheel-dir dist .
ls dist/auth0db-*.whl
