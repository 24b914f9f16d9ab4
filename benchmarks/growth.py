"""How time and memory grow with rows, columns, members and candidates, and what a cluster adds to a training.

    python benchmarks/growth.py [--large] [--only NAME,...]

Whole commands in processes of their own, each at two sizes, ten times apart; the exponent is the logarithm to 10 of
the ratio of their times, so that 1 is growth in proportion. What every command takes (loading TensorFlow, compiling)
lowers it; `--large` adds a size ten times larger, where that matters less. `memory` is what a large table adds to the
anonymous memory of `fit`, that is to what is in no file; goal: at most 300 MB. `workers` trains the same networks
warm, in two threads and on two Dask workers of one thread each.
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Growth:
    """A size that grows: the table's rows and columns, and the words of the command, with `{n}` for the size."""

    name: str
    sizes: tuple[int, ...]
    rows: str
    columns: str
    words: str


GROWTHS = (
    Growth("rows", (2_000, 20_000, 200_000), "{n}", "10", "fit {table} --target y"),
    Growth("columns", (10, 100, 1_000), "2000", "{n}", "fit {table} --target y"),
    Growth("members", (8, 80, 800), "500", "10", "fit {table} --target y --members {n}"),
    Growth("candidates", (10, 100, 1_000), "500", "10", "search {table} --target y --strategy random --trials {n}"),
)


ONE_EPOCH = "--epochs 1 --members 1"
MEMORY = ((1_000_000, ONE_EPOCH), (5_000_000, ONE_EPOCH), (1_000_000, ""))
"""Rows of 20 columns, and options of `fit`, compared with 500 rows and the same options."""
BLOCK = 100_000


def write_table(path: Path, rows: int, columns: int) -> None:
    """Write a table whose target depends on two columns."""
    rng = np.random.default_rng(0)
    for first in range(0, rows, BLOCK):
        x = rng.normal(size=(min(BLOCK, rows - first), columns)).round(4)
        frame = pd.DataFrame(x, columns=[f"c{k}" for k in range(columns)])
        frame["y"] = (x[:, 0] + np.tanh(x[:, 1]) + rng.normal(size=len(x))).round(4)
        frame.to_csv(path, index=False, mode="a" if first else "w", header=not first)


def run(words: list[str], folder: Path) -> tuple[float, float]:
    """Run bnfit; return seconds and the most megabytes of anonymous memory."""
    began, most = time.perf_counter(), 0.0
    command = [sys.executable, "-m", "bnfit", *words, "-o", "m.keras", "--force", "--quiet"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            most = max(most, anonymous_memory(process.pid))
            time.sleep(0.02)
    if process.returncode:
        raise SystemExit(f"exit code {process.returncode}: {' '.join(command)}")
    return time.perf_counter() - began, most


def anonymous_memory(process: int) -> float:
    """Read how many megabytes a process holds that are in no file; 0 where the system does not say, or it has ended."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("RssAnon:")), 0.0)


def measure_memory(large: bool, folder: Path) -> None:
    """Print what large tables add to the memory of `fit`."""
    small = folder / "small.csv"
    write_table(small, 500, 20)
    for rows, options in MEMORY if large else MEMORY[:1]:
        table = folder / "large.csv"
        write_table(table, rows, 20)
        (_, before), (seconds, after) = (run(f"fit {t} --target y {options}".split(), folder) for t in (small, table))
        print(
            f"memory     {rows:>9,} {seconds:8.1f} s {after:7.0f} MB, {after - before:+.0f} MB  {options}", flush=True
        )


def measure(growth: Growth, sizes: int, folder: Path) -> None:
    """Print seconds, megabytes and exponents of one growth."""
    before: float | None = None
    for n in growth.sizes[:sizes]:
        table = folder / f"{growth.name}.csv"
        write_table(table, int(growth.rows.format(n=n)), int(growth.columns.format(n=n)))
        seconds, megabytes = run(growth.words.format(table=table, n=n).split(), folder)
        exponent = "" if before is None else f"  exponent {math.log10(seconds / before):.2f}"
        print(f"{growth.name:10} {n:>9,} {seconds:8.1f} s {megabytes:7.0f} MB{exponent}", flush=True)
        before = seconds


def measure_workers() -> None:
    """Print how long a warm training takes on two workers, beside two threads."""
    sys.path.insert(0, str(ROOT))
    from bnfit.evaluation.splits import FoldConstraints, splits
    from bnfit.networks.architecture import Architecture
    from bnfit.population.dask_workers import connected
    from bnfit.population.members import Member
    from bnfit.population.recipe import RECIPES
    from bnfit.population.train import train
    from bnfit.population.workers import working
    from bnfit.schema.dataset import Dataset

    rng = np.random.default_rng(0)
    x = rng.normal(size=(5_000, 10))
    table = Dataset(x, x[:, :1] + rng.normal(size=(5_000, 1)))
    parts = splits(FoldConstraints(len(x)), 8, 0.0, 0)
    members = [Member(Architecture((u,), "tanh"), s, r, r) for u in (8, 16) for r in range(32) for s in parts]
    recipe = RECIPES["default"].changed(epochs=10)

    def warm() -> float:
        train(members, table, recipe)
        times = []
        for _ in range(3):
            began = time.perf_counter()
            train(members, table, recipe)
            times.append(time.perf_counter() - began)
        return min(times)

    threads = warm()
    with connected("2") as workers, working(workers):
        elsewhere = warm()
    ratio = f"{elsewhere / threads:.2f} times as long"
    print(f"workers    two threads {threads:.2f} s, two workers {elsewhere:.2f} s: {ratio}")


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--large", action="store_true", help="a third size")
    parser.add_argument("--only", default="", help=f"some of {', '.join(g.name for g in GROWTHS)}, memory, workers")
    options = parser.parse_args()
    asked = set(filter(None, options.only.split(",")))
    with tempfile.TemporaryDirectory() as folder:
        for growth in GROWTHS:
            if not asked or growth.name in asked:
                measure(growth, 3 if options.large else 2, Path(folder))
        if not asked or "memory" in asked:
            measure_memory(options.large, Path(folder))
    if not asked or "workers" in asked:
        measure_workers()


if __name__ == "__main__":
    main()
