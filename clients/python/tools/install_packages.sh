#!/bin/bash
# Installs the Debian packages named on the command line that are not there yet: as root, or with
# sudo if it asks no password. Else says what to install and fails.
set -euo pipefail

if ! command -v dpkg-query > /dev/null; then
    echo "Not a Debian system. Rankwire needs what these Debian 12 packages hold: $*" >&2
    exit 0
fi

missing=()
for package in "$@"; do
    state=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2> /dev/null || true)
    [ "$state" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" = 0 ]; then
    elevate=()
elif sudo -n true 2> /dev/null; then
    elevate=(sudo -n)
else
    echo "Missing packages. Install them, then run make again:" >&2
    echo "    sudo apt-get install ${missing[*]}" >&2
    exit 1
fi

echo "Installing ${missing[*]}"
"${elevate[@]}" apt-get update -q
"${elevate[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends "${missing[@]}"
