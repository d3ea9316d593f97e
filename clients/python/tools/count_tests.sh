#!/bin/bash
# Adds up the closing lines of swift test and pytest in the logs named on the command line, and
# prints one plain line. Only called when every step before has passed.
set -euo pipefail
cat "$@" | sed 's/\x1b\[[0-9;]*m//g' | awk '
    /Test run with [0-9]+ tests? .*passed/ {
        for (i = 1; i < NF; i++) if ($i == "with") passed += $(i + 1)
    }
    /^=* ?[0-9]+ passed/ {
        for (i = 1; i < NF; i++) {
            if ($(i + 1) ~ /^passed/) passed += $i
            if ($(i + 1) ~ /^skipped/) skipped += $i
        }
    }
    END { printf "%d passed, 0 failed, %d skipped\n", passed, skipped }
'
