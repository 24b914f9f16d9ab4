"""Plain `bnfit fit` against its peers: a linear model, scikit-learn's MLP and boosting, CatBoost and RealMLP.

    python benchmarks/accuracy.py [--splits N] [--tables NAME,…] [--files CSV …] [--peers NAME,…] [--save FILE]

Tables are those of `accuracy_tables.py`, or CSV files with the target in the column `target` (`real_tables.py` writes
some). Every table is split into 75 % to train on and 25 % to judge, several times. The loss is RMSE / sd of the target
for numbers and log-loss for classes; seconds are of training and predicting together, on two threads. The last lines
give the geometric mean over tables of loss ÷ the best peer's loss. Peers that are not installed (catboost, pytabkit's
RealMLP) are left out and named. Categories become 0/1 columns for the linear model and scikit-learn's MLP; missing
numbers become medians for these two and RealMLP. The others get the table as it is. `--save` keeps every single result,
and a second run with the same file measures only what it lacks.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pandas as pd
from accuracy_tables import Maker, tables

warnings.simplefilter("ignore")

Frame = pd.DataFrame
Result = np.ndarray
Peer = Callable[[Frame, Frame, bool], Result]
Results = dict[str, list[float]]
"""Loss and seconds by table, split and method."""
MOST_CLASSES = 20


def bnfit(train: Frame, test: Frame, classes: bool) -> Result:
    """What the plain command would give."""
    from bnfit.api import predict_table
    from bnfit.ensemble.fit_table import fit_table

    target = train.target.astype(str).map("class {}".format) if classes else train.target
    model = fit_table(train.assign(target=target), "target")[1]
    out = predict_table(model, test.drop(columns="target"))[0]
    if not classes:
        return out.prediction.to_numpy()
    return out[[f"probability_class {c}" for c in np.unique(train.target).astype(str)]].to_numpy()


def scikit(make: Callable[[bool, list[str]], object], holes: bool = True) -> Peer:
    """A peer with scikit-learn's interface, made for classes or numbers and with the names of the categories.

    Where it takes no `holes`, missing numbers become medians.
    """

    def run(train: Frame, test: Frame, classes: bool) -> Result:
        x, new = train.drop(columns="target"), test.drop(columns="target")
        words = list(x.select_dtypes(exclude="number"))
        model = make(classes, words)
        for frame in (x, new):
            frame[words] = frame[words].fillna("missing")
        if not holes:
            numbers = x.columns.difference(words)
            medians = x[numbers].median()
            x[numbers], new[numbers] = x[numbers].fillna(medians), new[numbers].fillna(medians)
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
            ),
            holes=False,
        )
    return found


def loss(truth: pd.Series, said: Result, classes: bool) -> float:
    """RMSE / sd, or log-loss."""
    if not classes:
        return float(np.sqrt(np.mean(np.square(said - truth)) / np.var(truth)))
    column = np.searchsorted(np.unique(truth), truth)
    return float(-np.mean(np.log(np.clip(said[np.arange(len(truth)), column], 1e-15, 1))))


def from_files(paths: list[str]) -> dict[str, Maker]:
    """Tables in CSV files; text, or at most 20 different whole numbers, are classes."""

    def read(path: str) -> tuple[Frame, bool]:
        frame = pd.read_csv(path).dropna(subset="target")
        words = frame.select_dtypes(exclude="number").columns
        frame[words] = frame[words].astype(object).where(frame[words].notna(), None)
        target = frame.target
        few = target.nunique() <= MOST_CLASSES and not pd.api.types.is_float_dtype(target)
        return frame, bool(few or not pd.api.types.is_numeric_dtype(target))

    return {Path(path).stem: lambda path=path: read(path) for path in paths}


def measured(
    chosen: dict[str, Maker], methods: dict[str, Peer], splits: int, known: Results
) -> Iterator[tuple[str, Frame, Results]]:
    """Every table with its results; what is known already is not measured again."""
    from sklearn.model_selection import train_test_split

    for name, make in chosen.items():
        frame, classes = make()
        for seed in range(splits):
            train, test = train_test_split(
                frame, test_size=0.25, random_state=seed, stratify=frame.target if classes else None
            )
            train, test = train.reset_index(drop=True), test.reset_index(drop=True)
            for method, run in methods.items():
                key = f"{name}|{seed}|{method}"
                if key not in known:
                    began = time.perf_counter()
                    value = loss(test.target, run(train, test, classes), classes)
                    known[key] = [value, time.perf_counter() - began]
        yield name, frame, known


def summary(rows: list[dict[str, tuple[float, float]]], others: list[str]) -> list[str]:
    """The last lines: means over tables of each method's loss ÷ the best of the other peers', and what is promised."""
    lines = []
    for method in ("bnfit", *others):
        rivals = [other for other in others if other != method]
        ratios = [row[method][0] / min(row[rival][0] for rival in rivals) for row in rows]
        against = "best peer" if method == "bnfit" else "best of the other peers"
        lines.append(
            f"geometric mean of {method} / {against} over {len(rows)} tables: {np.exp(np.mean(np.log(ratios))):.3f}"
        )
    if "linear" in others:
        worst = max(row["bnfit"][0] / row["linear"][0] for row in rows)
        lines.append(f"worst ratio of bnfit to the linear model: {worst:.3f}")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--splits", type=int, default=2)
    parser.add_argument("--tables", default="")
    parser.add_argument("--files", nargs="*", default=[])
    parser.add_argument("--peers", default="")
    parser.add_argument("--save", type=Path)
    options = parser.parse_args()
    available = from_files(options.files) if options.files else tables()
    chosen = {n: t for n, t in available.items() if not options.tables or n in options.tables.split(",")}
    others = {n: p for n, p in peers().items() if not options.peers or n in options.peers.split(",")}
    missing = {"linear", "mlp", "boosting", "catboost", "realmlp"} - peers().keys()
    if missing:
        print(f"not installed, so left out: {', '.join(sorted(missing))}")
    known: Results = json.loads(options.save.read_text()) if options.save and options.save.exists() else {}
    methods = {"bnfit": bnfit, **others}
    print("table", "rows", *methods, "bnfit/best", *(f"{n} s" for n in methods), sep="\t")
    rows = []
    for name, frame, results in measured(chosen, methods, options.splits, known):
        if options.save:
            options.save.write_text(json.dumps(results))
        means = {
            n: tuple(np.mean([results[f"{name}|{s}|{n}"] for s in range(options.splits)], axis=0)) for n in methods
        }
        rows.append(means)
        ratio = means["bnfit"][0] / min(means[n][0] for n in others)
        values = [f"{value:.4f}" for value, _ in means.values()]
        seconds = [f"{second:.1f}" for _, second in means.values()]
        print(name, len(frame), *values, f"{ratio:.3f}", *seconds, sep="\t", flush=True)
    print(*summary(rows, list(others)), sep="\n")


if __name__ == "__main__":
    main()
