"""Headless Chromium by its DevTools protocol over a pipe (--remote-debugging-pipe): no driver."""

from __future__ import annotations

import base64
import fcntl
import itertools
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

WAIT_SECONDS = 30


class Browser:
    """One page."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("chromium")
        assert program, "Debian's chromium is not installed"
        to_browser, self._in = os.pipe()
        self._out, from_browser = os.pipe()
        # Out of the way of the two places that Chromium reads and writes.
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD, 100) for end in (to_browser, from_browser)]

        def place() -> None:
            for number, end in zip((3, 4), ends, strict=True):
                os.dup2(end, number)

        with (folder / "chromium.log").open("w") as log:
            self.process = subprocess.Popen(
                [program, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
                 "--disable-dev-shm-usage", "--disable-background-networking",
                 f"--user-data-dir={folder / 'profile'}", "--remote-debugging-pipe",
                 "about:blank"],
                stdout=log, stderr=subprocess.STDOUT, preexec_fn=place, pass_fds=(3, 4))
        for end in (to_browser, from_browser, *ends):
            os.close(end)
        self._numbers = itertools.count(1)
        self._buffer = b""
        self.problems: list[str] = []
        self.session: str | None = None
        self._size = 800, 600, False
        targets = self.command("Target.getTargets")["targetInfos"]
        page = next(target for target in targets if target["type"] == "page")
        self.session = self.command(
            "Target.attachToTarget", targetId=page["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.command(f"{domain}.enable")

    def command(self, method: str, **parameters: object) -> dict[str, Any]:
        number = next(self._numbers)
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self._in, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == number:
                assert "error" not in answer, answer
                return answer["result"]
            self._event(answer)

    def _read(self) -> dict[str, Any]:
        until = time.monotonic() + WAIT_SECONDS
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._out], [], [], max(0, until - time.monotonic()))
            assert ready, "the browser says nothing"
            part = os.read(self._out, 1 << 20)
            assert part, "the browser is gone"
            self._buffer += part
        message, self._buffer = self._buffer.split(b"\0", 1)
        return json.loads(message)

    def _event(self, event: dict[str, Any]) -> None:
        if event.get("method") == "Runtime.exceptionThrown":
            self.problems.append(json.dumps(event["params"]["exceptionDetails"]))
        elif event.get("method") == "Log.entryAdded":
            self.problems.append(event["params"]["entry"]["text"])

    def open(self, url: str) -> None:
        self.command("Page.navigate", url=url)
        self.until(f"location.href === {url!r} && document.readyState === 'complete'")

    def size(self, width: int, height: int, phone: bool = False) -> None:
        self._size = width, height, phone
        self.command(
            "Emulation.setDeviceMetricsOverride", width=width, height=height,
            deviceScaleFactor=2 if phone else 1, mobile=phone)

    def evaluate(self, script: str) -> Any:
        result = self.command("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def until(self, script: str) -> Any:
        """Waits until the script's value is true for JavaScript."""
        until = time.monotonic() + WAIT_SECONDS
        while not (value := self.evaluate(script)):
            assert time.monotonic() < until, f"never true: {script}\n{self.text()}"
            time.sleep(0.05)
        return value

    def text(self) -> str:
        return self.evaluate("document.body.innerText")

    def screenshot(self, file: Path) -> None:
        """Of the whole page."""
        width, height, phone = self._size
        whole = self.command("Page.getLayoutMetrics")["cssContentSize"]["height"]
        self.size(width, int(whole), phone)
        file.write_bytes(base64.b64decode(self.command("Page.captureScreenshot")["data"]))
        self.size(width, height, phone)

    def close(self) -> None:
        os.close(self._in)
        os.close(self._out)
        self.process.terminate()
        self.process.wait(WAIT_SECONDS)
