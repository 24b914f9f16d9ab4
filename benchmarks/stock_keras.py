"""bnfit's predictions against stock Keras in an interpreter that cannot import bnfit, for 1 and for many members.

python benchmarks/stock_keras.py
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "sample_data" / "dialysis.csv"

STOCK = """
import csv, json, os, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
sys.modules["bnfit"] = None
import keras, numpy
rows = [r for r in csv.DictReader(open(sys.argv[2]))]
names = [n for n in rows[0] if n != "Ueq"]
x = numpy.array([[float(r[n]) for n in names] for r in rows])
print(json.dumps(numpy.asarray(keras.saving.load_model(sys.argv[1])(x))[:, 0].tolist()))
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for options in (["--members", "1", "--arm", "bn", "--units", "6"], ["--members", "16"]):
            model = str(Path(folder) / f"model{options[1]}.keras")
            bnfit("fit", str(DATA), "--target", "Ueq", "-o", model, *options)
            ours = [float(line) for line in bnfit("predict", model, str(DATA)).splitlines()[1:]]
            command = [sys.executable, "-c", STOCK, model, str(DATA)]
            stock = subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder).stdout
            gap = max(abs(a - b) for a, b in zip(ours, json.loads(stock), strict=True))
            print(f"{options[1]} members: largest difference {gap:.1e} over {len(ours)} rows (to reach: 1e-5)")


def bnfit(*arguments: str) -> str:
    """Standard output of a bnfit command."""
    command = [sys.executable, "-m", "bnfit", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout


if __name__ == "__main__":
    main()
