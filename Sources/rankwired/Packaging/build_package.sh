#!/bin/bash
# Makes a Debian package: build_package.sh BIN_DIRECTORY OUTPUT_DIRECTORY
#
# The programs and the Swift runtime they were built with lie together in /usr/lib/rankwire, where they
# find each other by $ORIGIN; /usr/bin has links. Everything else comes from Debian, as Depends says.
set -euo pipefail
bin=$(cd "$1" && pwd)
mkdir -p "$2"
output=$(cd "$2" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
version=$("$bin/rankwired" --version)
architecture=$(dpkg --print-architecture)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
chmod 755 "$tree"

own=$tree/usr/lib/rankwire
install -d "$own" "$tree/usr/bin" "$tree/DEBIAN" "$tree/usr/share/doc/rankwire"
for program in rankwired rankwire; do
    install -m 755 "$bin/$program" "$own/$program"
    strip --strip-debug "$own/$program"
    # Not the toolchain's directory on the machine that built it.
    patchelf --set-rpath '$ORIGIN' "$own/$program"
    ln -s "../lib/rankwire/$program" "$tree/usr/bin/$program"
done

# What is not Debian's is Swift's, and goes along.
libraries=$(for program in rankwired rankwire; do ldd "$bin/$program"; done |
    awk '$2 == "=>" && $3 ~ /^\// { print $3 }' | sort -u)
packages=
for library in $libraries; do
    # Debian's /lib is a link into /usr, and its package lists know either name.
    package=$(dpkg-query --search "$(realpath "$library")" 2> /dev/null ||
        dpkg-query --search "$(realpath "$library" | sed 's|^/usr||')" 2> /dev/null || true)
    if [ -n "$package" ]; then
        packages="$packages ${package%%:*}"
    else
        install -m 644 "$library" "$own/"
    fi
done
depends=$(for package in $packages; do echo "$package"; done | sort -u | while read -r package; do
    installed=$(dpkg-query --show --showformat='${Version}' "$package")
    # The version before the Debian revision.
    echo "$package (>= ${installed%-*})"
done | paste -sd, | sed 's/,/, /g')

install -Dm 644 "$here/rankwired.service" "$tree/lib/systemd/system/rankwired.service"
install -m 644 "$here/rankwired.socket" "$tree/lib/systemd/system/rankwired.socket"
install -Dm 644 "$here/rankwired.json" "$tree/etc/rankwire/rankwired.json"
install -Dm 644 "$root/Sources/Intents/Resources/ecommerce_intents.jsonl" \
    "$tree/usr/share/rankwire/ecommerce_intents.jsonl"
install -m 644 "$root/LICENSE" "$tree/usr/share/doc/rankwire/copyright"
for page in rankwired.8 rankwire.1; do
    install -d "$tree/usr/share/man/man${page##*.}"
    gzip -9n < "$here/$page" > "$tree/usr/share/man/man${page##*.}/$page.gz"
done

echo /etc/rankwire/rankwired.json > "$tree/DEBIAN/conffiles"
cat > "$tree/DEBIAN/control" << CONTROL
Package: rankwire
Version: $version
Architecture: $architecture
Maintainer: The Rankwire authors <rankwire@localhost>
Section: net
Priority: optional
Installed-Size: $(du -sk --exclude=DEBIAN "$tree" | cut -f1)
Depends: $depends
Description: rankings, ads and intents over gRPC
 A gRPC server that says which of these come first for this person, and why;
 with the tool that asks it and fills its store.
CONTROL
(cd "$tree" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | LC_ALL=C sort -z |
    xargs -0 md5sum > DEBIAN/md5sums)

package=$output/rankwire_${version}_$architecture.deb
rm -f "$output"/rankwire_*.deb
# Zstandard packs in a tenth of the time that xz takes; dpkg of Debian 12 reads it.
dpkg-deb --root-owner-group -Zzstd -z9 --build "$tree" "$package" > /dev/null
echo "$package: $(du -h "$package" | cut -f1), depends on $depends"
