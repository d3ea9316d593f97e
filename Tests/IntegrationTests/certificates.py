"""Authorities and certificates for tests, made by the `openssl` tool in a folder of their own."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

SUBJECT_NAMES = "DNS:localhost,IP:127.0.0.1"


def openssl(*arguments: object) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


@dataclass
class Certificate:
    """Paths of a certificate and its key."""

    file: Path
    key: Path

    def chain(self) -> bytes:
        return self.file.read_bytes()

    def private_key(self) -> bytes:
        return self.key.read_bytes()


def self_signed(folder: Path, name: str, days: int = 2) -> Certificate:
    """One that is its own authority."""
    made = Certificate(folder / f"{name}.pem", folder / f"{name}.key")
    openssl(
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
        made.key, "-out", made.file, "-days", days, "-subj", f"/CN={name}")
    return made


class Authority:
    """Signs certificates."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self.folder = folder
        self.own = self_signed(folder, name)
        self.file = self.own.file

    def sign(self, name: str, subject_names: str = SUBJECT_NAMES, days: int = 2) -> Certificate:
        """`days` below zero: it has expired."""
        made = Certificate(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        request, extensions = self.folder / f"{name}.csr", self.folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName={subject_names}\n", encoding="ascii")
        openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
            made.key, "-out", request, "-subj", f"/CN={name}")
        openssl(
            "x509", "-req", "-in", request, "-CA", self.own.file, "-CAkey", self.own.key,
            "-CAcreateserial", "-days", days, "-extfile", extensions, "-out", made.file)
        return made
