"""Import: bad rows go to the rejects file with their place and reason, good ones into the store."""

from __future__ import annotations

import os
import random
import re
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest
import shop
from server import BIN, Server, must, tool
from test_profiles import copied

import rankwire


def test_bad_rows_are_rejected_and_good_ones_kept(bundle: Path, tmp_path: Path) -> None:
    file = tmp_path / "items.csv"
    file.write_text(
        "item,title,price,currency\n"
        "a,Rye bread,2.50,USD\n"
        ",No identifier,1.00,USD\n"
        "b,Bad price,cheap,USD\n"
        '"c","Quoted, with comma",1.00,USD\n'
        f"{'x' * 257},Long identifier,1.00,USD\n", encoding="utf-8")
    rejects = tmp_path / "rejects"
    must(
        "import", "items", file, "--store", f"sqlite:{tmp_path / 'store'}", "--bundle", bundle,
        "--rejects", rejects)
    told = rejects.read_text(encoding="utf-8")
    assert "No identifier" in told and "cheap" in told and "Long identifier" in told
    assert "Rye" not in told and "Quoted" not in told
    server = Server(tmp_path, bundle, tmp_path / "store")
    with rankwire.Client(server.tcp, timeout_seconds=30) as client:
        assert client.model_card().item_count == 2
    server.stop()


def test_importing_twice_changes_nothing(bundle: Path, tmp_path: Path) -> None:
    store = f"sqlite:{tmp_path / 'store'}"
    files = {
        "items": shop.write_items(tmp_path), "users": shop.write_users(tmp_path),
        "events": shop.write_events(tmp_path)}
    answers = []
    for number in range(2):
        for kind, file in files.items():
            must("import", kind, file, "--store", store, "--bundle", bundle)
        folder = tmp_path / str(number)
        folder.mkdir()
        server = Server(folder, bundle, tmp_path / "store")
        with rankwire.Client(server.tcp, timeout_seconds=30) as client:
            found = client.score_items("baker", item_ids=shop.ITEMS).items
            assert client.model_card().item_count == len(shop.ITEMS)
        answers.append([item.item_id for item in found])
        server.stop()
    assert answers[0] == answers[1]


def test_a_running_server_takes_a_file_of_events(
    bundle: Path, store: Path, tmp_path: Path
) -> None:
    server = Server(tmp_path, bundle, copied(store, tmp_path))
    rows = ["user,item,type,time,event_id,value,currency"]
    rows += [f"new-{n % 9},felina-{n % 5},view,2026-02-01T10:00:00Z,e{n},," for n in range(2_500)]
    rows += ["new-1,felina-0,purchase,2026-02-01T10:00:00Z,bad,-1,USD"]
    file = tmp_path / "new.csv"
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    rejects = tmp_path / "rejects.csv"
    for outcome in ("2,500 new or changed, 0 unchanged", "0 new or changed, 2,500 unchanged"):
        said = must("import", "events", file, "--server", server.tcp, "--rejects", rejects)
        assert f"2,501 rows, {outcome}, 1 rejected" in said
        assert "2,500 events acknowledged" in said
        assert "negative" in rejects.read_text(encoding="utf-8")
    with rankwire.Client(server.tcp, timeout_seconds=30) as client:
        best = client.score_items("new-1", item_ids=shop.ITEMS).items[0]
        assert shop.ITEMS[best.item_id][1] == "Pets > Cat food"
    server.stop()
    done = tool("import", "events", file, "--server", server.tcp)
    assert done.returncode != 0 and server.tcp in done.stderr
    both = tool("import", "events", file, "--server", server.tcp, "--store", "sqlite:x")
    assert both.returncode != 0 and "either" in both.stderr


@pytest.mark.parametrize("kind", ["items", "users", "events", "ads", "intents"])
def test_a_missing_file_is_named(bundle: Path, tmp_path: Path, kind: str) -> None:
    done = tool(
        "import", kind, "/nonexistent/file", "--store", f"sqlite:{tmp_path / 's'}", "--bundle",
        bundle)
    assert done.returncode != 0
    assert "/nonexistent/file" in done.stderr


def test_a_header_without_the_needed_columns_is_refused(bundle: Path, tmp_path: Path) -> None:
    file = tmp_path / "items.csv"
    file.write_text("name,cost\nx,1\n", encoding="utf-8")
    done = tool(
        "import", "items", file, "--store", f"sqlite:{tmp_path / 's'}", "--bundle", bundle)
    assert done.returncode != 0
    assert "item" in done.stderr


def test_a_damaged_model_is_refused_with_what_and_where(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{", encoding="utf-8")
    done = tool("model", "import", tmp_path, "--output", tmp_path / "bundle")
    assert done.returncode != 0
    assert "config.json" in done.stderr
    assert not (tmp_path / "bundle").exists()


def _encoded(store: Path) -> int:
    """Texts that have their vectors."""
    if not store.exists():
        return 0
    connection = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
    try:
        return connection.execute(
            "SELECT count(*) FROM texts WHERE vector IS NOT NULL").fetchone()[0]
    except sqlite3.OperationalError:
        return 0  # Not made yet, or the import is about to commit.
    finally:
        connection.close()


def test_a_killed_import_goes_on_where_it_was(bundle: Path, tmp_path: Path) -> None:
    count, store, file = 5_000, tmp_path / "store", tmp_path / "items.csv"
    random_ = random.Random(7)
    words = "red blue old new big small dry wet long short soft hard warm cold".split()
    file.write_text("item,title\n" + "".join(
        f"i{n},{' '.join(random_.choices(words, k=5))} {n}\n" for n in range(count)),
        encoding="utf-8")
    arguments = ["import", "items", file, "--store", f"sqlite:{store}", "--bundle", bundle]
    before = 0
    for _ in range(2):
        with subprocess.Popen(
            [str(BIN / "rankwire"), *map(str, arguments)], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as running:
            until = time.monotonic() + 120
            while _encoded(store) <= before and running.poll() is None:
                assert time.monotonic() < until
                time.sleep(0.02)
            running.kill()
        before = _encoded(store)
        assert 0 < before < count, "it was over before it was killed"
    said = must(*arguments)
    rest = re.search(r"([\d,]+) texts encoded", said)
    assert rest and int(rest[1].replace(",", "")) == count - before, said
    assert "5,000 unchanged" in said
    again = must(*arguments)
    assert "texts encoded" not in again and "5,000 unchanged" in again


def test_a_large_file_takes_constant_memory(tmp_path: Path) -> None:
    """1 GB by `make check-long`; one row of ten is new, some are malformed or wrong bytes."""
    block_bytes = 1024 * 1024
    blocks = 1024 if "LONG_CHECKS" in os.environ else 24
    rows = [f"user-{n % 500},item-{n % 3000},view,TIME,e{n}-MARK,a channel of some length\n"
            for n in range(block_bytes // 70)]
    rows[100], rows[200] = "too,few\n", "user-1,item-1,view,TIME,\xff\xfe,wrong bytes\n"
    rows[300] = "user-1,item-1,view,not a time,x,\n"
    block = "".join(rows).encode("latin-1")
    with subprocess.Popen(
        [str(BIN / "rankwire"), "import", "events", "-", "--store", f"sqlite:{tmp_path / 's'}"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(b"user,item,type,time,event_id,channel\n")
        for number in range(blocks):
            part = block.replace(b"MARK", b"%d" % (number // 10))
            process.stdin.write(part.replace(b"TIME", b"%d" % (1_700_000_000 + number // 10)))
        process.stdin.close()
        said = process.stdout.read().decode()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, said
    assert f"{3 * blocks:,} rejected" in said, said
    # The page cache of a connection is 64 MiB.
    assert usage.ru_maxrss < 400 * 1024, f"{usage.ru_maxrss} KiB"
