#!/usr/bin/env bash
# One step of the Makefile: says what it does, does it with the toolchain that set-up chose, says how long it took.
#
#   scripts/step.sh "what it does" command [argument…]
#
# With `-` for the words, the command only gets the toolchain: for what runs until it is stopped.
# With COUNTS=name, the output is also kept in target/counts/name.log, where scripts/tally.sh adds up the tests.
set -euo pipefail
cd "$(dirname "$0")/.."

title=$1
shift

# A Node of our own, where the machine's was too old.
PATH=$PWD/target/setup/node/bin:$PATH

# The first line of target/toolchain is a rustup name, or - for the plain cargo in PATH.
if [ -s target/toolchain ]; then
    toolchain=$(head -n 1 target/toolchain)
    if [ "$toolchain" = - ]; then unset RUSTUP_TOOLCHAIN; else export RUSTUP_TOOLCHAIN=$toolchain; fi
fi

[ "$title" = - ] && exec "$@"

printf '==> %s\n' "$title"
began=$SECONDS
if [ -n "${COUNTS:-}" ]; then
    mkdir -p target/counts
    run() { "$@" 2>&1 | tee "target/counts/$COUNTS.log"; }
else
    run() { "$@"; }
fi
if run "$@"; then
    printf '==> %s: done, %d s\n' "$title" "$((SECONDS - began))"
else
    status=$?
    printf '==> %s: FAILED after %d s\n' "$title" "$((SECONDS - began))" >&2
    exit "$status"
fi
