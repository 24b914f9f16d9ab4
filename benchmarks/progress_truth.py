"""Check the time that is said to be left against the time that was: of whole commands, on a terminal.

    python benchmarks/progress_truth.py [--runs N]

Each command runs N times in a terminal of its own. After its first third, every time that the bar shows is compared
with what the rest then took: the relative error, its median over a run, and the median over the runs.
"""

from __future__ import annotations

import argparse
import os
import pty
import re
import select
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

SAMPLE = Path(__file__).resolve().parent.parent / "sample_data" / "dialysis.csv"
LEFT = re.compile(r"(?:(\d+):)?(\d+):(\d\d) left")
GOAL, SILENCE = 0.3, 120.0
"""Error to reach, and seconds without a sign after which a command counts as hanging."""


def tables(folder: Path) -> dict[str, tuple[str, ...]]:
    """Write the tables, and return the commands by name."""
    rng = np.random.default_rng(0)

    def numbers(rows: int, columns: int) -> pd.DataFrame:
        x = rng.normal(size=(rows, columns))
        made = pd.DataFrame(x, columns=[f"x{k}" for k in range(columns)])
        return made.assign(y=2 * x[:, 0] - x[:, 1] ** 2 + rng.normal(size=rows))

    made = {"300x60": numbers(300, 60), "2000x12": numbers(2_000, 12), "20000x12": numbers(20_000, 12)}
    for name, table in made.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    fits = {f"fit {name}": ("fit", str(folder / f"{name}.csv"), "--target", "y") for name in made}
    search = {"search sample": ("search", str(SAMPLE), "--target", "Ueq")}
    return {"fit sample": ("fit", str(SAMPLE), "--target", "Ueq"), **fits, **search}


def shown(words: tuple[str, ...], output: Path) -> tuple[list[tuple[float, float]], float]:
    """Run a command in a terminal: when a time left was shown, with that time, and the time of the end."""
    began, found = time.monotonic(), []
    for at, text in on_terminal(*words, "-o", str(output), "--force"):
        for hours, minutes, seconds in LEFT.findall(text):
            found.append((at, float(3600 * int(hours or 0) + 60 * int(minutes) + int(seconds))))
    return found, time.monotonic() - began


def on_terminal(*words: str) -> Iterator[tuple[float, str]]:
    """Run a command in a terminal of its own: what it shows, with the seconds since its start.

    Raises:
        RuntimeError: it fails.
    """
    child, terminal = pty.fork()
    if child == 0:
        os.environ["TERM"] = "xterm"
        os.execv(sys.executable, [sys.executable, "-m", "bnfit", *words])
    began = time.monotonic()
    while select.select([terminal], [], [], SILENCE)[0]:
        try:
            text = os.read(terminal, 65536).decode(errors="replace")
        except OSError:
            break
        if not text:
            break
        yield time.monotonic() - began, text
    os.close(terminal)
    if code := os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
        raise RuntimeError(f"bnfit {' '.join(words)} ended with {code}")


def error_of(found: list[tuple[float, float]], end: float) -> float:
    """Median relative error of the times shown from the first third on; a second is the unit that is shown."""
    after = [(at, left) for at, left in found if at >= end / 3]
    return statistics.median(max(0.0, abs(left - (end - at)) - 0.5) / max(end - at, 1.0) for at, left in after)


def main() -> None:
    """Run the commands and print the errors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        print("command          seconds   error of the time left: median, worst run")
        for name, words in tables(folder).items():
            results = [shown(words, folder / "m.keras") for _ in range(runs)]
            errors = [error_of(*result) for result in results]
            took = statistics.median(end for _, end in results)
            middle = statistics.median(errors)
            print(f"{name:16} {took:7.1f}   {middle:.2f}  {max(errors):.2f}  {'ok' if middle <= GOAL else 'OFF'}")


if __name__ == "__main__":
    main()
