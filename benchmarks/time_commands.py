"""Time whole commands with this checkout and another one in turns: medians, and how many times as long this one takes.

    python benchmarks/time_commands.py OTHER_CHECKOUT [--runs N] [--only NAME,...]

`fit` and `search` train on the sample table with their defaults, `predict` reads and writes 100,000 rows, `explain` has
the model file alone. Each checkout uses the model that it fitted itself. Runs alternate, and so does which checkout
goes first: other work on the machine strikes both sides alike. OTHER_CHECKOUT is the older one.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent.parent
SAMPLE = HERE / "sample_data" / "dialysis.csv"
DATA, ROWS, MANY_ROWS = "table.csv", "rows.csv", 100_000
MODEL = "model.keras"


@dataclass(frozen=True)
class Timed:
    """A command to time.

    Attributes:
        most: the bound that the ratio is to keep.
        runs: how many runs count as one of those asked for: short commands need more.
    """

    name: str
    words: tuple[str, ...]
    most: float
    runs: int = 1


COMMANDS = (
    Timed("fit", ("fit", DATA, "--target", "Ueq", "-o", "fit.keras", "--force"), 1.25),
    Timed("search", ("search", DATA, "--target", "Ueq", "-o", "search.keras", "--force"), 1.4),
    Timed("predict", ("predict", MODEL, ROWS, "-o", "predictions.csv", "--force"), 1.8, runs=2),
    Timed("explain", ("explain", MODEL), 1.0, runs=3),
)


class Side:
    """A checkout with a folder of its own, which holds the tables and its model."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.root, self.folder = root.resolve(), folder
        self.environment = {**os.environ, "PYTHONPATH": str(self.root)}
        folder.mkdir()
        table = pd.read_csv(SAMPLE)
        table.to_csv(folder / DATA, index=False)
        drawn = np.random.default_rng(0).integers(0, len(table), MANY_ROWS)
        table.iloc[drawn].to_csv(folder / ROWS, index=False)
        where = self._run("-c", "import bnfit; print(bnfit.__file__)").strip()
        if not Path(where).is_relative_to(self.root):
            raise SystemExit(f"bnfit is not imported from {self.root} but from {where}")
        self.seconds("fit", DATA, "--target", "Ueq", "-o", MODEL)

    def seconds(self, *words: str) -> float:
        """Wall time of a whole process."""
        began = time.perf_counter()
        self._run("-m", "bnfit", *words)
        return time.perf_counter() - began

    def _run(self, *words: str) -> str:
        command = [sys.executable, *words]
        done = subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{self.root}: {' '.join(words)}\n{done.stderr}")
        return done.stdout


def time_in_turns(command: Timed, sides: tuple[Side, Side], runs: int) -> tuple[list[float], list[float]]:
    """Seconds of each run, by side; the sides take turns in going first."""
    times: dict[Side, list[float]] = {side: [] for side in sides}
    for run in range(runs):
        for side in sides if run % 2 == 0 else reversed(sides):
            times[side].append(side.seconds(*command.words))
    return times[sides[0]], times[sides[1]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("other", type=Path, metavar="OTHER_CHECKOUT")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", help=f"of {', '.join(command.name for command in COMMANDS)}")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        sides = Side(options.other, Path(name) / "other"), Side(HERE, Path(name) / "this")
        print(f"{'command':10}{'other':>9}{'this':>9}{'ratio':>8}{'at most':>9}{'fastest':>9}   runs of both")
        for command in COMMANDS:
            if options.only is None or command.name in options.only.split(","):
                other, ours = time_in_turns(command, sides, options.runs * command.runs)
                medians = statistics.median(other), statistics.median(ours)
                print(
                    f"{command.name:10}{medians[0]:7.2f} s{medians[1]:7.2f} s{medians[1] / medians[0]:8.2f}"
                    f"{command.most:9.2f}{min(ours) / min(other):9.2f}   "
                    + " / ".join(" ".join(f"{t:.2f}" for t in times) for times in (other, ours)),
                    flush=True,
                )
    print("ratio: of the medians, this to other; fastest: that of the fastest runs")


if __name__ == "__main__":
    main()
