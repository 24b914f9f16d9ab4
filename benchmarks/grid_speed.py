"""The paper's study grid: bnfit's whole process against scikit-learn's grid search and a plain Keras loop.

    python benchmarks/grid_speed.py [DATA] [--target COL] [--loops N] [--fits N]

2,400 trainings of 200 epochs (120 architectures × 4 ways of normalising × 5 folds). scikit-learn and Keras train a
sample of as many epochs each, and their time is scaled to 2,400. All three run one after the other on this machine.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TRAININGS, EPOCHS, BATCH = 2400, 200, 32


def bnfit_seconds(data: Path, target: str) -> float:
    """Wall time of the whole command, imports and files included."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "bnfit", "search", str(data), "--target", target, "--arm", "all"]
        command += ["--recipe", "paper", "-o", str(Path(folder) / "model.keras"), "--json"]
        began = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
        return time.perf_counter() - began


def sklearn_seconds(x, y, fits: int) -> float:  # noqa: ANN001
    """Time of GridSearchCV(MLPRegressor, n_jobs=2) per training × 2,400, imports left out."""
    from sklearn.model_selection import GridSearchCV, KFold
    from sklearn.neural_network import MLPRegressor

    warnings.simplefilter("ignore")
    sizes = [(u,) * n for n in (1, 2, 3, 4) for u in (2, 3, 4, 5, 6)]
    grid = {"hidden_layer_sizes": sizes, "activation": ["tanh", "relu", "logistic"]}
    repeats = max(1, round(fits / 300))
    grid["random_state"] = list(range(repeats))
    network = MLPRegressor(
        solver="sgd", batch_size=BATCH, max_iter=EPOCHS, learning_rate_init=0.01, tol=0, n_iter_no_change=10**6
    )
    search = GridSearchCV(network, grid, cv=KFold(5), n_jobs=2, refit=False)
    began = time.perf_counter()
    search.fit(x, y)
    return (time.perf_counter() - began) / (300 * repeats) * TRAININGS


def keras_seconds(x, y, loops: int) -> float:  # noqa: ANN001
    """Time of a plain Keras loop per training × 2,400, imports left out; depths and activations in turn."""
    import keras

    layers = keras.layers
    began = time.perf_counter()
    for number in range(loops):
        network = [keras.Input((x.shape[1],)), layers.BatchNormalization()]
        for _ in range(number % 4 + 1):
            network += [layers.Dense(number % 5 + 2), layers.BatchNormalization()]
            network += [layers.Activation(("tanh", "relu", "sigmoid")[number % 3])]
        model = keras.Sequential([*network, layers.Dense(1)])
        model.compile(keras.optimizers.SGD(0.01), "mse")
        rows = slice(0, len(x) * 4 // 5)
        model.fit(x[rows], y[rows], batch_size=BATCH, epochs=EPOCHS, verbose=0)
    return (time.perf_counter() - began) / loops * TRAININGS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path, default=ROOT / "sample_data" / "dialysis.csv")
    parser.add_argument("--target", default="Ueq")
    parser.add_argument("--loops", type=int, default=4, help="networks that the Keras loop trains")
    parser.add_argument("--fits", type=int, default=600, help="networks that scikit-learn trains")
    options = parser.parse_args()
    import pandas as pd

    frame = pd.read_csv(options.data)
    x, y = frame.drop(columns=options.target).to_numpy(float), frame[options.target].to_numpy(float)
    ours = bnfit_seconds(options.data, options.target)
    print(f"bnfit search --arm all --recipe paper, whole process: {ours:.1f} s for {TRAININGS} trainings", flush=True)
    forest = sklearn_seconds((x - x.mean(0)) / x.std(0), y, options.fits)
    print(f"GridSearchCV(MLPRegressor, n_jobs=2): {forest:.0f} s, {forest / ours:.1f} times as long", flush=True)
    loop = keras_seconds(x, y, options.loops)
    print(f"plain Keras loop: {loop / 3600:.1f} h, {loop / ours:.0f} times as long")


if __name__ == "__main__":
    main()
