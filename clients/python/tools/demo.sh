#!/bin/bash
# Starts the server on the demo's bundle and store, asks it three questions, prints the answers and
# stops it. Run from the repository's root, after `make demo` has prepared everything.
#
# Usage: demo.sh BIN_DIRECTORY DEMO_DIRECTORY
set -euo pipefail
bin=$1 demo=$2

# A household that buys a good deal, with a description; a day of the data's year on which
# campaigns run, because that is when the ads' bids stand.
user=${DEMO_USER:-1935}
moment=2017-11-20T12:00:00Z
sentence="Where is my order? It was due on Monday."

log=$demo/server.log
"$bin/rankwired" --listen 127.0.0.1:0 --bundle "$demo/bundle" --store "sqlite:$demo/store.sqlite" \
    > "$log" 2>&1 &
server=$!
trap 'kill -TERM "$server" 2> /dev/null || true; wait "$server" 2> /dev/null || true' EXIT

address=
for _ in $(seq 300); do
    address=$(sed -n 's/.*listening on \(127\.0\.0\.1:[0-9]*\).*/\1/p' "$log" | head -n 1)
    [ -z "$address" ] || break
    kill -0 "$server" 2> /dev/null || break
    sleep 0.1
done
if [ -z "$address" ]; then
    echo "The server did not start. Its log, $log:" >&2
    tail -n 20 "$log" >&2
    exit 1
fi

ask() {
    printf '\n\033[1m%s\033[0m\n' "$1"
    shift
    printf '$ rankwire %s\n\n' "$*"
    "$bin/rankwire" "$@"
}

ask "1. Of 200 products, what would household $user like, and why?" \
    score --server "$address" --user "$user" --candidates "$demo/data/candidates_items.csv" \
    --limit 10 --explain 3
ask "2. Which coupon is worth most to show them on ${moment%T*}?" \
    ad --server "$address" --user "$user" --candidates "$demo/data/candidates_ads.csv" \
    --time "$moment" --limit 5 --explain 1
ask "3. What does this customer want?" intent --server "$address" "$sentence"

printf '\nMore: make serve, then .build/release/rankwire --help\n'
