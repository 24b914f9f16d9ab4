"""Plain `bnfit fit` against its peers on the tables of `accuracy_tables.py`.

    python benchmarks/accuracy.py [--splits N] [--tables NAME,…] [--peers NAME,…]

Every table is split into 75 % to train on and 25 % to judge, several times. The loss is RMSE / sd of the target for
numbers and log-loss for classes. The last lines give the geometric mean over tables of loss ÷ the best peer's loss.
Peers that are not installed (catboost, pytabkit's RealMLP) are left out and named. Categories become 0/1 columns for
the linear model and scikit-learn's MLP, missing numbers their medians; the other peers get the table as it is.
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
from accuracy_tables import tables

warnings.simplefilter("ignore")

Frame = pd.DataFrame
Result = np.ndarray
Peer = Callable[[Frame, Frame, bool], Result]


def bnfit(train: Frame, test: Frame, classes: bool) -> Result:
    """What the plain command would give."""
    from bnfit.pipeline import fit_table, predict_table

    target = train.target.astype(str).map("class {}".format) if classes else train.target
    model = fit_table(train.assign(target=target), "target")[1]
    out = predict_table(model, test.drop(columns="target"))[0]
    if not classes:
        return out.prediction.to_numpy()
    return out[[f"probability_class {c}" for c in np.unique(train.target).astype(str)]].to_numpy()


def scikit(make: Callable[[bool, list[str]], object]) -> Peer:
    """A peer with scikit-learn's interface, made for classes or numbers and with the names of the categories."""

    def run(train: Frame, test: Frame, classes: bool) -> Result:
        x, new = train.drop(columns="target"), test.drop(columns="target")
        words = list(x.select_dtypes(exclude="number"))
        model = make(classes, words)
        for frame in (x, new):
            frame[words] = frame[words].fillna("missing")
        model.fit(x, train.target)  # type: ignore[attr-defined]
        return model.predict_proba(new) if classes else model.predict(new)  # type: ignore[attr-defined,no-any-return]

    return run


def peers() -> dict[str, Peer]:
    """The peers that are installed, with their own defaults."""
    from sklearn.compose import make_column_transformer
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression, RidgeCV
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

    def scaled(classifier: object, regressor: object) -> Peer:
        def make(classes: bool, words: list[str]) -> object:
            levels = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
            numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
            columns = make_column_transformer((levels, words), remainder=numbers)
            return make_pipeline(columns, classifier if classes else regressor)

        return scikit(make)

    def boosting(classes: bool, words: list[str]) -> object:
        model = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor
        codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan)
        columns = make_column_transformer((codes, words), remainder="passthrough")
        return make_pipeline(columns, model(random_state=0, categorical_features=list(range(len(words)))))

    found = {
        "linear": scaled(LogisticRegression(max_iter=1000), RidgeCV()),
        "mlp": scaled(MLPClassifier(random_state=0, max_iter=500), MLPRegressor(random_state=0, max_iter=500)),
        "boosting": scikit(boosting),
    }
    if importlib.util.find_spec("catboost"):
        import catboost

        settings = {"verbose": 0, "random_seed": 0, "thread_count": 2, "allow_writing_files": False}
        found["catboost"] = scikit(
            lambda classes, words: (catboost.CatBoostClassifier if classes else catboost.CatBoostRegressor)(
                cat_features=words, **settings
            )
        )
    if importlib.util.find_spec("pytabkit"):
        from pytabkit import RealMLP_TD_Classifier, RealMLP_TD_Regressor

        found["realmlp"] = scikit(
            lambda classes, _: (RealMLP_TD_Classifier if classes else RealMLP_TD_Regressor)(
                random_state=0, n_threads=2, device="cpu"
            )
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
