#!/usr/bin/env bash
# Brings a machine to where the project can be built, tested and measured.
#
#   scripts/setup.sh [toolchain] [web] [browser] [contract] [bench]      (no argument: toolchain web)
#
#   toolchain  Rust with the wasm32 target, and a C compiler (SQLite and the TLS library are C)
#   web        wasm-opt, from npm
#   browser    Chromium, and what the browser tests need from npm
#   contract   the mock that judges requests by the vendors' descriptions, from npm
#   bench      nginx and wrk, to measure against
#
# Does only what is missing, says each long step in one line, and is over in well under a second when nothing
# is. What the steps print goes to target/setup.log, whose end is shown if one fails. Packages are installed
# with apt where there is one, as root or through sudo; elsewhere it says what is missing and stops.
#
# The Rust toolchain that serves (a rustup name, or nothing for the plain cargo in PATH) is written to
# target/toolchain, where scripts/step.sh finds it: server and page are built by one and the same compiler,
# for two would build every shared dependency twice.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly MINIMUM_RUST=1.95
readonly WASM=wasm32-unknown-unknown
readonly LOG=target/setup.log
readonly CHOICE=target/toolchain
# Where a Node of our own goes if the machine's is too old, and which.
readonly NODE=22.23.3 OWN_NODE=target/setup/node
PATH=$PWD/$OWN_NODE/bin:$PATH
# Long enough for 30 MB over a slow line, short enough not to look like a hang where the host is out of reach.
readonly RUSTUP_SECONDS=240

say() { printf '  setup: %s\n' "$*"; }

fail() {
    printf 'setup: %s\n' "$1" >&2
    shift
    for line in "$@"; do printf '       %s\n' "$line" >&2; done
    exit 1
}

# Runs a command with its output in the log.
quietly() {
    printf '\n$ %s\n' "$*" >>"$LOG"
    "$@" >>"$LOG" 2>&1 </dev/null
}

# The same, and a failure ends the set-up with the end of the log: `must "what failed" command…`.
must() {
    local what=$1
    shift
    if ! quietly "$@"; then
        printf -- '--- the end of %s ---\n' "$LOG" >&2
        tail -n 25 "$LOG" >&2
        fail "$what failed."
    fi
}

has() { command -v "$1" >/dev/null 2>&1; }

# macOS has no `timeout`; there the step runs without a limit.
within() {
    local seconds=$1
    shift
    if has timeout; then timeout "$seconds" "$@"; else "$@"; fi
}

at_least() { # at_least 1.96.0 1.95
    [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

# ---- packages ----------------------------------------------------------------------------------------------

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

can_be_root() {
    [ "$(id -u)" = 0 ] && return
    has sudo || return 1
    # A password can be asked for only where somebody sits.
    sudo -n true 2>/dev/null || { [ -z "${CI:-}" ] && [ -t 0 ] && sudo -v; }
}

apt() {
    # Waits for another apt instead of failing beside it; asks nothing.
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 "$@"
}

APT_IS_FRESH=no
# Installs packages; 1 if this machine cannot. Which ones, and how to do it by hand, is told by the caller.
apt_install() {
    has apt-get && can_be_root || return 1
    if [ "$APT_IS_FRESH" = no ]; then
        quietly apt update || true # One dead list must not stop the others.
        APT_IS_FRESH=yes
    fi
    quietly apt install --no-install-recommends "$@"
}

need_packages() { # need_packages "what for" package…
    local what=$1
    shift
    say "installing $* ($what)"
    if ! apt_install "$@"; then
        [ -s "$LOG" ] && tail -n 8 "$LOG" >&2
        fail "$what: could not install $*." \
            "On Debian and Ubuntu, as root: apt-get install --no-install-recommends $*" \
            "Elsewhere install the same by your own package manager, then run this again."
    fi
}

# ---- toolchain ---------------------------------------------------------------------------------------------

# Every question to a toolchain goes through `using NAME command…`; the name - stands for what is in PATH.
using() {
    local name=$1
    shift
    if [ "$name" = - ]; then env -u RUSTUP_TOOLCHAIN "$@"; else env RUSTUP_TOOLCHAIN="$name" "$@"; fi
}

rust_version() { using "$1" rustc --version 2>/dev/null | awk '{print $2}' | sed 's/-.*//'; }

# True if this toolchain is new enough and really makes wasm. A directory that is there proves little: after an
# upgrade of the compiler it holds a library that the new one refuses, and the linker may be missing.
makes_wasm() {
    local name=$1 version directory scratch
    version=$(rust_version "$name")
    [ -n "$version" ] && at_least "$version" "$MINIMUM_RUST" || return 1
    using "$name" cargo --version >/dev/null 2>&1 || return 1
    directory=$(using "$name" rustc --print target-libdir --target $WASM 2>/dev/null) || return 1
    [ -n "$(ls -A "$directory" 2>/dev/null)" ] || return 1
    scratch=$(mktemp -d)
    # `lto`, as the page is built: it fails on a library without bitcode.
    printf 'pub fn nothing() {}\n' >"$scratch/probe.rs"
    using "$name" rustc --target $WASM --crate-type cdylib -C lto=fat -C panic=abort \
        -o "$scratch/probe.wasm" "$scratch/probe.rs" >>"$LOG" 2>&1
    local result=$?
    rm -rf "$scratch"
    return $result
}

# Which compiler it is, to the commit. Asking this is quick, making wasm to see is not.
fingerprint() { using "$1" rustc -vV 2>/dev/null | cksum; }

choose() {
    { printf '%s\n' "$1" && fingerprint "$1"; } >"$CHOICE.new"
    mv "$CHOICE.new" "$CHOICE"
    say "Rust $(rust_version "$1") makes the server and the page$([ "$1" = - ] || printf ' (toolchain %s)' "$1")"
}

# Route 2: rustup brings the target, and a newer Rust if the present one is too old for the code. The newer one
# is installed under its own number, so nobody's `stable` changes under their hands.
by_rustup() {
    local name=$1 version
    version=$(rust_version "$name")
    if [ -n "$version" ] && at_least "$version" "$MINIMUM_RUST"; then
        say "adding the $WASM target to Rust $version (rustup, about 25 MB)"
        quietly within $RUSTUP_SECONDS rustup target add --toolchain "$name" $WASM && makes_wasm "$name" && choose "$name" && return
    else
        say "installing Rust $MINIMUM_RUST beside ${version:-none} (rustup, about 200 MB)"
        quietly within $((3 * RUSTUP_SECONDS)) rustup toolchain install "$MINIMUM_RUST" --profile minimal \
            --component clippy --component rustfmt --target $WASM --no-self-update &&
            makes_wasm "$MINIMUM_RUST" && choose "$MINIMUM_RUST" && return
    fi
    say "rustup could not bring it (see $LOG); trying the distribution's compiler"
    return 1
}

# Route 3: Debian's own compiler, made for its browsers and therefore new, with the standard library for wasm
# built from the matching source package. That takes under a minute, once.
by_debian() {
    has apt-get || return 1
    if ! { [ -x /usr/bin/rustc ] && [ -x /usr/bin/cargo ] && [ -x /usr/bin/rustfmt ] && [ -x /usr/bin/cargo-clippy ] &&
        [ -d /usr/lib/rustlib/src/rust/library ]; }; then
        if ! can_be_root; then
            say "the distribution's Rust (apt: rustc-web) would do, but only root or sudo can install it"
            return 1
        fi
        say "installing the distribution's Rust (apt: rustc-web and its parts, about 150 MB)"
        apt_install rustc-web cargo-web rust-web-src rust-web-clippy rustfmt-web || return 1
    fi
    local about version llvm host sysroot
    about=$(/usr/bin/rustc -vV)
    version=$(sed -n 's/^release: //p' <<<"$about")
    llvm=$(sed -n 's/^LLVM version: \([0-9]*\).*/\1/p' <<<"$about")
    host=$(sed -n 's/^host: //p' <<<"$about")
    sysroot=$(/usr/bin/rustc --print sysroot)
    if ! at_least "${version%%-*}" "$MINIMUM_RUST"; then
        say "the distribution's Rust is $version, and $MINIMUM_RUST is needed"
        return 1
    fi
    # rustc calls the linker by this name; it must be of the LLVM that rustc was built with.
    if [ ! -x "$sysroot/lib/rustlib/$host/bin/rust-lld" ]; then
        if [ ! -x "/usr/bin/lld-$llvm" ]; then
            say "installing the linker lld-$llvm"
            apt_install "lld-$llvm" || return 1
        fi
        can_be_root || return 1
        quietly as_root mkdir -p "$sysroot/lib/rustlib/$host/bin" || return 1
        quietly as_root ln -sf "/usr/bin/lld-$llvm" "$sysroot/lib/rustlib/$host/bin/rust-lld" || return 1
    fi
    local name=-
    if has rustup; then
        name=debian
        [ "$(using $name rustc --print sysroot 2>/dev/null)" = "$sysroot" ] ||
            quietly rustup toolchain link $name /usr || return 1
    elif [ "$(command -v cargo)" != /usr/bin/cargo ]; then
        say "cargo in PATH is $(command -v cargo), which hides the distribution's"
        return 1
    fi
    makes_wasm $name || wasm_library "$sysroot" || return 1
    makes_wasm $name && choose $name
}

wasm_library() {
    local sysroot=$1 work=$PWD/target/setup/wasm-library
    say "building Rust's standard library for wasm (once, about a minute)"
    rm -rf "$work"
    mkdir -p "$work/src"
    printf '#![no_std]\n' >"$work/src/lib.rs"
    printf '[package]\nname = "nothing"\nversion = "0.0.0"\nedition = "2024"\n[workspace]\n' >"$work/Cargo.toml"
    # Without the bitcode, `lto` fails later with "failed to get bitcode".
    (cd "$work" && env -u RUSTUP_TOOLCHAIN -u CARGO_ENCODED_RUSTFLAGS -u RUSTC_WRAPPER \
        RUSTFLAGS=-Cembed-bitcode=yes RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR="$work/target" \
        /usr/bin/cargo build -Z build-std=std,panic_abort,panic_unwind,proc_macro --target $WASM --release) \
        >>"$LOG" 2>&1 </dev/null || { say "that failed (details: $LOG)"; return 1; }
    rm -f "$work/target/$WASM/release/deps/"libnothing-*
    local place=$sysroot/lib/rustlib/$WASM/lib
    can_be_root || return 1
    # Away with those of an earlier compiler: two of a kind confuse rustc.
    quietly as_root rm -rf "$place" || return 1
    quietly as_root mkdir -p "$place" || return 1
    quietly as_root install -m 644 "$work/target/$WASM/release/deps/"*.rlib "$place/" || return 1
    rm -rf "$work"
}

toolchain() {
    has cc || need_packages "a C compiler, for SQLite and the TLS library" gcc libc6-dev
    # What was chosen before stands while it works, unless somebody names another now.
    if [ -s "$CHOICE" ]; then
        local before
        before=$(head -n 1 "$CHOICE")
        if [ "${RUSTUP_TOOLCHAIN:-$before}" = "$before" ] && [ "$(fingerprint "$before")" = "$(sed -n 2p "$CHOICE")" ] &&
            [ -n "$(ls -A "$(using "$before" rustc --print target-libdir --target $WASM 2>/dev/null)" 2>/dev/null)" ]; then
            return
        fi
        rm -f "$CHOICE"
    fi
    if has rustup && has cargo; then
        # The toolchain that is active here, by the name without "(default)" and the like.
        local active
        active=$(rustup show active-toolchain 2>/dev/null | awk 'NR == 1 {print $1}')
        if [ -n "$active" ]; then
            makes_wasm "$active" && choose "$active" && return
            makes_wasm debian && choose debian && return # Made by an earlier run, in another folder.
        fi
        if [ "$active" != debian ]; then by_rustup "${active:-stable}" && return; fi
        by_debian && return
        fail "no Rust here can make WebAssembly, and neither rustup nor apt could help (details: $LOG)." \
            "Run: rustup target add $WASM     then start again."
    fi
    if has cargo; then makes_wasm - && choose - && return; fi
    by_debian && return
    if has cargo; then
        fail "the Rust in PATH ($(rust_version -)) cannot make WebAssembly, or is older than $MINIMUM_RUST (details: $LOG)." \
            "Install Rust by rustup, beside it: https://rustup.rs" "Then start again; the rest is done here."
    fi
    fail "Rust is not installed." "Install it by rustup: https://rustup.rs" \
        "Then open a new shell and start again; the rest is done here."
}

# ---- npm parts ---------------------------------------------------------------------------------------------

node_at_least() { has node && at_least "$(node --version | tr -d v)" "$1"; }

need_node() { # need_node 18 "what for"
    if ! has node || ! has npm; then need_packages "$2" nodejs npm; fi
    node_at_least "$1" && return
    # Distributions lag behind. npm has Node itself, too; scripts/step.sh puts this one first in PATH.
    local machine
    case "$(uname -sm)" in
        "Linux x86_64") machine=linux-x64 ;;
        "Linux aarch64") machine=linux-arm64 ;;
        *) fail "$2: Node $1 or newer is needed, and here is $(node --version)." \
            "See https://nodejs.org/en/download, then start again." ;;
    esac
    say "fetching Node $NODE for this project alone, as here is $(node --version) (npm, about 190 MB unpacked)"
    rm -rf "$OWN_NODE"
    mkdir -p "$OWN_NODE"
    must "fetching Node" npm --prefix "$OWN_NODE" install --no-save --no-fund --no-audit --ignore-scripts "node-$machine@$NODE"
    ln -sfn "node_modules/node-$machine/bin" "$OWN_NODE/bin"
    hash -r
    node_at_least "$1" || fail "$2: Node $NODE was fetched and does not run here (details: $LOG)."
}

# Installs what a folder's lock file names, if that has not been done already.
npm_parts() {
    local folder=$1 what=$2 done=$1/node_modules/.installed-from
    cmp -s "$folder/package-lock.json" "$done" && return
    say "fetching $what (npm)"
    must "npm ci in $folder" npm --prefix "$folder" ci --no-fund --no-audit --ignore-scripts
    cp "$folder/package-lock.json" "$done"
}

web() {
    need_node 18 "making the page's wasm small"
    npm_parts xtask "wasm-opt"
}

chromium_path() {
    local candidate
    if [ -n "${CHROMIUM:-}" ]; then printf '%s\n' "$CHROMIUM"; return; fi
    for candidate in chromium chromium-browser google-chrome-stable google-chrome; do
        # Ubuntu's chromium-browser may be a script that only points to a snap.
        if has "$candidate" && [ "$(wc -c <"$(command -v "$candidate")")" -gt 0 ] &&
            ! grep -q 'snap install' "$(command -v "$candidate")" 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    return 1
}

browser() {
    need_node 20 "the browser tests"
    npm_parts end2end "what the browser tests need"
    chromium_path >/dev/null && return
    # Playwright's own, in its cache, where an earlier run put it.
    (cd end2end && node -e 'const {chromium}=require("playwright-core");process.exit(require("fs").existsSync(chromium.executablePath())?0:1)') && return
    if grep -q '^ID=debian' /etc/os-release 2>/dev/null; then
        say "installing chromium (apt, about 100 MB)"
        apt_install chromium && chromium_path >/dev/null && return
    fi
    # Ubuntu's package is only a pointer to a snap, and other systems have no apt.
    say "fetching Playwright's own Chromium (about 170 MB)"
    local with=()
    if has apt-get && can_be_root; then with=(--with-deps); fi
    quietly within 900 node end2end/node_modules/playwright-core/cli.js install --no-shell ${with[@]+"${with[@]}"} chromium && return
    fail "the browser tests need Chromium, and it could not be installed (details: $LOG)." \
        "Install Chromium or Chrome by hand, or name one: CHROMIUM=/path/to/chrome make test"
}

# ---- contract ----------------------------------------------------------------------------------------------

contract() {
    need_node 20 "the vendors' descriptions"
    npm_parts end2end/contract "the mock that judges requests"
}

# ---- bench -------------------------------------------------------------------------------------------------

bench() {
    local missing=()
    has nginx || [ -x /usr/sbin/nginx ] || missing+=(nginx-light)
    has wrk || missing+=(wrk)
    [ "${#missing[@]}" = 0 ] && return
    need_packages "to measure against" "${missing[@]}"
    # The package starts a server on port 80. Nobody asked for that; the benchmark runs its own.
    if [[ " ${missing[*]} " = *" nginx-light "* ]] && has systemctl; then
        quietly as_root systemctl disable --now nginx || true
    fi
}

# ------------------------------------------------------------------------------------------------------------

mkdir -p target
: >"$LOG"
[ $# -gt 0 ] || set -- toolchain web
for part in "$@"; do
    case $part in
        toolchain | web | browser | contract | bench) "$part" ;;
        *) fail "\"$part\" is no part of the set-up; there are: toolchain, web, browser, contract, bench." ;;
    esac
done
