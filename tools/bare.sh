#!/bin/bash
# README's two commands on a Debian that has nothing yet, in a folder made for it by debootstrap.
#
#   tools/bare.sh                        make demo and make test, on Debian 12 and 13, one after the other
#   tools/bare.sh --only demo 13         only `make demo`, only on Debian 13 (a number or a codename)
#   tools/bare.sh --only newest 13       the suite of the Django that Debian 12's Python is too old for
#   tools/bare.sh --only demo,newest 13  one after the other in one folder
#   KEEP=1 tools/bare.sh trixie          the folder stays, for you to look around in
#
# Wants root, debootstrap and the right to mount; it says which is missing. Debian comes from the mirror this
# machine's apt uses. Runs what is committed and what is changed in tracked files. USERS= is for the demo,
# SUITE= for the test, BARE= is where the folders go (build/bare).
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
bare=$(realpath -m "${BARE:-build/bare}")

usage() {
    echo 'usage: tools/bare.sh [--only demo,test,newest] [12|13|bookworm|trixie ...]' >&2
    exit 2
}

give_up() {
    echo "auth0db: $*" >&2
    exit 1
}

codename() {
    case $1 in
    12 | bookworm) echo bookworm ;;
    13 | trixie) echo trixie ;;
    *) usage ;;
    esac
}

readonly UNAVAILABLE=77 # tools/provision.py: not to be had here
commands='demo test'
if [ "${1:-}" = --only ]; then
    commands=${2:-}
    commands=${commands//,/ }
    for command in ${commands:-none}; do
        case $command in
        demo | test | newest) ;;
        *) usage ;;
        esac
    done
    shift 2
fi
[ $# -gt 0 ] || set -- 12 13
releases=
for wish; do
    releases="$releases $(codename "$wish")" || exit 2
done

if [ "$(id -u)" != 0 ]; then
    # -n: a question nobody sees (in CI, say) would hang; a terminal may be asked.
    if command -v sudo >/dev/null 2>&1 && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
        [ "$commands" = 'demo test' ] || set -- --only "${commands// /,}" "$@"
        exec sudo KEEP="${KEEP:-}" USERS="${USERS:-}" SUITE="${SUITE:-}" BARE="$bare" "$root/tools/bare.sh" "$@"
    fi
    give_up 'debootstrap and the mounts of a bare Debian need root, and neither root nor sudo is at hand'
fi
tools/setup.sh bare
command -v debootstrap >/dev/null || give_up 'debootstrap is not installed'
unshare --mount --pid --fork true 2>/dev/null ||
    give_up 'this machine lets not even root make a namespace with mounts of its own (unshare --mount --pid);' \
        'a bare Debian needs /proc mounted in its folder'

# The archive of Debian itself, not of its security updates and not of anybody else
mirror_of_apt() {
    apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' |
        sed -n 's/^Debian|Debian|//p' | head -n 1
}
mirror=$(mirror_of_apt)
if [ -z "$mirror" ]; then # who stands behind a source is told by its lists
    apt-get update -qq >/dev/null 2>&1 || :
    mirror=$(mirror_of_apt)
fi
[ -n "$mirror" ] || give_up "no source of this machine's apt is a mirror of Debian"

# How this machine reaches a network: its resolver, its proxies, the certificates it trusts in addition. None of
# it is a package.
let_out() {
    local certificates
    cp -L /etc/resolv.conf "$1/etc/resolv.conf"
    printf '127.0.0.1 localhost\n::1 localhost\n' >"$1/etc/hosts"
    apt-config dump Acquire | grep -E '^Acquire::(https?|Check|Retries)' >"$1/etc/apt/apt.conf.d/00machine" || :
    certificates=$(find /usr/local/share/ca-certificates -name '*.crt' 2>/dev/null || :)
    [ -z "$certificates" ] || cp --parents $certificates "$1"
}

# In a process and mount namespace of its own: whatever is started or mounted there ends with it.
inside() {
    local folder=$1
    shift
    # shellcheck disable=SC2016 # $1 and $@ are of the inner shell
    env -i HOME=/root LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        DEBIAN_FRONTEND=noninteractive TERM=dumb ${http_proxy:+http_proxy="$http_proxy"} \
        ${https_proxy:+https_proxy="$https_proxy"} ${no_proxy:+no_proxy="$no_proxy"} \
        unshare --mount --pid --fork --kill-child bash -c '
            set -e
            mount -t proc proc "$1/proc"
            mount -t tmpfs tmpfs "$1/dev/shm"
            mount -t devpts devpts "$1/dev/pts" -o newinstance,ptmxmode=666
            folder=$1
            shift
            exec chroot "$folder" "$@"' inside "$folder" "$@" </dev/null
}

sources() {
    git clone -q --depth 1 "file://$root" "$1"
    git diff --binary HEAD | git -C "$1" apply --allow-empty --index -
}

make_folder() {
    local folder=$1 release=$2
    rm -rf "$folder"
    mkdir -p "$folder"
    if ! debootstrap --variant=minbase "$release" "$folder" "$mirror" >"$folder.log" 2>&1; then
        tail -n 15 "$folder.log" >&2
        give_up "debootstrap could not make a Debian $release from $mirror"
    fi
    # A folder that is thrown away need not survive a power cut
    echo force-unsafe-io >"$folder/etc/dpkg/dpkg.cfg.d/unsafe"
    let_out "$folder"
    sources "$folder/srv/auth0db"
    # The one thing README asks for
    inside "$folder" sh -c 'apt-get update -qq && apt-get install -qq -y --no-install-recommends make' \
        >>"$folder.log" 2>&1 || { tail -n 15 "$folder.log" >&2; give_up "$release: apt-get could not install make"; }
}

# What is to be run there. Make's own variables come as arguments, as a reader would give them.
carry_out() {
    local folder=$1 command=$2 make='make -C /srv/auth0db --no-print-directory' status=0
    if [ "$command" != newest ]; then
        # shellcheck disable=SC2086 # several words
        inside "$folder" $make "$command" ${USERS:+USERS="$USERS"} ${SUITE:+SUITE="$SUITE"}
        return
    fi
    inside "$folder" /srv/auth0db/tools/setup.sh wheel || return
    inside "$folder" python3 /srv/auth0db/tools/provision.py django61 >/dev/null || status=$?
    [ $status = 0 ] || return $status
    # It wants neither browser nor server, and what it wants is there
    # shellcheck disable=SC2086
    inside "$folder" env AUTH0DB_SKIP_SETUP=1 $make test SUITE=django61
}

run() {
    local release=$1 folder=$bare/$1 command started=$SECONDS failed=0 status
    echo "auth0db: Debian $release, bare"
    make_folder "$folder" "$release"
    for command in $commands; do
        status=0
        carry_out "$folder" "$command" || status=$?
        [ "$command $status" != "newest $UNAVAILABLE" ] || continue # it has said what is missing
        [ $status = 0 ] || { echo "auth0db: $command FAILED on a bare Debian $release" >&2; failed=1; break; }
    done
    [ "${KEEP:-}" = 1 ] || rm -rf "$folder" "$folder.log"
    [ $failed = 0 ] || return 1
    echo "auth0db: Debian $release: ${commands// / and } ended well, in $((SECONDS - started)) s"
}

failed=0
for release in $releases; do
    run "$release" || failed=1
done
# Not empty where another run is still at work
[ "${KEEP:-}" = 1 ] || rmdir "$bare" 2>/dev/null || :
exit $failed
