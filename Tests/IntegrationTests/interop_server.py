"""`rankwire-bench interop-server` as a fixture's object, and the interop messages for Python."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

from server import BIN, ROOT

BENCH = Path(os.environ.get("RANKWIRE_BENCH", BIN / "rankwire-bench"))
PROTO = ROOT / "Tests" / "IntegrationTests" / "interop"
START_SECONDS = 60


class InteropServer:
    """A server of `rankwire-bench`: its process and its address."""

    def __init__(self, folder: Path, command: str = "interop-server") -> None:
        self.log = folder / f"{command}.log"
        with self.log.open("w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [str(BENCH), command, "--port", "0"], stdout=log, stderr=subprocess.STDOUT)
        self.address = self._address()

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    def resident_kilobytes(self) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1])

    def counts(self) -> dict[str, int]:
        """What it counted, once it has stopped."""
        words = self.log.read_text(encoding="utf-8").splitlines()[-1].split()
        return {name: int(count) for name, count in zip(words[::2], words[1::2], strict=True)}

    def _address(self) -> str:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            found = re.search(r"listening on (\S+)", self.log.read_text(encoding="utf-8"))
            if found:
                return found[1]
            time.sleep(0.05)
        self.process.kill()
        raise AssertionError(f"no interop server: {self.log.read_text(encoding='utf-8')}")

    def stop(self) -> None:
        """Ends it, and fails unless it went cleanly."""
        self.process.terminate()
        try:
            code = self.process.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError("the interop server did not stop") from None
        assert code == 0, self.log.read_text(encoding="utf-8")


def generate(folder: Path) -> tuple[ModuleType, ModuleType]:
    """Messages and stubs of interop.proto, generated into `folder`."""
    subprocess.run(
        [sys.executable, "-m", "grpc_tools.protoc", f"-I{PROTO}", f"--python_out={folder}",
         f"--grpc_python_out={folder}", "interop.proto"], check=True)
    sys.path.insert(0, str(folder))
    try:
        return importlib.import_module("interop_pb2"), importlib.import_module("interop_pb2_grpc")
    finally:
        sys.path.remove(str(folder))
