"""The server's settings: flag over environment over file over default; nothing misspelt passes."""

import json
import os
import subprocess
from pathlib import Path

import pytest
import server as server_module

BAD_CONFIGURATION = 78


def check(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(server_module.SERVER), "--check-config", *map(str, arguments)],
        env={**os.environ, **environment}, capture_output=True, text=True, timeout=30)


def value(report: str, key: str) -> tuple[str, str]:
    """A setting's effective value and where it came from."""
    for line in report.splitlines():
        parts = line.split()
        if parts and parts[0] == key:
            return " ".join(parts[1:-1]), parts[-1].strip("()")
    raise AssertionError(f"{key} is not in the report:\n{report}")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rankwired.json"
    path.write_text(json.dumps(
        {"workers": 3, "logLevel": "debug", "limits": {"maxCandidates": 5000}}), encoding="utf-8")
    return path


def test_a_flag_beats_the_environment_which_beats_the_file(file: Path) -> None:
    done = check(
        "--config", file, "--workers", 1, RANKWIRE_WORKERS="2", RANKWIRE_LOG_LEVEL="notice")
    assert done.returncode == 0, done.stderr
    assert value(done.stdout, "workers") == ("1", "flag")
    assert value(done.stdout, "logLevel") == ("notice", "environment")
    assert value(done.stdout, "limits.maxCandidates") == ("5000", "file")
    assert value(done.stdout, "drainTimeoutMs") == ("10000", "default")


def test_a_limit_is_set_by_name(file: Path) -> None:
    done = check("--set", "limits.maxCandidates=7000", RANKWIRE_LIMITS_MAX_ATTRIBUTES="7")
    assert value(done.stdout, "limits.maxCandidates") == ("7000", "flag")
    assert value(done.stdout, "limits.maxAttributes") == ("7", "environment")


def test_a_connection_bound_is_set_by_name() -> None:
    done = check(
        "--set", "connection.maxPingStrikes=5", RANKWIRE_CONNECTION_MAX_CONNECTION_AGE_MS="60000")
    assert value(done.stdout, "connection.maxPingStrikes") == ("5", "flag")
    assert value(done.stdout, "connection.maxConnectionAgeMs") == ("60000", "environment")


@pytest.mark.parametrize(("arguments", "environment", "named"), [
    (("--set", "limits.maxCandidats=1"), {}, "limits.maxCandidats"),
    (("--workers", "many"), {}, "workers"),
    ((), {"RANKWIRE_WORKRES": "2"}, "RANKWIRE_WORKRES"),
    (("--set", "limits.maxBatchTokens=4"), {}, "maxBatchTokens"),
    (("--config", "/nonexistent.json"), {}, "/nonexistent.json"),
])
def test_what_is_wrong_is_named(
    arguments: tuple[str, ...], environment: dict[str, str], named: str
) -> None:
    done = check(*arguments, **environment)
    assert done.returncode == BAD_CONFIGURATION
    assert named in done.stderr


def test_a_misspelt_key_of_the_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "rankwired.json"
    path.write_text(json.dumps({"limits": {"maxCandidats": 1}}), encoding="utf-8")
    done = check("--config", path)
    assert done.returncode == BAD_CONFIGURATION
    assert "limits.maxCandidats" in done.stderr
