#!/usr/bin/env bash
# Allocations a pass of the encoder in its steady state: must be 0.
#   allocations.sh BENCH BUNDLE IDS
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bench=$1 bundle=$2 ids=$3
counter=$(mktemp --suffix .so)
trap 'rm -f "$counter"' EXIT
cc -O2 -shared -fPIC -o "$counter" "$here/count_allocations.c"

# Prints passes and allocations of one run.
count() {
    LD_PRELOAD=$counter "$bench" encoder --bundle "$bundle" --ids "$ids" --batch 32 \
        --seconds "$1" --json 2>&1 |
        awk '/"passes"/ { gsub(/,/, ""); passes = $3 } /^allocations/ { n = $2 }
             END { print passes, n }'
}
read -r few few_allocations < <(count 0)
read -r many many_allocations < <(count 2)
echo "$few passes: $few_allocations allocations; $many passes: $many_allocations"
# The benchmark's own list of times doubles now and then.
if ((many_allocations - few_allocations > 32)); then
    echo "the encoder allocates in its steady state" >&2
    exit 1
fi
