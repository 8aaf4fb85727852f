#!/usr/bin/env bash
# The last lines of `make test`: how many tests passed and failed in all, and which parts did not come through.
#
#   scripts/tally.sh SECONDS [failed part…]
#
# Adds up what the runners wrote at their ends (nextest, cargo test, end2end/run.mjs), as scripts/step.sh kept it.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=$1
shift

total() { # total passed|failed
    cat target/counts/*.log 2>/dev/null | sed 's/\x1b\[[0-9;]*m//g' |
        grep -E '^test result:|^ *Summary \[|^[0-9]+ passed, [0-9]+ failed' |
        grep -oE "[0-9]+ $1" | awk '{ sum += $1 } END { print sum + 0 }'
}

for part in "$@"; do printf '%s did not come through; run it alone: make %s\n' "$part" "$part"; done
printf '%s passed, %s failed (%d min %02d s)\n' "$(total passed)" "$(total failed)" $((seconds / 60)) $((seconds % 60))
[ $# = 0 ]
