"""Run mutated tables and models through the command line: each must end in a report or in a clean error.

    python benchmarks/fuzz.py --files 10000
    python benchmarks/fuzz.py --files 1 --seed 4711        (one file again)

A fault is a traceback, an exit code other than 0, 2 and 3, an error without a message or of many lines, or a file left
behind. Each is printed with the seed that makes it again, and its input is kept. Of four files, two go through
`fit --dry-run`, one through `predict`, and one is a mutated model.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

PIECES = [b'"', b"'", b",", b";", b"\n", b"\r", b"\r\n", b"\t", b"\0", b"\xff", b" ", b'""', b'\\"', b"\xc3", b"|"]
PIECES += [
    b"\xef\xbb\xbf",
    b"inf",
    b"nan",
    b"NA",
    b"1e999",
    b"-",
    b"<",
    b"\xe2\x80\x8b",
    b"0x1",
    b"1,5",
    b"%",
    b"2020-13-45",
]


def tables() -> list[bytes]:
    """Tables of every kind, with columns x, kind and y."""
    plain = "".join(f"{i * 1.5},{'abc'[i % 3]},{i % 7 + i / 10}\n" for i in range(40))
    dates = "".join(f"2020-01-{i % 28 + 1:02};{i},5;{'yes' if i % 3 else 'no'};{i * 2}\n" for i in range(40))
    money = "".join(f'"{i * 1234:,} €","say ""{i % 4}""",{"ill" if i % 2 else "well"}\n' for i in range(40))
    return [
        ("x,kind,y\n" + plain).encode(),
        ("x,kind,y\r\n" + plain.replace("\n", "\r\n")).encode("utf-16"),
        ("day;x;kind;y\n" + dates).encode(),
        ("x,kind,y\n" + money).encode(),
        ("Größe\nvon allem\n\nx kind y\n" + plain.replace(",", " ")).encode("latin-1"),
        ("kind\ty\tx\n" + plain.replace(",", "\t")).encode(),
    ]


def mutated(data: bytes, rng: random.Random) -> bytes:
    """The data with some pieces put in, taken out, replaced, moved or doubled."""
    changed = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 3, 10])):
        at, piece = rng.randrange(len(changed) + 1), rng.choice(PIECES)
        end = at + rng.choice([1, 3, 20, 200])
        how = rng.randrange(7)
        if how == 0:
            changed[at:at] = piece * rng.choice([1, 1, 2, 500])
        elif how == 1:
            del changed[at:end]
        elif how == 2:
            changed = changed.replace(rng.choice(PIECES), piece, rng.choice([1, 5, -1]))
        elif how == 3:
            changed[at : at + 1] = bytes([rng.randrange(256)])
        elif how == 4:
            changed[at:at] = changed[at:end] * rng.choice([1, 3])
        elif how == 5:
            lines = changed.split(b"\n")
            rng.shuffle(lines)
            changed = bytearray(b"\n".join(lines))
        else:
            del changed[at if rng.random() < 0.3 else len(changed) :]
    return bytes(changed)


def case(rng: random.Random, model: bytes) -> tuple[bytes, list[str]]:
    """A file and the words of the command that gets it."""
    way = rng.randrange(4)
    if way == 3:
        changed = bytearray(model)
        for _ in range(rng.choice([1, 3, 20])):
            changed[rng.randrange(len(changed))] = rng.randrange(256)
        return bytes(changed), ["explain", "input"]
    data = mutated(rng.choice(tables()), rng)
    if way == 2:
        return data, ["predict", "model.keras", "input", "-o", "out.csv"]
    extra = [
        [],
        [],
        ["--task", "regression"],
        ["--task", "classification"],
        ["--max-bad-rows", "1"],
        ["--csv", "decimal=,"],
    ]
    return data, ["fit", "input", "--target", rng.choice("yyyx"), "--dry-run", *rng.choice(extra)]


def outcome(words: list[str]) -> tuple[str, str]:
    """Run a command: "reports", "errors" or "faults", and what it said."""
    from bnfit import __main__ as entry
    from bnfit.cli.errors import exit_code_of

    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = exit_code_of(lambda: entry.run(words), debug=False)
    said = err.getvalue()
    lines = [line for line in said.splitlines() if line.startswith("bnfit: error: ")]
    clean = code in (2, 3) and len(lines) == 1 and len(lines[0]) > 20 and len(said.splitlines()) < 40
    return ("reports" if code == 0 else "errors" if clean else "faults"), f"exit code {code}: {said[-500:]}"


def run(files: int, first: int, folder: Path, keep: Path | None = None) -> Counter[str]:
    """Run so many mutated files, each by a seed of its own, in a folder that holds model.keras; count the outcomes."""
    counts: Counter[str] = Counter(faults=0)
    model = (folder / "model.keras").read_bytes()
    before = Path.cwd()
    os.chdir(folder)
    try:
        for seed in range(first, first + files):
            data, words = case(random.Random(seed), model)
            Path("input").write_bytes(data)
            found, said = outcome(words)
            left = {path.name for path in folder.iterdir()} - {"input", "model.keras"}
            if left - ({"out.csv"} if found == "reports" else set()):
                found, said = "faults", f"left behind: {left}"
            for name in left:
                (folder / name).unlink()
            counts[found] += 1
            if found == "faults":
                print(f"fault {seed}: {' '.join(words)}\n{said}", file=sys.stderr)
                if keep is not None:
                    (keep / f"fault-{seed}").write_bytes(data)
    finally:
        os.chdir(before)
    return counts


def trained(folder: Path) -> None:
    """Save a model of the first table's columns."""
    from bnfit.ensemble.fit_table import fit_table
    from bnfit.model.model import save_model
    from bnfit.table.source import load_table

    (folder / "good.csv").write_bytes(tables()[0])
    save_model(fit_table(load_table(str(folder / "good.csv")), "y", epochs=5)[1], folder / "model.keras")
    (folder / "good.csv").unlink()


def main() -> None:
    """Train a small model, then run the files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="a folder for the files that led to faults")
    options = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with tempfile.TemporaryDirectory() as name:
        trained(Path(name))
        start = time.perf_counter()
        counts = run(options.files, options.seed, Path(name), options.keep)
    print(f"{options.files} files in {time.perf_counter() - start:.0f} s: ", end="")
    print(", ".join(f"{counts[key]} {key}" for key in ("reports", "errors", "faults")))
    sys.exit(counts["faults"] > 0)


if __name__ == "__main__":
    main()
