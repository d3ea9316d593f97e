"""The Debian package: taken apart into a clean tree, started as its unit says, asked."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest
from server import BIN, ROOT

import rankwire

PACKAGING = ROOT / "Sources" / "rankwired" / "Packaging"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("package")
    subprocess.run(
        [str(PACKAGING / "build_package.sh"), str(BIN), str(folder)], check=True,
        capture_output=True)
    found = list(folder.glob("rankwire_*.deb"))
    assert len(found) == 1
    return found[0]


@pytest.fixture(scope="module")
def tree(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `dpkg -i` lays down."""
    root = tmp_path_factory.mktemp("root")
    subprocess.run(["dpkg-deb", "--extract", str(package), str(root)], check=True)
    return root


def test_the_package_says_what_it_needs(package: Path) -> None:
    fields = subprocess.run(
        ["dpkg-deb", "--field", str(package)], check=True, capture_output=True, text=True).stdout
    depends = re.search(r"^Depends: (.*)$", fields, re.MULTILINE)
    assert depends
    for name in ("libc6", "libssl3", "libuv1", "libnghttp2-14", "libprotobuf-c1", "libsqlite3-0"):
        assert re.search(rf"\b{name} \(>= ", depends[1]), depends[1]
    assert re.search(r"^Version: \d+\.\d+\.\d+$", fields, re.MULTILINE)
    conffiles = subprocess.run(
        ["dpkg-deb", "--info", str(package), "conffiles"], check=True, capture_output=True,
        text=True).stdout
    assert conffiles == "/etc/rankwire/rankwired.json\n"


def test_dpkg_takes_it_and_takes_it_away(package: Path, tmp_path: Path) -> None:
    """By dpkg itself, with a database of its own; what it depends on is not there."""
    for folder in ("var/lib/dpkg/updates", "var/lib/dpkg/info", "etc"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "var/lib/dpkg/status").touch()
    common = [f"--root={tmp_path}", "--force-not-root", "--force-depends", "--no-triggers",
              "--log=/dev/null"]
    subprocess.run(["dpkg", *common, "--install", str(package)], check=True, capture_output=True)
    program = tmp_path / "usr/bin/rankwired"
    assert program.is_symlink()
    assert program.resolve() == (tmp_path / "usr/lib/rankwire/rankwired").resolve()
    subprocess.run(["dpkg", *common, "--purge", "rankwire"], check=True, capture_output=True)
    assert not (tmp_path / "usr/lib/rankwire").exists()
    assert not (tmp_path / "etc/rankwire").exists()


def command_line(tree: Path) -> list[str]:
    """The unit's, with paths of the tree for those of the machine."""
    unit = (tree / "lib/systemd/system/rankwired.service").read_text(encoding="utf-8")
    found = re.search(r"^ExecStart=(.*)$", unit, re.MULTILINE)
    assert found
    return [str(tree) + word if word.startswith("/") else word for word in shlex.split(found[1])]


def test_installed_and_started_it_answers_the_first_call(
    tree: Path, bundle: Path, store: Path, tmp_path: Path
) -> None:
    state = tree / "var/lib/rankwire"
    state.mkdir(parents=True)
    shutil.copytree(bundle, state / "bundle")
    for file in store.parent.glob(store.name + "*"):
        shutil.copy(file, state / file.name)
    configuration = json.loads((tree / "etc/rankwire/rankwired.json").read_text())
    assert configuration["bundle"] == "/var/lib/rankwire/bundle"
    assert configuration["store"] == "sqlite:/var/lib/rankwire/store.sqlite"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            command_line(tree), stdout=log, stderr=subprocess.STDOUT, cwd="/",
            # The tree is not at the machine's root: its paths come by the environment, which goes
            # before the file.
            env={"PATH": "/usr/bin:/bin", "RANKWIRE_BUNDLE": str(state / "bundle"),
                 "RANKWIRE_STORE": f"sqlite:{state / store.name}",
                 "RANKWIRE_LISTEN": f"127.0.0.1:{port}", "RANKWIRE_ADMIN_LISTEN": "127.0.0.1:0"})
    try:
        with rankwire.Client(f"127.0.0.1:{port}", timeout_seconds=120) as client:
            until = time.monotonic() + 120
            while "listening on" not in (tmp_path / "log").read_text():
                assert process.poll() is None, (tmp_path / "log").read_text()
                assert time.monotonic() < until
                time.sleep(0.05)
            assert client.score_items("cats", item_ids=["felina-4", "spade-1"]).items
        mapped = Path(f"/proc/{process.pid}/maps").read_text()
        swift = {line.split()[-1] for line in mapped.splitlines() if "libswift" in line}
        assert swift
        assert all(library.startswith(str(tree)) for library in swift), "its own runtime"
        said = subprocess.run(
            [str(tree / "usr/bin/rankwire"), "status", "--server", f"127.0.0.1:{port}"],
            check=True, capture_output=True, text=True, env={"PATH": "/usr/bin"}).stdout
        assert "serving" in said
    finally:
        process.terminate()
        assert process.wait(60) == 0


def test_the_manual_can_be_read(tree: Path) -> None:
    for page in ("man8/rankwired.8.gz", "man1/rankwire.1.gz"):
        assert (tree / "usr/share/man" / page).exists()
    assert os.access(tree / "usr/bin/rankwire", os.X_OK)
