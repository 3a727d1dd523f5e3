#!/bin/sh
# Installs what this project needs on Debian, only when it is missing, and says what.
#
#   tools/setup.sh build    compiler and libraries
#   tools/setup.sh wheel    and what pip needs, for `make wheel`: no browser, no database server
#   tools/setup.sh demo     build, and Debian's Django, for `make demo`
#   tools/setup.sh test     and the test tools, for `make test`
#   tools/setup.sh lint     and the linters, for `make lint`
#   tools/setup.sh bare     only what makes a bare Debian, for `make bare`
#
# When nothing is missing it is silent, needs no network and takes a fraction of a second.
# AUTH0DB_SKIP_SETUP=1 leaves the machine alone: you have what is needed from elsewhere.
set -eu

build='build-essential meson ninja-build pkg-config python3 python3-dev check
       libcurl4-openssl-dev libssl-dev libjansson-dev libcjose-dev libargon2-dev libcrypt-dev
       libsqlite3-dev libpq-dev libmariadb-dev libmicrohttpd-dev zlib1g-dev'
wheel='python3-venv ca-certificates'
demo='python3-django python3-argon2 python3-bcrypt'
# ca-certificates: without them PyPI and npm look unreachable. The clang runtime comes with clang.
test='clang valgrind python3-venv python3-pytest ca-certificates curl git groff-base
      gunicorn postgresql python3-psycopg2 mariadb-server-core mariadb-client-core python3-mysqldb
      chromium chromium-driver'
lint='clang-format clang-tidy shellcheck pyflakes3'
bare='debootstrap git'

case ${1:-} in
build) wanted=$build ;;
wheel) wanted="$build $wheel" ;;
demo) wanted="$build $demo" ;;
test) wanted="$build $demo $test" ;;
lint) wanted="$build $lint" ;;
bare) wanted=$bare ;;
*)
    echo 'usage: tools/setup.sh build|wheel|demo|test|lint|bare' >&2
    exit 2
    ;;
esac

[ "${AUTH0DB_SKIP_SETUP:-}" != 1 ] || exit 0

if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "auth0db: this is not a Debian system; install what these Debian packages stand for" >&2
    # shellcheck disable=SC2086 # a list of words
    echo "auth0db:   " $wanted >&2
    echo 'auth0db: and run make again with AUTH0DB_SKIP_SETUP=1' >&2
    exit 1
fi

# Debian renamed some packages; a package that another one provides counts as installed.
installed=$(dpkg-query -W -f '${db:Status-Abbrev}${Package}, ${Provides}\n' |
    sed -n 's/^ii //; t keep; d; :keep; s/ ([^)]*)//g; s/, */\n/g; p')
missing=
for package in $wanted; do
    printf '%s\n' "$installed" | grep -qxF "$package" || missing="$missing $package"
done

[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" != 0 ]; then
    # -n: a question nobody sees (in CI, say) would hang; a terminal may be asked.
    if command -v sudo >/dev/null 2>&1 && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
        as_root=sudo
    else
        echo 'auth0db: these packages are missing, and neither root nor sudo is at hand:' >&2
        echo "auth0db:  $missing" >&2
        echo "auth0db: as root: apt-get install$missing" >&2
        exit 1
    fi
fi

echo "auth0db: installing$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# A broken third-party source must not stop us: whether the packages come is decided by the install.
$as_root apt-get update -qq >"$log" 2>&1 || :
# shellcheck disable=SC2086 # a list of words
if ! $as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -qq -y --no-install-recommends $missing >>"$log" 2>&1; then
    tail -n 15 "$log" >&2
    echo "auth0db: apt-get could not install$missing" >&2
    exit 1
fi
