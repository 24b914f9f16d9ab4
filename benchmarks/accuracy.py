"""Plain `bnfit fit` against its peers on tables that scikit-learn and statsmodels carry, and on formulas.

    python benchmarks/accuracy.py [--splits N] [--tables NAME,…] [--peers NAME,…]

Every table is split into 75 % to train on and 25 % to judge, several times. The loss is RMSE / sd of the target for
numbers and log-loss for classes. The last lines give the geometric mean over tables of loss ÷ the best peer's loss.
Peers that are not installed (catboost, pytabkit's RealMLP) are left out and named.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import time
import warnings
from collections.abc import Callable

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pandas as pd

warnings.simplefilter("ignore")

Frame = pd.DataFrame
Result = np.ndarray


def tables() -> dict[str, Callable[[], tuple[Frame, bool]]]:
    """Name to a function that gives a table with the target in `target`, and whether it is a classification."""
    from sklearn import datasets

    def bundled(name: str, classes: bool) -> Callable[[], tuple[Frame, bool]]:
        return lambda: (getattr(datasets, f"load_{name}")(as_frame=True).frame, classes)

    def formula(name: str, rows: int) -> Callable[[], tuple[Frame, bool]]:
        def make() -> tuple[Frame, bool]:
            x, y = getattr(datasets, f"make_{name}")(rows, noise=1.0 if name == "friedman1" else 0.1, random_state=0)
            return Frame(x).rename(columns=lambda c: f"x{c}").assign(target=y), False

        return make

    def moons() -> tuple[Frame, bool]:
        x, y = datasets.make_moons(600, noise=0.3, random_state=0)
        return Frame(x).rename(columns=lambda c: f"x{c}").assign(target=y), True

    def statsmodels(name: str, target: str, classes: bool) -> Callable[[], tuple[Frame, bool]]:
        def make() -> tuple[Frame, bool]:
            import statsmodels.api as sm

            frame = getattr(sm.datasets, name).load_pandas().data.dropna()
            return frame.rename(columns={target: "target"}), classes

        return make

    found = {
        "diabetes": bundled("diabetes", False),
        "iris": bundled("iris", True),
        "wine": bundled("wine", True),
        "breast_cancer": bundled("breast_cancer", True),
        "digits": bundled("digits", True),
        "friedman1-500": formula("friedman1", 500),
        "friedman1-5000": formula("friedman1", 5000),
        "friedman2-1000": formula("friedman2", 1000),
        "friedman3-300": formula("friedman3", 300),
        "moons": moons,
    }
    if importlib.util.find_spec("statsmodels"):
        found |= {
            "fair": statsmodels("fair", "rate_marriage", False),
            "anes96": statsmodels("anes96", "vote", True),
            "star98": statsmodels("star98", "NABOVE", False),
            "statecrime": statsmodels("statecrime", "murder", False),
        }
    return found


def bnfit(train: Frame, test: Frame, classes: bool) -> Result:
    """What the plain command would give."""
    from bnfit.pipeline import fit_table, predict_table

    target = train.target.astype(str).map("class {}".format) if classes else train.target
    model = fit_table(train.assign(target=target), "target")[1]
    out = predict_table(model, test.drop(columns="target"))[0]
    if not classes:
        return out.prediction.to_numpy()
    return out[[f"probability_class {c}" for c in np.unique(train.target).astype(str)]].to_numpy()


def scikit(make: Callable[[bool], object]) -> Callable[[Frame, Frame, bool], Result]:
    """A peer with scikit-learn's interface."""

    def run(train: Frame, test: Frame, classes: bool) -> Result:
        model = make(classes).fit(train.drop(columns="target"), train.target)  # type: ignore[attr-defined]
        x = test.drop(columns="target")
        return model.predict_proba(x) if classes else model.predict(x)

    return run


def peers() -> dict[str, Callable[[Frame, Frame, bool], Result]]:
    """The peers that are installed, with their own defaults."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.linear_model import LogisticRegression, RidgeCV
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    def scaled(classifier: object, regressor: object) -> Callable[[bool], object]:
        return lambda classes: make_pipeline(StandardScaler(), classifier if classes else regressor)

    found = {
        "linear": scikit(scaled(LogisticRegression(max_iter=1000), RidgeCV())),
        "mlp": scikit(scaled(MLPClassifier(random_state=0, max_iter=500), MLPRegressor(random_state=0, max_iter=500))),
        "boosting": scikit(
            lambda classes: (HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor)(
                random_state=0
            )
        ),
    }
    if importlib.util.find_spec("catboost"):
        import catboost

        found["catboost"] = scikit(
            lambda classes: (catboost.CatBoostClassifier if classes else catboost.CatBoostRegressor)(
                verbose=0, random_seed=0, thread_count=2, allow_writing_files=False
            )
        )
    if importlib.util.find_spec("pytabkit"):
        from pytabkit import RealMLP_TD_Classifier, RealMLP_TD_Regressor

        found["realmlp"] = scikit(
            lambda classes: (RealMLP_TD_Classifier if classes else RealMLP_TD_Regressor)(random_state=0, n_threads=2)
        )
    return found


def loss(truth: pd.Series, said: Result, classes: bool) -> float:
    """RMSE / sd, or log-loss."""
    if not classes:
        return float(np.sqrt(np.mean(np.square(said - truth)) / np.var(truth)))
    column = np.searchsorted(np.unique(truth), truth)
    return float(-np.mean(np.log(np.clip(said[np.arange(len(truth)), column], 1e-15, 1))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--splits", type=int, default=2)
    parser.add_argument("--tables", default="")
    parser.add_argument("--peers", default="")
    options = parser.parse_args()
    from sklearn.model_selection import train_test_split

    chosen = {n: t for n, t in tables().items() if not options.tables or n in options.tables.split(",")}
    others = {n: p for n, p in peers().items() if not options.peers or n in options.peers.split(",")}
    missing = {"linear", "mlp", "boosting", "catboost", "realmlp"} - peers().keys()
    if missing:
        print(f"not installed, so left out: {', '.join(sorted(missing))}")
    print("table", "rows", "bnfit", *others, "bnfit/best", "bnfit seconds", sep="\t")
    ratios = []
    for name, make in chosen.items():
        frame, classes = make()
        losses: dict[str, list[float]] = {n: [] for n in ("bnfit", *others)}
        seconds = 0.0
        for seed in range(options.splits):
            train, test = train_test_split(
                frame, test_size=0.25, random_state=seed, stratify=frame.target if classes else None
            )
            train, test = train.reset_index(drop=True), test.reset_index(drop=True)
            began = time.perf_counter()
            losses["bnfit"].append(loss(test.target, bnfit(train, test, classes), classes))
            seconds += time.perf_counter() - began
            for other, run in others.items():
                losses[other].append(loss(test.target, run(train, test, classes), classes))
        means = {n: float(np.mean(values)) for n, values in losses.items()}
        ratios.append(means["bnfit"] / min(means[n] for n in others))
        row = [f"{value:.4f}" for value in means.values()]
        print(name, len(frame), *row, f"{ratios[-1]:.3f}", f"{seconds / options.splits:.1f}", sep="\t", flush=True)
    print(f"geometric mean of bnfit / best peer over {len(ratios)} tables: {np.exp(np.mean(np.log(ratios))):.3f}")


if __name__ == "__main__":
    main()
