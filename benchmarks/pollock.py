"""Score readers of CSV files, without any parameters, on the Pollock benchmark of polluted files.

The benchmark (Vitagliano et al., "Pollock: A Data Loading Benchmark", VLDB 2023) and csv-spectrum are not part of this
project; give the directories of their checkouts:

    python benchmarks/pollock.py POLLOCK_CHECKOUT
    python benchmarks/pollock.py POLLOCK_CHECKOUT --reader bnfit --reader duckdb --worst 20
    python benchmarks/pollock.py POLLOCK_CHECKOUT --dataset survey_sample    (99 real files, not weighted)
    python benchmarks/pollock.py POLLOCK_CHECKOUT --spectrum CSV_SPECTRUM_CHECKOUT

Per file there are ten measures between 0 and 1: success (the reader raised nothing) and precision, recall and F1 of the
header, of the records and of the cells, all as multisets. The simple score is the sum of the ten averages over all
files; the weighted score weighs the files by how often their pollution was seen in real files. The definitions are the
published ones. Headers and records are compared after normalising numbers, dates and times; cells as they are.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from dateutil import parser as dates

Rows = list[list[str]]
MEASURES = (
    "success",
    "header_p",
    "header_r",
    "header_f1",
    "record_p",
    "record_r",
    "record_f1",
    "cell_p",
    "cell_r",
    "cell_f1",
)


def read_bnfit(path: Path) -> Rows:
    """What `read_table` gives when rows that do not fit may be left out, as the other readers leave them out."""
    return _bnfit(path, max_bad_rows=1.0)


def read_bnfit_strict(path: Path) -> Rows:
    """What `read_table` gives with its default: more than 1 % of rejected rows is an error."""
    return _bnfit(path, max_bad_rows=0.01)


def _bnfit(path: Path, max_bad_rows: float) -> Rows:
    from bnfit.table.reader import read_table
    from bnfit.table.types import ReadOptions

    table = read_table(path, ReadOptions(max_bad_rows=max_bad_rows))
    body = table.frame.astype(object).where(table.frame.notna(), "").values.tolist()
    return [list(table.frame.columns), *body] if table.dialect and table.dialect.header else body


def read_duckdb(path: Path) -> Rows:
    """DuckDB's automatic mode, tolerant, as the benchmark's authors run it."""
    import duckdb

    with duckdb.connect() as connection:
        relation = connection.read_csv(
            str(path), strict_mode=False, ignore_errors=True, null_padding=True, parallel=False
        )
        return _written(relation.df())


def read_clevercsv(path: Path) -> Rows:
    """CleverCSV's detected dialect, as the benchmark's authors run it."""
    import clevercsv

    with path.open(newline="", encoding=_encoding(path)) as file:
        dialect = clevercsv.Sniffer().sniff(file.read())
        file.seek(0)
        return list(clevercsv.reader(file, dialect))


def _encoding(path: Path) -> str:
    """CleverCSV is given the encoding, as in the authors' script."""
    try:
        path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def read_pandas(path: Path) -> Rows:
    """pandas with its defaults, cells as text, bad lines skipped."""
    import pandas as pd

    return _written(pd.read_csv(path, dtype=object, on_bad_lines="skip"))


def _written(frame) -> Rows:  # noqa: ANN001 (pandas is imported by the readers that need it)
    """The rows of a data frame as pandas writes them."""
    return list(csv.reader(io.StringIO(frame.to_csv(index=False), newline="")))


READERS: dict[str, Callable[[Path], Rows]] = {
    "bnfit": read_bnfit,
    "bnfit-strict": read_bnfit_strict,
    "duckdb": read_duckdb,
    "clevercsv": read_clevercsv,
    "pandas": read_pandas,
}


class _Dates(dates.parserinfo):
    JUMP = [" ", ".", ",", ";", "-", "/", "'"]  # noqa: RUF012 (the base class has it so)


_DATES = _Dates()
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?")
_PRICE = re.compile(r"([$€£¥])\s*(\d[\d,]*(?:\.\d+)?)")


@cache
def normalised(cell: str) -> str:
    """The cell's value as text: equal for "1" and "01", "1.50" and "1.5", "28/01/2018" and "2018-01-28 00:00:00"."""
    if not cell.strip():
        return cell if cell else ""
    if cell in ("True", "true", "False", "false"):
        return str(int(cell.lower() == "true"))
    for kind in (int, float):
        try:
            return str(kind(cell))
        except ValueError:
            pass
    if clock := _CLOCK.fullmatch(cell):
        hour, minute, second, _ = clock.groups(default="00")
        return f"{int(hour):02}:{minute}:{second}"
    if price := _PRICE.fullmatch(cell):
        return price.group(1) + str(float(price.group(2).replace(",", "")))
    if len(cell) < 60:
        try:
            return str(dates.parse(cell, parserinfo=_DATES))
        except (ValueError, OverflowError, TypeError):
            pass
    return cell.lower()


def agreement(clean: Sequence[str], loaded: Sequence[str]) -> tuple[float, float, float]:
    """Precision, recall and F1 of two multisets, by the benchmark's formulas."""
    if not clean:
        return 1.0, 1.0, 1.0
    common = (Counter(clean) & Counter(loaded)).total()
    if not common:
        return 0.0, 0.0, 0.0
    p, r = common / len(clean), common / len(loaded)
    return p, r, 2 * p * r / (p + r)


def measures(clean: Rows, loaded: Rows | None) -> tuple[float, ...]:
    """The ten measures of one file; `loaded` is None when the reader failed."""
    if loaded is None:
        return (0.0,) * len(MEASURES)
    if not clean:
        return (1.0,) * len(MEASURES)
    header = agreement([normalised(c) for c in clean[0]], [normalised(c) for c in loaded[0]] if loaded else [])
    records = agreement(*(["".join(map(normalised, row)) for row in rows[1:]] for rows in (clean, loaded)))
    cells = agreement(*([cell for row in rows for cell in row] for rows in (clean, loaded)))
    return (1.0, *header, *records, *cells)


def score(dataset: Path, reader: Callable[[Path], Rows]) -> dict[str, tuple[float, ...]]:
    """The measures of every file of a data set."""
    found = {}
    for path in sorted((dataset / "csv").iterdir()):
        with (dataset / "clean" / path.name).open(newline="", encoding="utf-8-sig", errors="replace") as file:
            clean = list(csv.reader(file))
        try:
            loaded = reader(path)
        except Exception:  # whatever a reader under test raises is a failure of that reader
            loaded = None
        found[path.name] = measures(clean, loaded)
    return found


def spectrum(checkout: Path, reader: Callable[[Path], Rows]) -> list[str]:
    """The csv-spectrum files that a reader reads otherwise than their JSON says."""
    wrong = []
    for path in sorted((checkout / "csvs").glob("*.csv")):
        wanted = json.loads((checkout / "json" / f"{path.stem}.json").read_text(encoding="utf-8"))
        try:
            header, *rows = reader(path)
        except Exception:  # as above
            header, rows = [], []
        read = [dict(zip(header, row, strict=False)) for row in rows]
        if isinstance(wanted, dict):  # the JSON of location_coordinates.csv has one object, with another phone number
            wanted = [wanted | {"Contact Phone Number": "2095257564"}]
        if read != wanted:
            wrong.append(path.name)
    return wrong


def report(
    name: str, found: dict[str, tuple[float, ...]], weights: dict[str, float], seconds: float, worst: int
) -> str:
    """One table row per reader, and the files that cost it most."""
    simple = sum(map(sum, found.values())) / len(found)
    weighted = sum(sum(m) * weights.get(f, 1) for f, m in found.items()) / sum(weights.get(f, 1) for f in found)
    failed = sum(m[0] == 0 for m in found.values())
    lines = [f"| {name:12} | {simple:6.3f} | {weighted:8.3f} | {failed:6} | {seconds:7.1f} |"]
    poor = sorted(found, key=lambda f: sum(found[f]))[:worst]
    lines += [f"    {sum(found[f]):6.3f} {f}  " + " ".join(f"{m:.2f}" for m in found[f]) for f in poor]
    return "\n".join(lines)


def main() -> None:
    """Score the chosen readers and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkout", type=Path, help="directory of the Pollock repository")
    parser.add_argument("--reader", action="append", choices=list(READERS), help="default: all")
    parser.add_argument("--dataset", choices=("polluted_files", "survey_sample"), default="polluted_files")
    parser.add_argument("--worst", type=int, default=0, help="list so many of the files with the lowest scores")
    parser.add_argument("--spectrum", type=Path, help="directory of the csv-spectrum repository")
    options = parser.parse_args()
    weights = json.loads((options.checkout / "pollock_weights.json").read_text())
    print("| reader       | simple | weighted | failed | seconds |\n|---|---|---|---|---|")
    for name in options.reader or READERS:
        start = time.perf_counter()
        found = score(options.checkout / options.dataset, READERS[name])
        print(report(name, found, weights, time.perf_counter() - start, options.worst), flush=True)
        if options.spectrum:
            wrong = spectrum(options.spectrum, READERS[name])
            print(f"    csv-spectrum: {12 - len(wrong)} of 12" + (f", wrong: {', '.join(wrong)}" if wrong else ""))


if __name__ == "__main__":
    main()
