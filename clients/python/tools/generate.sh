#!/bin/sh
# Generates all code that comes from proto/: the C messages with their descriptor tables, and the
# Python client's stubs. Both are committed, so that a build needs neither protoc-c nor grpcio-tools;
# `make check-proto` runs this into an empty directory and compares.
#
# Usage: generate.sh PYTHON C_OUTPUT PYTHON_OUTPUT   (from the repository's root)
set -eu
python=$1 c_output=$2 python_output=$3

own=$(cd proto && ls rankwire/v1/*.proto)
services=$(cd proto && ls rankwire/v1/*_service.proto)
foreign="google/rpc/status.proto google/rpc/error_details.proto
    grpc/health/v1/health.proto grpc/reflection/v1/reflection.proto"
well_known="google/protobuf/any.proto google/protobuf/duration.proto
    google/protobuf/timestamp.proto"
include=/usr/include
[ -f "$include/google/protobuf/any.proto" ] || {
    echo "generate.sh: $include/google/protobuf/any.proto is missing: install libprotobuf-dev" >&2
    exit 1
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# shellcheck disable=SC2086 # the lists are words
protoc-c --proto_path=proto --proto_path="$include" --c_out="$work" \
    --include_imports --descriptor_set_out="$work/set" $own $foreign $well_known

rm -rf "$c_output/include/google" "$c_output/include/grpc" "$c_output/include/rankwire" \
    "$c_output/google" "$c_output/grpc" "$c_output/rankwire"
(cd "$work" && find . -name '*.pb-c.[ch]') | while read -r file; do
    case $file in
    *.h) target=$c_output/include/$file ;;
    *) target=$c_output/$file ;;
    esac
    mkdir -p "$(dirname "$target")"
    cp "$work/$file" "$target"
done
"$python" clients/python/tools/embed_descriptors.py "$work/set" "$c_output/descriptor_set.c"

# google.rpc, health and reflection come from the packages that publish them: a second copy of a
# descriptor under the same file name is refused by Python's pool.
rm -rf "$python_output/rankwire/v1"
mkdir -p "$python_output/rankwire/v1"
# shellcheck disable=SC2086
"$python" -m grpc_tools.protoc --proto_path=proto --proto_path="$include" \
    --python_out="$python_output" --pyi_out="$python_output" $own
# shellcheck disable=SC2086
"$python" -m grpc_tools.protoc --proto_path=proto --proto_path="$include" \
    --grpc_python_out="$python_output" $services
cat > "$python_output/rankwire/v1/__init__.py" <<'END'
"""Messages and stubs of `rankwire.v1`, generated from proto/ by `make proto`. Do not edit."""
END
