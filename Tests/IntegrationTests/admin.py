"""A server with an admin address, and how to read it."""

from __future__ import annotations

import re
import time
import urllib.error
import urllib.request
from pathlib import Path

from server import Server

WAIT_SECONDS = 30
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


class AdminServer(Server):
    """Its admin address listens on a port of the system's choice."""

    def __init__(
        self, folder: Path, bundle: Path, store: Path, *options: str,
        environment: dict[str, str] | None = None
    ) -> None:
        super().__init__(
            folder, bundle, store, "--admin-listen", "127.0.0.1:0", *options,
            environment=environment)
        self.admin = "http://127.0.0.1:" + self.waits_for(
            r"admin on http://\S+:(\d+)")

    def waits_for(self, pattern: str) -> str:
        """What the pattern's group finds in the log, as soon as it is there."""
        until = time.monotonic() + WAIT_SECONDS
        while not (found := re.search(pattern, self.text())):
            assert time.monotonic() < until, f"never said {pattern!r}:\n{self.text()}"
            assert self.process.poll() is None, f"the server is gone:\n{self.text()}"
            time.sleep(0.02)
        return found[1] if found.groups() else found[0]

    def metrics(self) -> Samples:
        return samples(ask(self.admin + "/metrics")[1])


def ask(
    url: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[int, str]:
    """Status and text of a GET, or a POST where there is a body."""
    request = urllib.request.Request(url, data=body, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=WAIT_SECONDS) as reply:
            return reply.status, reply.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace")


def samples(text: str) -> Samples:
    """Of an exposition in Prometheus' text format."""
    found: Samples = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        match = re.fullmatch(r"([a-z_0-9]+)(?:\{(.*)\})? (\S+)", line)
        assert match, line
        labels = re.findall(r'([a-z_]+)="((?:[^"\\]|\\.)*)"', match[2] or "")
        found[match[1], frozenset(labels)] = float(match[3])
    return found


def total(metrics: Samples, name: str, **labels: str) -> float:
    """Of all series that have these labels."""
    wanted = set(labels.items())
    return sum(value for (found, has), value in metrics.items() if found == name and wanted <= has)
