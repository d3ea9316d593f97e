#!/usr/bin/env bash
# Rankwire's heads, XGBoost and ALS on the same test of the demo's data: weeks 1-40 to train on, 41-45 to
# choose by, 46-53 to test on. Prints the table; arguments go to `rankwire evaluate ranking`.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
work="$root/.build/ranking-peers"
if ! cmp -s "$here/requirements.txt" "$work/venv/requirements.txt"; then
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
    cp "$here/requirements.txt" "$work/venv/"
fi
export OPENBLAS_NUM_THREADS=1
times=(--train-until 2017-10-02T04:00:00Z --test-from 2017-11-06T05:00:00Z)
evaluate=("$root/.build/release/rankwire" evaluate ranking --store "sqlite:$root/.demo/store.sqlite"
    --bundle "$root/.demo/bundle" --events "$root/.demo/data/events.csv" "${times[@]}")
"${evaluate[@]}" --head additive --explanations 1 --export "$work/rows" > "$work/alone.txt"
"$work/venv/bin/python" "$here/peers.py" "$work/rows" \
    --train-until 2017-10-02T04:00:00 --test-from 2017-11-06T05:00:00
exec "${evaluate[@]}" --logits "XGBoost=$work/rows/xgboost.npy" --scores "ALS=$work/rows/als.npy" "$@"
