"""How long the commands take that train nothing: whole processes, the median of several runs.

python benchmarks/startup.py [--runs N]
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "sample_data" / "dialysis.csv"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        model, hundred = str(Path(folder) / "model.keras"), Path(folder) / "hundred.csv"
        hundred.write_text("".join(DATA.read_text().splitlines(keepends=True)[:101]))
        run("fit", str(DATA), "--target", "Ueq", "-o", model)
        for name, limit, arguments in (
            ("bnfit --help", 0.3, ["--help"]),
            ("bnfit explain model.keras", 0.6, ["explain", model]),
            ("bnfit predict model.keras, 100 rows", 1.0, ["predict", model, str(hundred)]),
        ):
            times = [run(*arguments) for _ in range(options.runs)]
            print(f"{name}: {statistics.median(times):.2f} s (fastest {min(times):.2f}; to reach: {limit})", flush=True)


def run(*arguments: str) -> float:
    """Seconds that the whole process takes."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "bnfit", *arguments], check=True, capture_output=True, cwd=ROOT)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
