"""A running `rankwired`, and how to run the tools."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import rankwire

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("RANKWIRE_BIN_DIR", ROOT / ".build" / "release"))
# The server under test may be another build, e.g. with AddressSanitizer.
SERVER = Path(os.environ.get("RANKWIRE_SERVER", BIN / "rankwired"))
START_SECONDS = 120
STOP_SECONDS = 60


def tool(*arguments: object, timeout_seconds: float = 300) -> subprocess.CompletedProcess[str]:
    """Runs `rankwire` with the arguments; never raises for its exit code."""
    return subprocess.run(
        [str(BIN / "rankwire"), *map(str, arguments)], capture_output=True, text=True,
        timeout=timeout_seconds, check=False)


def must(*arguments: object) -> str:
    """Runs `rankwire`, which must succeed; its standard output."""
    done = tool(*arguments)
    assert done.returncode == 0, f"rankwire {arguments}: {done.stdout}\n{done.stderr}"
    return done.stdout


class Server:
    """A server process with its addresses: `tcp` and `unix`."""

    def __init__(
        self, folder: Path, bundle: Path, store: Path, *options: str,
        environment: dict[str, str] | None = None
    ) -> None:
        self.log = folder / "server.log"
        socket = folder / "s"
        self.unix = f"unix:{socket}"
        with self.log.open("w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [str(SERVER), "--listen", "127.0.0.1:0", "--unix-socket", str(socket),
                 "--bundle", str(bundle), "--store", f"sqlite:{store}", *options],
                stdout=log, stderr=subprocess.STDOUT, env={**os.environ, **(environment or {})})
        self.tcp = self._address()

    def _address(self) -> str:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            found = re.search(r"listening on (127\.0\.0\.1:\d+)", self.text())
            if found:
                return found[1]
            time.sleep(0.05)
        self.process.kill()
        raise AssertionError(f"the server did not start:\n{self.text()}")

    @property
    def port(self) -> int:
        return int(self.tcp.rpartition(":")[2])

    def text(self) -> str:
        """All it has said."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def answers(self) -> None:
        """Fails unless the same process answers a good call."""
        assert self.process.poll() is None, f"the server is gone:\n{self.text()}"
        with rankwire.Client(self.tcp, timeout_seconds=30) as client:
            assert client.score_items("cats", item_ids=["felina-4", "spade-1"]).items

    def terminate(self) -> None:
        """Asks it to drain and end."""
        self.process.send_signal(signal.SIGTERM)

    def stop(self) -> None:
        """Ends it, and fails unless it went cleanly."""
        if self.process.poll() is None:
            self.terminate()
        try:
            code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"the server did not stop:\n{self.text()}") from None
        assert code == 0, f"the server ended with {code}:\n{self.text()}"
        assert "AddressSanitizer" not in self.text(), self.text()
