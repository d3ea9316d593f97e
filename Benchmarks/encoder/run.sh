#!/usr/bin/env bash
# Makes the peers' environment once, then compares: see compare.py for the arguments.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work="$here/../../.build/encoder-peers"
if ! cmp -s "$here/requirements.txt" "$work/venv/requirements.txt"; then
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
    cp "$here/requirements.txt" "$work/venv/"
fi
export CT2_USE_MKL=0 OMP_NUM_THREADS=1
exec "$work/venv/bin/python" "$here/compare.py" "$@"
