"""Plain `bnfit fit` against a linear model, scikit-learn's MLP and boosting, CatBoost, RealMLP, EBM and AutoGluon.

    python benchmarks/accuracy.py [--first N] [--splits N] [--tables NAME,…] [--files CSV …] [--peers NAME,…]
        [--save FILE]

Tables are those of `accuracy_tables.py`, or CSV files with the target in the column `target` (`real_tables.py` writes
some). Every table is split into 75 % to train on and 25 % to judge, several times, seeded from `--first` on. The loss
is RMSE / sd of the target for numbers and log-loss for classes; seconds are of training and predicting together, on
two threads. The last lines give the geometric mean over tables of loss ÷ the best peer's loss. Categories become 0/1
columns for the linear model and scikit-learn's MLP; missing numbers become medians for these two and RealMLP. The
others get the table as it is. AutoGluon has its preset medium_quality and 60 s.

`--save` keeps every single result with the version of what gave it, and a run with the same file measures only what
it lacks. What is neither installed nor in the file is left out and named: bnfit and AutoGluon want different versions
of pandas, so each runs in a virtual environment of its own, with one file. `peer_losses.json` holds what the peers
reach on split 3 of the twelve tables of `TWELVE`; this split chose nothing of bnfit:

    python benchmarks/accuracy.py --first 3 --splits 1 --files FOLDER/*.csv --tables twelve --save FILE
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import json
import os
import tempfile
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
Results = dict[str, list[float | str]]
"""Loss, seconds and version by table, split and method."""
MOST_CLASSES = 20
TWELVE = "ames boston car_prices concrete diamonds hitters churn german mammographic pbc splice vehicle"
PACKAGES = {
    "bnfit": "bnfit",
    "linear": "scikit-learn",
    "mlp": "scikit-learn",
    "boosting": "scikit-learn",
    "catboost": "catboost",
    "realmlp": "pytabkit",
    "ebm": "interpret-core",
    "autogluon": "autogluon.tabular",
}
"""What is compared, and the package whose version is noted."""


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
    if importlib.util.find_spec("interpret"):
        from interpret.glassbox import ExplainableBoostingClassifier, ExplainableBoostingRegressor

        found["ebm"] = scikit(
            lambda classes, _: (ExplainableBoostingClassifier if classes else ExplainableBoostingRegressor)(
                random_state=0, n_jobs=2
            )
        )
    if importlib.util.find_spec("autogluon"):
        found["autogluon"] = autogluon
    return found


def autogluon(train: Frame, test: Frame, classes: bool) -> Result:
    """AutoGluon's medium quality in a minute."""
    from autogluon.tabular import TabularPredictor

    kind = ("multiclass" if train.target.nunique() > 2 else "binary") if classes else "regression"
    metric = "log_loss" if classes else "root_mean_squared_error"
    with tempfile.TemporaryDirectory() as folder:
        model = TabularPredictor("target", kind, metric, path=folder, verbosity=0)
        model.fit(train, presets="medium_quality", time_limit=60, num_cpus=2)
        new = test.drop(columns="target")
        if not classes:
            return np.asarray(model.predict(new))
        return model.predict_proba(new)[list(np.unique(train.target))].to_numpy()


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
    chosen: dict[str, Maker], methods: dict[str, Peer], seeds: range, known: Results
) -> Iterator[tuple[str, Frame, Results]]:
    """Every table with its results; what is known already is not measured again."""
    from sklearn.model_selection import train_test_split

    for name, make in chosen.items():
        frame, classes = make()
        for seed in seeds:
            train, test = train_test_split(
                frame, test_size=0.25, random_state=seed, stratify=frame.target if classes else None
            )
            train, test = train.reset_index(drop=True), test.reset_index(drop=True)
            for method, run in methods.items():
                key = f"{name}|{seed}|{method}"
                if key not in known:
                    began = time.perf_counter()
                    value = loss(test.target, run(train.copy(), test.copy(), classes), classes)
                    known[key] = [value, time.perf_counter() - began, version(method)]
        yield name, frame, known


def version(method: str) -> str:
    """The package behind a method, with its version."""
    return f"{PACKAGES[method]} {importlib.metadata.version(PACKAGES[method])}"


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
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--splits", type=int, default=2)
    parser.add_argument("--tables", default="")
    parser.add_argument("--files", nargs="*", default=[])
    parser.add_argument("--peers", default="")
    parser.add_argument("--save", type=Path)
    options = parser.parse_args()
    seeds = range(options.first, options.first + options.splits)
    available = from_files(options.files) if options.files else tables()
    names = TWELVE.split() if options.tables == "twelve" else options.tables.split(",") if options.tables else available
    chosen = {name: available[name] for name in names}
    known: Results = json.loads(options.save.read_text()) if options.save and options.save.exists() else {}
    found = ({"bnfit": bnfit} if importlib.util.find_spec("keras") else {}) | peers()
    asked = [m for m in PACKAGES if not options.peers or m == "bnfit" or m in options.peers.split(",")]
    methods = {name: found[name] for name in asked if name in found}
    cached = [m for m in asked if all(f"{name}|{seed}|{m}" in known for name in chosen for seed in seeds)]
    columns = [name for name in asked if name in methods or name in cached]
    if missing := [name for name in asked if name not in columns]:
        print(f"not installed, so left out: {', '.join(missing)}")
    others = [name for name in columns if name != "bnfit"]
    print("table", "rows", *columns, "bnfit/best", *(f"{n} s" for n in columns), sep="\t")
    rows = []
    for name, frame, results in measured(chosen, methods, seeds, known):
        if options.save:
            options.save.write_text(json.dumps(results, indent=0))
        means = {m: tuple(np.mean([results[f"{name}|{s}|{m}"][:2] for s in seeds], axis=0)) for m in columns}
        rows.append(means)
        ratio = means["bnfit"][0] / min(means[m][0] for m in others) if "bnfit" in means and others else np.nan
        values = [f"{value:.4f}" for value, _ in means.values()]
        seconds = [f"{second:.1f}" for _, second in means.values()]
        print(name, len(frame), *values, f"{ratio:.3f}", *seconds, sep="\t", flush=True)
    if "bnfit" in columns and others:
        print(*summary(rows, others), sep="\n")
    print("versions:", ", ".join(sorted({str(values[2]) for values in known.values()})))


if __name__ == "__main__":
    main()
