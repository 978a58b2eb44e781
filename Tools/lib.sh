# shellcheck shell=bash
# What the scripts in Tools/ share: speaking, and making sure that what they need is installed.
#
#     source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
#     need_command ip iproute2          # a command, and the Debian package that brings it
#     need_header systemd/sd-daemon.h libsystemd-dev
#     install_missing                   # installs what is missing, and nothing if nothing is

# One set of flags for whatever builds, because other flags mean another build: the program that is run, benched and packaged is
# the very one that is tested, and nobody compiles everything twice. Never `-enable-testing`: it exports internal symbols, and
# keeps the compiler from proving what nobody outside can do. Tests see what is `package`, and need no `@testable`.
# shellcheck disable=SC2034  # used by the scripts that source this
BUILD_FLAGS=(-c release)

EX_UNAVAILABLE=69
# What a script that cannot show something on this machine exits with: Tools/test reports it as skipped.
# shellcheck disable=SC2034
EX_SKIPPED=77
# What a show exits with if a check did not hold while this machine stood still: Tools/test runs it again, once.
# shellcheck disable=SC2034
EX_TEMPFAIL=75

if [[ -t 1 && -z ${NO_COLOR:-} && ${TERM:-dumb} != dumb ]]; then
    BOLD=$'\e[1m' DIM=$'\e[2m' RED=$'\e[31m' GREEN=$'\e[32m' YELLOW=$'\e[33m' PLAIN=$'\e[0m'
else
    BOLD='' DIM='' RED='' GREEN='' YELLOW='' PLAIN=''
fi

say() { printf '%s\n' "$*"; }
title() { printf '%s%s%s\n' "$BOLD" "$*" "$PLAIN"; }
complain() { printf '%s%s%s\n' "$RED" "$*" "$PLAIN" >&2; }

# die STATUS MESSAGE
die() {
    local status=$1
    shift
    complain "$@"
    exit "$status"
}

MISSING_PACKAGES=()
MISSING_THINGS=()

# missing THING PACKAGE...
missing() {
    MISSING_THINGS+=("$1")
    MISSING_PACKAGES+=("${@:2}")
}

# need_command COMMAND PACKAGE...
need_command() {
    # The system's own directories too: `ip` is in one that a user's PATH often lacks.
    PATH="$PATH:/usr/sbin:/sbin" command -v "$1" >/dev/null || missing "$@"
}

# need_header HEADER PACKAGE...
need_header() {
    local directory
    for directory in /usr/include "/usr/include/$(uname -m)-linux-gnu" /usr/local/include; do
        [[ ! -e $directory/$1 ]] || return 0
    done
    missing "$@"
}

# need_node_module MODULE PACKAGE...: a module of Debian's, which Node finds by NODE_PATH=/usr/share/nodejs.
need_node_module() {
    [[ -d /usr/share/nodejs/$1 ]] || missing "$@"
}

# Swift comes from nobody's package manager, so it is named and not installed.
need_swift() {
    command -v swift >/dev/null ||
        die "$EX_UNAVAILABLE" "TickRelay is built with Swift 6.2 or newer, and there is no 'swift' here: install it (swift.org/install), then run this again."
}

# Runs a command as root: as we are, or with sudo.
as_root() {
    if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

install_missing() {
    ((${#MISSING_PACKAGES[@]} > 0)) || return 0
    local wanted="${MISSING_PACKAGES[*]}" log
    command -v apt-get >/dev/null ||
        die "$EX_UNAVAILABLE" "Missing: ${MISSING_THINGS[*]}. Install what Debian calls: $wanted, then run this again."
    ((EUID == 0)) || command -v sudo >/dev/null ||
        die "$EX_UNAVAILABLE" "Missing: ${MISSING_THINGS[*]}. As root: apt-get install $wanted"
    say "Installing $wanted (for: ${MISSING_THINGS[*]}) ..." >&2
    log=$(mktemp)
    if ! install_packages "${MISSING_PACKAGES[@]}" >"$log" 2>&1; then
        tail -n 15 "$log" >&2
        rm -f "$log"
        die "$EX_UNAVAILABLE" "Could not install $wanted: what apt-get said is above."
    fi
    rm -f "$log"
    MISSING_PACKAGES=() MISSING_THINGS=()
}

install_packages() {
    as_root apt-get update -qq || true  # one stale source of the user's must not stop what the others have
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}

# unpack_packages DIRECTORY PACKAGE...: unpacks packages and what they need that is not here, and installs nothing: no service of theirs starts.
unpack_packages() {
    local directory=$1 scratch names=()
    shift
    as_root apt-get update -qq || true
    mapfile -t names < <(apt-get install --simulate --no-install-recommends "$@" | sed -n 's/^Inst \([^ ]*\).*/\1/p')
    scratch=$(mktemp -d)
    mkdir -p "$directory"
    # The signed lists say what a package must be, so downloading as ourselves is as good.
    ((${#names[@]} == 0)) || (cd "$scratch" && apt-get download -q -o APT::Sandbox::User=root "${names[@]}") || return 1
    find "$scratch" -name '*.deb' -exec dpkg-deb -x {} "$directory" \;
    rm -rf "$scratch"
}

# What Tools/build-web needs.
need_web() {
    need_command esbuild esbuild
    need_command terser terser
    need_command zopfli zopfli
}

# What tests need besides: Node, for the browser SDK without a browser; openssl, for certificates; curl, in the boxes with systemd. What has
# more to it a show gets for itself: proxies (Tools/showlib/packages.py), a box, valgrind. Without it the show is skipped, and says why.
set_up_tests() {
    need_command node nodejs
    need_node_module ws node-ws
    need_command openssl openssl
    need_command curl curl
    need_command cc gcc libc6-dev
    install_missing
}

# What pages need to play in a real browser, and certutil, by which it believes a test's authority; Playwright in a directory of ours, where showlib looks for it. Returns 1 if it cannot be had.
install_browsers() {
    command -v chromium >/dev/null || install_packages chromium || return 1
    command -v certutil >/dev/null || install_packages libnss3-tools || return 1
    PYTHONPATH=.build-browsers python3 -c 'import playwright' 2>/dev/null && return 0
    python3 -m pip --version >/dev/null || install_packages python3-pip || return 1
    python3 -m pip install --quiet --target .build-browsers playwright
}

# Everything that building and running TickRelay needs.
set_up() {
    need_swift
    need_command python3 python3
    need_command ip iproute2
    need_command pkg-config pkg-config
    need_header systemd/sd-daemon.h libsystemd-dev
    need_web
    install_missing
}
