#!/bin/sh
# Generates the Python client's stubs from proto/. They are committed, so that the package installs
# without grpcio-tools; `make check-proto` runs this into an empty directory and compares.
#
# google.rpc, health and reflection come from the packages that publish them: a second copy of a
# descriptor under the same file name is refused by Python's pool.
#
# Usage: generate.sh PYTHON OUTPUT   (from the repository's root)
set -eu
python=$1 output=$2

messages=$(cd proto && ls rankwire/v1/*.proto)
services=$(cd proto && ls rankwire/v1/*_service.proto)

rm -rf "$output/rankwire/v1"
mkdir -p "$output/rankwire/v1"
# shellcheck disable=SC2086 # the lists are words
"$python" -m grpc_tools.protoc --proto_path=proto \
    --python_out="$output" --pyi_out="$output" $messages
# shellcheck disable=SC2086
"$python" -m grpc_tools.protoc --proto_path=proto --grpc_python_out="$output" $services
cat > "$output/rankwire/v1/__init__.py" <<'END'
"""Messages and stubs of `rankwire.v1`, generated from proto/ by `make proto`. Do not edit."""
END
