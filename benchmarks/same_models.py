"""Show that two checkouts of bnfit make the same models and print the same reports.

    python benchmarks/same_models.py OTHER_CHECKOUT [--only NAME,...]

Both checkouts train on the same tables with the same options, each in processes of its own, and explain what they made.
`config.json`, the weights, the predictions and the printed reports must be equal byte for byte, `bnfit.json` after the
renamings below; versions, the format number and times are left out. OTHER_CHECKOUT is the older one. One line a table;
exit code 1 on a difference.
"""

from __future__ import annotations

import argparse
import difflib
import io
import json
import math
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd

RENAMED: dict[str, str | None] = {"recipe.patience": None, "recipe.stop_share": None}
"""Paths in `bnfit.json`: the other checkout's → this one's; None: gone. A path such as `explanation.origin` stands for
all below it. Lists count as what they hold: `explanation.importances.gamma` is that of every column."""
ORIGINS = {
    "out-of-fold rows of the training table": "out_of_fold",
    "rows later than all that their judges saw": "later_rows",
}
CONVERTED: dict[str, Callable[[Any], Any]] = {
    "explanation.origin": lambda text: {"kind": ORIGINS[text], "table": "", "rows": None, "trained": 0},
}
"""By path in this checkout: its value, or what lies below it, from the other's, where the form of a value changed."""
ADDED: frozenset[str] = frozenset({"schema.columns.left_out"})
"""Paths that only this checkout has."""
LEFT_OUT = ("format", "versions")

HERE = Path(__file__).resolve().parent.parent
SHORT = ["--epochs", "4", "--members", "3", "--folds", "3"]
SHOWN = 6
"""Differences of one part of a model that are printed."""
DATA = "table.csv"
MODEL = "model.keras"
VERSIONS = ("bnfit", "python", "keras", "tensorflow", "numpy")
CONFIG, WEIGHTS, FACTS = "config.json", "model.weights.h5", "bnfit.json"

Facts = dict[tuple[str, tuple[int, ...]], Any]
"""Values of a JSON document by path and by the places in the lists on the way."""


def numbers() -> pd.DataFrame:
    """A regression on numbers of very different size, with gaps, on a column that depends on three of them."""
    rng = np.random.default_rng(1)
    z = rng.normal(size=(400, 6))
    table = pd.DataFrame(z * 10.0 ** np.arange(-2, 4), columns=[f"x{i}" for i in range(6)]).round(5)
    table["y"] = (3 * z[:, 0] + z[:, 1] * z[:, 2] + 0.3 * rng.normal(size=400)).round(4)
    for column in ("x1", "x4"):
        table.loc[rng.random(400) < 0.1, column] = np.nan
    return table


def classes() -> pd.DataFrame:
    """Three classes by a number, a text category and a date."""
    rng = np.random.default_rng(2)
    place = rng.choice(["north", "south", "east", "west"], size=450)
    days = rng.integers(0, 1000, size=450)
    size = rng.lognormal(size=450)
    score = np.log(size) + np.where(place == "north", 1.5, 0) + np.sin(days / 58) + 0.3 * rng.normal(size=450)
    table = pd.DataFrame({"place": place, "seen": pd.Timestamp("2019-03-01") + pd.to_timedelta(days, "D")})
    table["size"], table["noise"] = size.round(4), rng.normal(size=450).round(4)
    table["outcome"] = np.array(["low", "middle", "high"])[np.digitize(score, [-0.3, 1.0])]
    table.loc[rng.random(450) < 0.05, "place"] = None
    return table


def groups() -> pd.DataFrame:
    """A regression with 40 groups of rows, row weights, days in order, and a column of yes and no."""
    rng = np.random.default_rng(3)
    patient = rng.integers(0, 40, size=360)
    base = rng.normal(size=40)[patient]
    table = pd.DataFrame({"patient": [f"p{i:02d}" for i in patient], "day": np.arange(360)})
    table["dose"], table["age"] = rng.normal(5, 2, size=360).round(3), rng.integers(20, 90, size=360)
    table["smokes"] = rng.choice(["yes", "no"], size=360)
    table["count"] = rng.choice([0.5, 1, 2, 3], size=360)
    effect = base + 0.5 * table["dose"] - 0.02 * table["age"] + np.where(table["smokes"] == "yes", 0.8, 0)
    table["level"] = (effect + 0.4 * rng.normal(size=360)).round(4)
    return table


def dialysis() -> pd.DataFrame:
    return pd.read_csv(HERE / "sample_data" / "dialysis.csv")


@dataclass(frozen=True)
class Case:
    """A table and the command that trains on it."""

    name: str
    table: Callable[[], pd.DataFrame]
    words: tuple[str, ...]


CASES = (
    Case("numbers", numbers, ("fit", DATA, "--target", "y", *SHORT)),
    Case("numbers-single", numbers, ("fit", DATA, "--target", "y", "--epochs", "20", "--members", "1", "--arm", "bn")),
    Case("numbers-sparse", numbers, ("fit", DATA, "--target", "y", "--sparse", *SHORT)),
    Case("classes", classes, ("fit", DATA, "--target", "outcome", *SHORT)),
    Case("classes-shadow", classes, ("fit", DATA, "--target", "outcome", "--shadow", "--layers", "1", *SHORT)),
    Case("groups", groups, ("fit", DATA, "--target", "level", "--group", "patient", "--weight", "count", *SHORT)),
    Case("groups-in-time", groups, ("fit", DATA, "--target", "level", "--time", "day", "--drop", "patient", *SHORT)),
    Case("dialysis-paper", dialysis, ("fit", DATA, "--target", "Ueq", "--recipe", "paper", *SHORT)),
    Case("dialysis-search", dialysis, ("search", DATA, "--target", "Ueq", "--layers", "1,2", "--units", "2,4", *SHORT)),
)
REPORTS = {
    "explain": ("explain", MODEL),
    "explain --md": ("explain", MODEL, "--md"),
    "explain --json": ("explain", MODEL, "--json"),
    "explain on the table": ("explain", MODEL, DATA, "--json"),
    "predict": ("predict", MODEL, DATA),
}


class Checkout:
    """A checkout of bnfit, run in processes.

    Raises:
        SystemExit: Python does not import bnfit from there.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.environment = {**os.environ, "PYTHONPATH": str(self.root)}
        where = self._run(Path(tempfile.gettempdir()), "-c", "import bnfit; print(bnfit.__file__)")
        if not Path(where.strip()).is_relative_to(self.root):
            raise SystemExit(f"bnfit is not imported from {self.root} but from {where}")

    def bnfit(self, folder: Path, *words: str) -> str:
        """What a command of bnfit prints, run in a folder."""
        return self._run(folder, "-m", "bnfit", *words)

    def _run(self, folder: Path, *words: str) -> str:
        command = [sys.executable, *words]
        done = subprocess.run(command, cwd=folder, env=self.environment, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{self.root}: {' '.join(words)}\n{done.stderr}")
        return done.stdout

    def products(self, case: Case, table: str) -> tuple[dict[str, str], dict[str, bytes]]:
        """The printed reports of a case by name, and the members of its model file."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / DATA).write_text(table)
            reports = {case.words[0]: self.bnfit(folder, *case.words)}
            reports |= {report: self.bnfit(folder, *words) for report, words in REPORTS.items()}
            with zipfile.ZipFile(folder / MODEL) as archive:
                return reports, {member: archive.read(member) for member in archive.namelist()}


def without_times(report: str) -> str:
    """A printed report without seconds and versions."""
    report = re.sub(r"\b\d+(\.\d+)? s\b", "# s", report)
    report = re.sub(r'"seconds": [\d.e+-]+', '"seconds": #', report)
    return re.sub(rf'"({"|".join(VERSIONS)})": "[^"]*"', r'"\1": "#"', report)


def facts_of(
    value: Any, path: str = "", places: tuple[int, ...] = ()
) -> Iterator[tuple[tuple[str, tuple[int, ...]], Any]]:
    """The values of a JSON document; an empty list or object is a value."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from facts_of(item, f"{path}.{key}".removeprefix("."), places)
    elif isinstance(value, list) and value:
        for i, item in enumerate(value):
            yield from facts_of(item, path, (*places, i))
    else:
        yield (path, places), value


def beginning(path: str, paths: Iterator[str] | frozenset[str]) -> str | None:
    """The longest of `paths` that a path is, or lies below; None without one."""
    return max((p for p in paths if path == p or path.startswith(f"{p}.")), key=len, default=None)


def renamed(facts: Facts) -> Facts:
    """The other checkout's facts by this one's paths."""
    found: Facts = {}
    for (path, places), value in facts.items():
        old = beginning(path, iter(RENAMED))
        new = path if old is None else RENAMED[old]
        if new is not None:
            path = new + path[len(old) :] if old is not None else path
            found |= facts_of(CONVERTED[path](value) if path in CONVERTED else value, path, places)
    return found


def same(a: Any, b: Any) -> bool:
    """Whether two values of JSON are equal in type, too."""
    both_nan = isinstance(a, float) and isinstance(b, float) and math.isnan(a) and math.isnan(b)
    return both_nan or (type(a) is type(b) and a == b)


def fact_differences(other: bytes, ours: bytes) -> Iterator[str]:
    """The paths at which two `bnfit.json` differ."""
    left_out = frozenset(LEFT_OUT)
    before, after = (
        {key: value for key, value in facts_of(json.loads(text)) if not beginning(key[0], left_out)}
        for text in (other, ours)
    )
    before = renamed(before)
    after = {key: value for key, value in after.items() if not beginning(key[0], ADDED)}
    for key in sorted({*before, *after}):
        path = key[0] + "".join(f"[{place}]" for place in key[1])
        if key not in after or key not in before:
            yield f"{path} only in {'the other' if key in before else 'this'} checkout's {FACTS}"
        elif not same(before[key], after[key]):
            yield f"{path} in {FACTS}: {str(before[key])[:60]} became {str(after[key])[:60]}"


def arrays_of(content: bytes) -> dict[str, np.ndarray]:
    """The data sets of a weights file by path."""
    arrays: dict[str, np.ndarray] = {}
    with h5py.File(io.BytesIO(content), "r") as file:
        file.visititems(lambda name, node: arrays.update({name: node[()]} if isinstance(node, h5py.Dataset) else {}))
    return arrays


def weight_differences(other: bytes, ours: bytes) -> Iterator[str]:
    """The arrays in which two weights files differ."""
    before, after = arrays_of(other), arrays_of(ours)
    for name in sorted({*before, *after}):
        if name not in before or name not in after:
            yield f"{name} only in {'the other' if name in before else 'this'} checkout's weights"
            continue
        a, b = before[name], after[name]
        if (a.dtype, a.shape, a.tobytes()) != (b.dtype, b.shape, b.tobytes()):
            most = f", by up to {np.abs(a - b).max():.3g}" if a.shape == b.shape and a.size else ""
            yield f"weights {name} differ: {a.dtype} {a.shape}, {b.dtype} {b.shape}{most}"


def report_differences(other: dict[str, str], ours: dict[str, str]) -> Iterator[str]:
    """The first line in which each pair of printed reports differs."""
    for name in other:
        before, after = (without_times(reports[name]).splitlines() for reports in (other, ours))
        if before != after:
            changed = [line for line in difflib.ndiff(before, after) if line[0] in "+-"]
            yield f"report of {name}: {changed[0][:150]}"


def differences(case: Case, other: Checkout, ours: Checkout) -> tuple[dict[str, list[str]], str]:
    """What differs in a case, by part of what was compared, and what was compared."""
    table = case.table().to_csv(index=False)
    with ThreadPoolExecutor(2) as pool:
        (reports, members), (our_reports, our_members) = pool.map(lambda c: c.products(case, table), (other, ours))
    found = {
        CONFIG: [f"{CONFIG} differs"] if members[CONFIG] != our_members[CONFIG] else [],
        WEIGHTS: list(weight_differences(members[WEIGHTS], our_members[WEIGHTS])),
        FACTS: list(fact_differences(members[FACTS], our_members[FACTS])),
        "reports": list(report_differences(reports, our_reports)),
    }
    arrays, facts = arrays_of(our_members[WEIGHTS]), dict(facts_of(json.loads(our_members[FACTS])))
    return found, f"{CONFIG}, {len(arrays)} arrays, {len(facts)} values in {FACTS}, {len(our_reports)} reports"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("other", type=Path, metavar="OTHER_CHECKOUT")
    parser.add_argument("--this", type=Path, default=HERE, help="the newer checkout; default: the script's own")
    parser.add_argument("--only", help=f"of {', '.join(case.name for case in CASES)}")
    options = parser.parse_args()
    other, ours = Checkout(options.other), Checkout(options.this)
    cases = [case for case in CASES if options.only is None or case.name in options.only.split(",")]
    different = 0
    for case in cases:
        found, compared = differences(case, other, ours)
        count = sum(map(len, found.values()))
        different += count > 0
        print(f"{case.name}: {f'{count} differences' if count else 'equal'} ({compared})", flush=True)
        for lines in found.values():
            more = [f"and {len(lines) - SHOWN} more of these"] if len(lines) > SHOWN else []
            print("".join(f"    {line}\n" for line in (*lines[:SHOWN], *more)), end="")
    print(f"{len(cases) - different} of {len(cases)} models and their reports are equal")
    raise SystemExit(1 if different else 0)


if __name__ == "__main__":
    main()
