"""A disk that fails: what is answered is stored, what is not says why; the server carries on."""

from __future__ import annotations

import subprocess
from pathlib import Path

import grpc
import pytest
from test_profiles import Shop, copied, event

from rankwire import errors
from rankwire.v1 import profile_service_pb2

SHIM = Path(__file__).with_name("failing_disk.c")


class Disk:
    """A disk that fails as it is told, for the server that has its environment."""

    def __init__(self, folder: Path) -> None:
        self.control = folder / "failing"
        shim = folder / "failing_disk.so"
        subprocess.run(
            ["cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC",
             "-o", str(shim), str(SHIM), "-ldl"], check=True)
        self.works()
        self.environment = {"LD_PRELOAD": str(shim), "FAILING_DISK": str(self.control)}

    def fails(self, how: str) -> None:
        """`sync`: fsync fails. `full`: writes fail."""
        self.control.write_text(how, encoding="ascii")

    def works(self) -> None:
        self.control.write_text("", encoding="ascii")


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    folder = tmp_path / "disk"
    folder.mkdir()
    return Disk(folder)


def views(name: str, count: int = 5) -> list[profile_service_pb2.UserEvent]:
    return [event("sailor", "VIEW", f"{name}-{n}", item_id="felina-0", age_seconds=60 + n)
            for n in range(count)]


def event_count(shop: Shop, user: str = "sailor") -> int:
    return shop.profiles.GetProfile(
        profile_service_pb2.GetProfileRequest(user_id=user), timeout=30).profile.event_count


@pytest.mark.parametrize(("how", "code", "why"), [
    ("sync", grpc.StatusCode.UNAVAILABLE, "STORE_IO"),
    ("full", grpc.StatusCode.RESOURCE_EXHAUSTED, "STORE_FULL")])
def test_nothing_is_acknowledged_that_is_not_durable(
    bundle: Path, store: Path, tmp_path: Path, disk: Disk,
    how: str, code: grpc.StatusCode, why: str
) -> None:
    path = copied(store, tmp_path)
    running = Shop(tmp_path / "run", bundle, path, environment=disk.environment)
    assert running.ingest(*views("before")).stored_count == 5
    assert event_count(running) == 5
    disk.fails(how)
    for attempt in range(3):
        with pytest.raises(grpc.RpcError) as failed:
            running.ingest(*views(f"failing-{attempt}"))
        found = errors.from_rpc_error(failed.value)
        assert (found.code, found.reason) == (code, why), found
        with pytest.raises(grpc.RpcError) as kept:
            running.profiles.DeleteProfile(
                profile_service_pb2.DeleteProfileRequest(user_id="runner"), timeout=30)
        assert kept.value.code() == code
        # What needs no writing goes on, and knows nothing of what was refused.
        assert event_count(running) == 5
        assert running.best("cats") == "Pets > Cat food"
    disk.works()
    assert event_count(running, "runner") > 0
    assert running.ingest(*views("after")).stored_count == 5
    again = running.ingest(*views("failing-0"))
    assert (again.stored_count, again.duplicate_count) == (5, 0)
    assert event_count(running) == 15
    running.server.process.kill()
    running.server.process.wait()
    running.channel.close()

    after = Shop(tmp_path / "again", bundle, path)
    assert event_count(after) == 15
    known = after.ingest(*views("before"), *views("after"), *views("failing-0"))
    assert (known.stored_count, known.duplicate_count) == (0, 15)
    after.close()


def test_a_kill_while_the_disk_fails_loses_nothing(
    bundle: Path, store: Path, tmp_path: Path, disk: Disk
) -> None:
    path = copied(store, tmp_path)
    for round_, how in enumerate(["sync", "full", "sync"]):
        running = Shop(tmp_path / f"run-{round_}", bundle, path, environment=disk.environment)
        assert running.ingest(*views(f"good-{round_}")).stored_count == 5
        disk.fails(how)
        with pytest.raises(grpc.RpcError):
            running.ingest(*views(f"bad-{round_}"))
        running.server.process.kill()
        running.server.process.wait()
        running.channel.close()
        disk.works()
        after = Shop(tmp_path / f"check-{round_}", bundle, path)
        # A call that was refused may be stored whole, as a caller that asks again finds out.
        again = after.ingest(*views(f"bad-{round_}"))
        assert {again.stored_count, again.duplicate_count} == {0, 5}
        assert after.ingest(*views(f"good-{round_}")).duplicate_count == 5
        assert event_count(after) == 10 * (round_ + 1)
        after.close()
