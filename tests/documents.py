"""README and docs as tests see them: fenced blocks, their commands, a folder to run them in, outputs to compare."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import itertools
import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from typer.main import get_command

from bnfit.cli.app import app

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
ALL_DOCUMENTS = [*DOCUMENTS, ROOT / "CONTRIBUTING.md", *sorted((ROOT / "benchmarks").glob("*.md"))]
TOLERANCE = 0.05
"""Relative difference of two numbers that count as the same: another processor rounds otherwise."""
NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?")
SECONDS = re.compile(r"\d+\.\d s\b")


@dataclass(frozen=True)
class Block:
    """A fenced block: the document, the line it starts at, its language and its text."""

    document: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"


def blocks(*languages: str, documents: list[Path] = DOCUMENTS) -> list[Block]:
    """Return the fenced blocks of some languages."""
    return [block for document in documents for block in _blocks(document) if block.language in languages]


def _blocks(document: Path) -> Iterator[Block]:
    lines = document.read_text(encoding="utf-8").splitlines()
    fences = [number for number, line in enumerate(lines) if line.startswith("```")]
    for start, end in zip(fences[::2], fences[1::2], strict=True):
        text = "".join(line + "\n" for line in lines[start + 1 : end])
        yield Block(str(document.relative_to(ROOT)), start + 1, lines[start][3:].strip(), text)


def commands(block: Block) -> list[str]:
    """Return the commands of a block of shell lines, each in one line, without comments."""
    text = re.sub(r"\s+# .*$", "", block.text.replace("\\\n", ""), flags=re.MULTILINE)
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def session(block: Block) -> list[tuple[str, list[str]]]:
    """Return the commands of a console block, which stand after `$ `, with the lines that each prints."""
    steps: list[tuple[str, list[str]]] = []
    for line in block.text.replace("\\\n", "").splitlines():
        if line.startswith("$ "):
            steps.append((line[2:], []))
        else:
            steps[-1][1].append(line)
    return steps


def run_command(command: str, folder: Path) -> str:
    """Run a command in a folder and return what it prints on stdout and stderr; `bnfit` runs in this process.

    Raises:
        Exception: what bnfit raised, or `CalledProcessError`.
    """
    words = shlex.split(command)
    if words[0] != "bnfit":
        done = subprocess.run(command, shell=True, cwd=folder, check=True, capture_output=True, text=True)
        return done.stdout
    printed = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    with contextlib.chdir(folder), contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        get_command(app).main(words[1:], prog_name="bnfit", standalone_mode=False)
    return printed.buffer.getvalue().decode()  # type: ignore[attr-defined]


def first_difference(expected: list[str], found: list[str]) -> str | None:
    """Return the first line in which two outputs differ, None where they are the same.

    Times do not count, nor numbers as close as `TOLERANCE` or a unit in the last digit that is shown.
    """
    for first, second in itertools.zip_longest(expected, found, fillvalue=""):
        if not _same_line(SECONDS.sub("_ s", first), SECONDS.sub("_ s", second)):
            return f"expected: {first}\nfound:    {second}"
    return None


def _same_line(expected: str, found: str) -> bool:
    words = (" ".join(re.sub("─+", "─", NUMBER.sub("#", line)).split()) for line in (expected, found))
    if len(set(words)) > 1:
        return False
    numbers = (NUMBER.findall(line) for line in (expected, found))
    return all(_close(first, second) for first, second in zip(*numbers, strict=True))


def _close(expected: str, found: str) -> bool:
    unit = 10.0 ** -len(expected.partition(".")[2]) if "." in expected else 0.0
    return abs(float(expected) - float(found)) <= TOLERANCE * abs(float(expected)) + 1.5 * unit


def make_folder(folder: Path) -> None:
    """Put there what commands in documents name: the sample table, `table.csv`, `new.csv`, and parts of a table."""
    (folder / "sample_data").symlink_to(ROOT / "sample_data")
    with (ROOT / "sample_data" / "dialysis.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    table = [{**_visit(number, float(row["Ueq"])), **row} for number, row in enumerate(rows)]
    _write(folder / "table.csv", table)
    _write(folder / "new.csv", table[:3])
    for name in ("glass.csv", "small.csv"):
        _write(folder / name, [{"RI": n % 7, "Na": n % 5, "type": n % 3} for n in range(60)])
    _write(folder / "digits.csv", [{"p0": n % 7, "p1": n % 5, "digit": f"d{n % 10}"} for n in range(60)])
    (folder / "parts").mkdir()
    for part in range(2):
        _write(folder / "parts" / f"{part}.csv", table[part::2])
        packed = gzip.compress((folder / "parts" / f"{part}.csv").read_bytes())
        (folder / "parts" / f"{part}.csv.gz").write_bytes(packed)


def _visit(number: int, urea: float) -> dict[str, object]:
    """Columns of every kind for one patient who does not exist."""
    return {
        "id": f"P{number + 1:03}",
        "clinic": ("North", "South", "West", "East", "Harbour", "Hill", "Park", "Mill")[number % 8],
        "zip": (1010, 1020, 1030)[number * 7 % 3],
        "smoker": ("no", "yes")[number * 5 % 7 < 2],
        "visit": date(2023, 1, 2) + timedelta(days=3 * number),
        "w": 1 + number % 3,
        "remark": f"patient number {number + 1} came on foot and felt well",
        "outcome": "admitted" if urea + number % 9 > 58 else "home",
    }


def _write(path: Path, rows: list[dict[str, object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def make_models(folder: Path) -> None:
    """Put models of `table.csv` there: `model.keras`, `outcome.keras`, and two that plain Keras saved."""
    import keras

    small = "--layers 1 --units 2 --epochs 3 --folds 2 --members 2"
    run_command(f"bnfit fit table.csv --target Ueq --features Upre,U120,Upos,PP,UF {small}", folder)
    run_command(f"bnfit fit table.csv --target outcome --drop id -o outcome.keras {small}", folder)
    layers = [keras.layers.BatchNormalization(), keras.layers.Dense(3, "tanh"), keras.layers.BatchNormalization()]
    theirs = keras.Sequential([keras.Input((5,)), *layers, keras.layers.Dense(1)])
    theirs.save(folder / "theirs.keras")
    theirs.save(folder / "old.h5")
