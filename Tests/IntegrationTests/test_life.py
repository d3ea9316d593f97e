"""Life under a service manager: sockets handed over, readiness, watchdog, reload."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from admin import WAIT_SECONDS
from server import ROOT, SERVER

import rankwire

UNIT = ROOT / "Sources" / "rankwired" / "Packaging" / "rankwired.service"
# What systemd does before it starts a service: sockets from descriptor 3 on, and whose they are.
LAUNCH = """
import os, sys
count, sockets, command = int(sys.argv[1]), eval(sys.argv[2]), sys.argv[3:]
for place, file in enumerate(sockets):
    os.dup2(file, 3 + place)
    os.set_inheritable(3 + place, True)
os.environ["LISTEN_PID"] = str(os.getpid())
os.environ["LISTEN_FDS"] = str(count)
if "WATCHDOG_USEC" in os.environ: os.environ["WATCHDOG_PID"] = str(os.getpid())
os.execv(command[0], command)
"""


class Manager:
    """A service manager's end: it makes the sockets and hears the words."""

    def __init__(self, folder: Path, bundle: Path, store: Path, *options: str) -> None:
        self.folder = folder
        self.words = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.words.bind(str(folder / "notify"))
        self.words.settimeout(WAIT_SECONDS)
        self.tcp = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.unix = socket.socket(socket.AF_UNIX)
        self.unix.bind(str(folder / "u"))
        self.unix.listen(128)
        self.command = [
            str(SERVER), "--bundle", str(bundle), "--store", f"sqlite:{store}", *options]
        self.log = folder / "log"
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, sockets: list[socket.socket], **environment: str) -> subprocess.Popen[bytes]:
        # High enough that the launcher does not overwrite one before it is moved.
        files = [os.dup(s.fileno()) for s in sockets]
        high = [self._high(file) for file in files]
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-c", LAUNCH, str(len(high)), repr(high), *self.command],
                pass_fds=high, stdout=log, stderr=subprocess.STDOUT,
                env={**os.environ, "NOTIFY_SOCKET": str(self.folder / "notify"), **environment})
        for file in [*files, *high]:
            os.close(file)
        self.processes.append(process)
        return process

    @staticmethod
    def _high(file: int) -> int:
        return fcntl.fcntl(file, fcntl.F_DUPFD, 100)

    def hears(self, word: str) -> None:
        """Waits for it, whatever is said before."""
        try:
            while word not in self.words.recv(4096).decode().split("\n"):
                pass
        except TimeoutError:
            raise AssertionError(f"never heard {word}:\n{self.log.read_text()}") from None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.tcp.getsockname()[1]}"

    def close(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()
        for open_socket in (self.words, self.tcp, self.unix):
            open_socket.close()


@pytest.fixture
def manager(bundle: Path, store: Path, tmp_path: Path) -> Iterator[Manager]:
    made = Manager(tmp_path, bundle, store)
    yield made
    made.close()


def asks(address: str) -> bool:
    with rankwire.Client(address, timeout_seconds=30) as client:
        return bool(client.score_items("cats", item_ids=["felina-4"]).items)


@pytest.mark.parametrize("loops", ["1", "2"])
def test_sockets_that_are_handed_over_are_served(manager: Manager, loops: str) -> None:
    process = manager.start([manager.tcp, manager.unix], RANKWIRE_LOOPS=loops)
    manager.hears("READY=1")
    for _ in range(4):
        assert asks(manager.address)
        assert asks(f"unix:{manager.folder / 'u'}")
    assert "handed over" in manager.log.read_text()
    process.send_signal(signal.SIGTERM)
    manager.hears("STOPPING=1")
    assert process.wait(WAIT_SECONDS) == 0
    assert (manager.folder / "u").exists(), "it is the manager's"


def test_a_call_made_while_nobody_serves_is_answered_by_the_next(manager: Manager) -> None:
    """What socket activation is for: the port never refuses."""
    first = manager.start([manager.tcp])
    manager.hears("READY=1")
    assert asks(manager.address)
    first.send_signal(signal.SIGTERM)
    assert first.wait(WAIT_SECONDS) == 0
    with rankwire.Client(manager.address, timeout_seconds=60) as client:
        channel_answers: list[object] = []
        waiting = threading.Thread(
            target=lambda: channel_answers.append(
                client.score_items("cats", item_ids=["felina-4"])))
        waiting.start()
        manager.start([manager.tcp])
        waiting.join(60)
        assert channel_answers


def test_what_is_no_listening_socket_is_named(manager: Manager) -> None:
    with socket.socket() as plain:
        process = manager.start([plain])
        assert process.wait(WAIT_SECONDS) != 0
    assert "file descriptor 3 is no listening stream socket" in manager.log.read_text()


def test_sockets_for_another_process_are_left_alone(
    bundle: Path, store: Path, tmp_path: Path
) -> None:
    done = subprocess.run(
        [str(SERVER), "--check-config"], capture_output=True, text=True, check=False,
        env={**os.environ, "LISTEN_PID": "1", "LISTEN_FDS": "5"})
    assert done.returncode == 0


def test_the_watchdog_hears_of_every_loop(manager: Manager) -> None:
    process = manager.start(
        [manager.tcp], WATCHDOG_USEC="600000", RANKWIRE_LOOPS="2")
    manager.hears("READY=1")
    for _ in range(3):
        manager.hears("WATCHDOG=1")
    # A process that stands still says nothing.
    process.send_signal(signal.SIGSTOP)
    time.sleep(0.3)
    manager.words.setblocking(False)
    try:
        while manager.words.recv(4096):
            pass
    except BlockingIOError:
        pass
    manager.words.settimeout(1)
    with pytest.raises(TimeoutError):
        manager.words.recv(4096)
    manager.words.settimeout(WAIT_SECONDS)
    process.send_signal(signal.SIGCONT)
    manager.hears("WATCHDOG=1")
    process.send_signal(signal.SIGTERM)
    assert process.wait(WAIT_SECONDS) == 0


def test_a_reload_is_told(manager: Manager) -> None:
    process = manager.start([manager.tcp])
    manager.hears("READY=1")
    process.send_signal(signal.SIGHUP)
    manager.hears("RELOADING=1")
    manager.hears("READY=1")
    assert asks(manager.address)


def test_the_unit_is_sound_and_shut(tmp_path: Path) -> None:
    """systemd's own verdicts, where its tool is there."""
    for name in ("rankwired.service", "rankwired.socket"):
        text = (UNIT.parent / name).read_text()
        # The program need not be installed for the unit to be right; nor its manual.
        (tmp_path / name).write_text(
            text.replace("/usr/bin/rankwired", "/bin/true").replace(
                "Documentation=man:rankwired(8)\n", ""))
    unit = str(tmp_path / "rankwired.service")
    try:
        verdict = subprocess.run(
            ["systemd-analyze", "verify", unit, str(tmp_path / "rankwired.socket")],
            capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("systemd-analyze is not installed")
    assert verdict.returncode == 0, verdict.stderr
    assert "rankwired" not in verdict.stderr, verdict.stderr
    exposure = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--threshold=20", "--no-pager", unit],
        capture_output=True, text=True, check=False)
    assert exposure.returncode == 0, exposure.stdout
