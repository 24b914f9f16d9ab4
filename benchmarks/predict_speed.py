"""Time `bnfit predict` against pyarrow reading and writing the same columns: whole processes, taken in turns.

    python benchmarks/predict_speed.py
    python benchmarks/predict_speed.py --rows 200000 --keep
    python benchmarks/predict_speed.py --memory 1200

The table has ten columns of numbers; the model is what `bnfit fit` trains by default on a sample of 2,000 rows. The
goal is a ratio of at most 2.5. With `--keep` all ten columns are carried over into the output as well. With
`--memory MB` a file of that size is predicted, and one of a tenth of it, and the most memory that each took is shown.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv

COLUMNS = [f"x{i}" for i in range(10)]
BNFIT = """
import atexit, runpy, sys
def used():
    print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
atexit.register(used)
sys.argv[0] = "bnfit"
runpy.run_module("bnfit", run_name="__main__")
"""  # ru_maxrss would count the memory of the process that starts this one
PYARROW = "import sys; from pyarrow import csv; csv.write_csv(csv.read_csv(sys.argv[1]), sys.argv[2])"
GOAL = 2.5


def table(rows: int, seed: int) -> pa.Table:
    """Columns of very different size with four decimals, and a target that depends on two of them."""
    rng = np.random.default_rng(seed)
    scale = 10 ** np.linspace(-1, 3, len(COLUMNS))
    z = rng.normal(size=(rows, len(COLUMNS)))
    y = z[:, 0] + np.tanh(z[:, 1]) + 0.1 * rng.normal(size=rows)
    return pa.table({name: (z[:, i] * scale[i]).round(4) for i, name in enumerate(COLUMNS)} | {"y": y.round(4)})


def run(*words: str | Path) -> tuple[float, str]:
    """Seconds that a process took, and what it printed."""
    start = time.perf_counter()
    done = subprocess.run([sys.executable, *map(str, words)], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, words))}\n{done.stderr}")
    return time.perf_counter() - start, done.stdout


def compare(folder: Path, rows: int, repeats: int, keep: bool) -> None:
    """Print the best time of each side, and the ratio."""
    data = folder / "data.csv"
    csv.write_csv(table(rows, 1).drop_columns(["y"]), data)
    words = [*predict(folder, data), *(["--keep", ",".join(COLUMNS)] if keep else [])]
    times = [(run(*words)[0], run("-c", PYARROW, data, folder / "copy.csv")[0]) for _ in range(repeats)]
    ours, theirs = (min(side) for side in zip(*times, strict=True))
    print(f"{rows} rows x {len(COLUMNS)} columns, {data.stat().st_size / 1e6:.0f} MB, best of {repeats}")
    print(f"bnfit predict           {ours:6.2f} s\npyarrow read and write  {theirs:6.2f} s")
    print(f"ratio {ours / theirs:.2f} (goal: at most {GOAL})")


def memory(folder: Path, size: int) -> None:
    """Print the memory for a file of `size` MB and for one of a tenth."""
    data, rows = folder / "data.csv", 0
    piece = table(200_000, 1).drop_columns(["y"])
    for limit in (size // 10, size):
        with data.open("ab") as file:
            while file.tell() < limit * 1e6:
                csv.write_csv(piece, file, csv.WriteOptions(include_header=not rows))
                rows += len(piece)
        seconds, said = run("-c", BNFIT, *predict(folder, data)[2:])
        used = int(said.splitlines()[-1]) / 1024
        print(f"{data.stat().st_size / 1e6:7.0f} MB, {rows:9} rows: {seconds:6.1f} s, {used:5.0f} MB of memory")


def predict(folder: Path, data: Path) -> list[str | Path]:
    return ["-m", "bnfit", "predict", folder / "model.keras", data, "-o", folder / "out.csv", "--force"]


def main() -> None:
    """Train, then measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--model", type=Path, help="a model of columns x0 to x9; default: train one")
    parser.add_argument("--memory", type=int, metavar="MB")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.model:
            (folder / "model.keras").write_bytes(options.model.read_bytes())
        else:
            csv.write_csv(table(2000, 0), folder / "sample.csv")
            run("-m", "bnfit", "fit", folder / "sample.csv", "--target", "y", "-o", folder / "model.keras")
        if options.memory:
            memory(folder, options.memory)
        else:
            compare(folder, options.rows, options.repeats, options.keep)


if __name__ == "__main__":
    main()
