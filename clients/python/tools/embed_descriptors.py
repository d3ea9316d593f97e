"""Write a protobuf descriptor set as C tables, for the server's reflection service.

protobuf-c keeps no file descriptors, so they are embedded: the set's bytes once, a table of the
files (slices of those bytes, with what each imports), and a table of the symbols they declare. The
server answers every question of grpc.reflection.v1 by looking in the tables, without parsing
descriptors.

Usage: embed_descriptors.py DESCRIPTOR_SET OUTPUT.c
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from google.protobuf import descriptor_pb2

BYTES_PER_LINE = 20


def file_slices(data: bytes) -> Iterator[tuple[int, int]]:
    """Offset and length of each `FileDescriptorSet.file` (field 1, length-delimited) in `data`."""
    position = 0
    while position < len(data):
        if data[position] != 0x0A:
            raise SystemExit(f"byte {position}: not the field `file` of a FileDescriptorSet")
        position += 1
        length = shift = 0
        while True:
            byte = data[position]
            position += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        yield position, length
        position += length


def message_symbols(prefix: str, message: descriptor_pb2.DescriptorProto) -> Iterator[str]:
    """Full names of a message and of all that is declared in it."""
    name = f"{prefix}.{message.name}"
    yield name
    yield from (f"{name}.{field.name}" for field in message.field)
    yield from (f"{name}.{oneof.name}" for oneof in message.oneof_decl)
    for enum in message.enum_type:
        yield from enum_symbols(name, enum)
    for nested in message.nested_type:
        yield from message_symbols(name, nested)


def enum_symbols(prefix: str, enum: descriptor_pb2.EnumDescriptorProto) -> Iterator[str]:
    """Full names of an enum and its values; values live in the enum's own scope."""
    yield f"{prefix}.{enum.name}"
    yield from (f"{prefix}.{value.name}" for value in enum.value)


def file_symbols(file: descriptor_pb2.FileDescriptorProto) -> Iterator[str]:
    """Full names of everything a file declares."""
    for message in file.message_type:
        yield from message_symbols(file.package, message)
    for enum in file.enum_type:
        yield from enum_symbols(file.package, enum)
    for service in file.service:
        yield f"{file.package}.{service.name}"
        yield from (f"{file.package}.{service.name}.{method.name}" for method in service.method)


def c_source(data: bytes) -> str:
    """The C file."""
    files = [(offset, length, descriptor_pb2.FileDescriptorProto.FromString(
        data[offset : offset + length])) for offset, length in file_slices(data)]
    index = {file.name: number for number, (_, _, file) in enumerate(files)}
    symbols = sorted(
        (symbol, number) for number, (_, _, file) in enumerate(files)
        for symbol in file_symbols(file))
    services = sorted(
        f"{file.package}.{service.name}" for _, _, file in files for service in file.service)

    lines = ["/* Generated from proto/ by `make proto`. Do not edit. */"]
    lines += ['#include "CMessages.h"', ""]
    lines.append(f"static const uint8_t descriptor_set[{len(data)}] = {{")
    for start in range(0, len(data), BYTES_PER_LINE):
        lines.append("    " + "".join(f"{byte}," for byte in data[start : start + BYTES_PER_LINE]))
    lines += ["};", ""]
    for number, (_, _, file) in enumerate(files):
        if file.dependency:
            imports = ", ".join(str(index[name]) for name in file.dependency)
            lines.append(f"static const uint16_t imports_{number}[] = {{{imports}}};")
    lines += ["", f"static const rankwire_descriptor_file files[{len(files)}] = {{"]
    for number, (offset, length, file) in enumerate(files):
        imports = f"imports_{number}" if file.dependency else "0"
        lines.append(
            f'    {{"{file.name}", descriptor_set + {offset}, {length},'
            f" {imports}, {len(file.dependency)}}},")
    lines += ["};", "", f"static const rankwire_descriptor_symbol symbols[{len(symbols)}] = {{"]
    lines += [f'    {{"{symbol}", {number}}},' for symbol, number in symbols]
    lines += ["};", "", f"static const char *const services[{len(services)}] = {{"]
    lines += [f'    "{service}",' for service in services]
    lines += ["};", ""]
    for result, name, array, count in [
        ("const uint8_t *", "set", "descriptor_set", len(data)),
        ("const rankwire_descriptor_file *", "files", "files", len(files)),
        ("const rankwire_descriptor_symbol *", "symbols", "symbols", len(symbols)),
        ("const char *const *", "services", "services", len(services)),
    ]:
        lines += [
            f"{result}rankwire_descriptor_{name}(size_t *count) {{",
            f"    *count = {count};", f"    return {array};", "}", ""]
    return "\n".join(lines[:-1]) + "\n"


def main() -> None:
    source, output = sys.argv[1:]
    Path(output).write_text(c_source(Path(source).read_bytes()), encoding="utf-8")


if __name__ == "__main__":
    main()
