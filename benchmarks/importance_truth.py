"""Importances against tables whose important columns are known by formula (see truth_tables.py).

    python benchmarks/importance_truth.py [--tables NAME,…] [--columns N,…] [--seeds N] [--first SEED] [--methods …]

For every method the share of the p true columns among its top p, the area under the ROC curve of true against other
columns, and the skill of its model on rows it never saw (accuracy of classes, R² of numbers). Columns are shuffled and
ties broken at random: `zero`, which calls every column 0, stands for chance. `fit-conditional` draws each column anew
given the others, LOCO trains the forest again without each column, and `sparse-choice` gives the scores of `fit-sparse`
in half of the time. TreeSHAP and SAGE run where they are installed (`pip install shap sage-importance`).
Friedman #1 has 10 and 50 columns and the simulations of xplainfi 4 or 5, whatever --columns says. The last lines are
means over the tables of classes, the figure that published comparisons give.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import time
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from truth_tables import CLASSIFICATION, REGRESSION, Floats, Truth, make, ranking_area, top_share

if TYPE_CHECKING:
    from bnfit.results.fit import FitReport


os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


Scored = tuple[Floats, float]
COLUMNS = (8, 16, 32, 64)
FIXED_COLUMNS = {"FRIEDMAN": (10, 50), "PAIR": (4,), "MEDIATED": (4,), "CONFOUNDED": (4,), "INTERACTING": (5,)}
SAGE_ROWS, SAGE_BACKGROUND = 256, 64


@cache
def fitted(truth: Truth, sparse: bool) -> Scored:
    """γ of a plain fit (or the score of a sparse one) and the skill on rows out of fold."""
    report = bnfit_report(truth, sparse)
    skill = report.explanation.metrics["accuracy" if truth.classes else "r2"]
    values = [i.score if sparse else i.gamma for i in report.explanation.importances]
    return np.array(values), skill


@cache
def bnfit_report(truth: Truth, sparse: bool) -> FitReport:
    from bnfit.ensemble.fit_table import fit_table
    from bnfit.importance.options import ImportanceOptions

    table = pd.DataFrame(truth.x).rename(columns=lambda c: f"x{c}")
    table["y"] = np.where(truth.y > 0, "yes", "no") if truth.classes else truth.y
    questions = ImportanceOptions(baselines=("permute", "conditional"))
    return fit_table(table, "y", sparse=sparse, questions=questions)[0]


def by_permutation(truth: Truth) -> Scored:
    """The increase of the squared error when a column is shuffled, of a plain fit."""
    importances = bnfit_report(truth, False).explanation.importances
    return np.array([i.mspe_permute - i.mspe_intact for i in importances]), fitted(truth, False)[1]


def by_conditional(truth: Truth) -> Scored:
    """The same with each column drawn anew given the others."""
    importances = bnfit_report(truth, False).explanation.importances
    return np.array([i.mspe_conditional - i.mspe_intact for i in importances]), fitted(truth, False)[1]


def choice(truth: Truth) -> Scored:
    """The score of a sparse fit, without training the model on the columns that stay: its skill is not known."""
    from bnfit.ensemble.base_learners import SPARSE_ACTIVATION, SPARSE_LAYERS, SPARSE_UNITS
    from bnfit.ensemble.division import FOLDS
    from bnfit.evaluation.splits import splits
    from bnfit.feature_selection.elimination import choose
    from bnfit.networks.architecture import Architecture
    from bnfit.schema.dataset import Dataset

    units = (SPARSE_UNITS,) * SPARSE_LAYERS
    architecture = Architecture(units, SPARSE_ACTIVATION, "sigmoid" if truth.classes else "linear", "bn-input")
    table = Dataset(truth.x, truth.y[:, None], "binary_crossentropy" if truth.classes else "mse")
    return choose(architecture, table, splits(table.constraints, FOLDS, 0.0, 0), 0, None).scores, float("nan")


@cache
def forest(truth: Truth) -> tuple[Any, Floats, Floats]:
    """A random forest on three quarters of the rows, with the other quarter."""
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
    from sklearn.model_selection import train_test_split

    parts = train_test_split(truth.x, truth.y, random_state=0)
    kind = RandomForestClassifier if truth.classes else RandomForestRegressor
    model = kind(300, n_jobs=2, random_state=0).fit(parts[0], parts[2])
    return model, parts[1], parts[3]


def forest_impurity(truth: Truth) -> Scored:
    model, x, y = forest(truth)
    return model.feature_importances_, model.score(x, y)


def forest_permutation(truth: Truth) -> Scored:
    from sklearn.inspection import permutation_importance

    model, x, y = forest(truth)
    return permutation_importance(model, x, y, n_repeats=5, random_state=0).importances_mean, model.score(x, y)


def tree_shap(truth: Truth) -> Scored:
    import shap

    model, x, y = forest(truth)
    values = np.asarray(shap.TreeExplainer(model).shap_values(x))
    values = np.moveaxis(values, [s == x.shape[1] for s in values.shape].index(True), -1)
    return np.abs(values).reshape(-1, x.shape[1]).mean(0), model.score(x, y)


def forest_loco(truth: Truth) -> Scored:
    """What a forest loses on the held-back quarter, trained without each column (Lei and others 2018)."""
    from sklearn.base import clone
    from sklearn.model_selection import train_test_split

    model, x, y = forest(truth)
    train, _, y_train, _ = train_test_split(truth.x, truth.y, random_state=0)
    skill = model.score(x, y)
    lost = [
        skill - clone(model).fit(np.delete(train, c, 1), y_train).score(np.delete(x, c, 1), y)
        for c in range(x.shape[1])
    ]
    return np.array(lost), skill


def forest_sage(truth: Truth) -> Scored:
    """Shapley values of the loss, with other columns from the margins (Covert and others 2020)."""
    import sage

    model, x, y = forest(truth)
    predict = model.predict_proba if truth.classes else model.predict
    imputer = sage.MarginalImputer(predict, x[:SAGE_BACKGROUND])
    loss, y = ("cross entropy", y.astype(int)) if truth.classes else ("mse", y)
    found = sage.PermutationEstimator(imputer, loss)(x[-SAGE_ROWS:], y[-SAGE_ROWS:], bar=False, thresh=0.05)
    return found.values, model.score(x, y)


def nothing(truth: Truth) -> Scored:
    """A method that says nothing: it has to come out at chance."""
    return np.zeros(truth.x.shape[1]), 0.0


METHODS: dict[str, Callable[[Truth], Scored]] = {
    "fit": lambda truth: fitted(truth, False),
    "fit-permute": by_permutation,
    "fit-conditional": by_conditional,
    "fit-sparse": lambda truth: fitted(truth, True),
    "sparse-choice": choice,
    "forest": forest_impurity,
    "forest-permute": forest_permutation,
    "forest-loco": forest_loco,
    "tree-shap": tree_shap,
    "sage": forest_sage,
    "zero": nothing,
}


NEEDS = {"tree-shap": "shap", "sage": "sage"}
"""Modules that some methods need."""


def measured(method: Callable[[Truth], Scored], truth: Truth, seed: int) -> dict[str, float]:
    """Scores of a method on one table."""
    began = time.perf_counter()
    values, skill = method(truth)
    return {
        "share": 100 * top_share(values, truth.relevant, np.random.default_rng([seed, 0x71E5])),
        "auroc": ranking_area(values, truth.relevant),
        "skill": skill,
        "seconds": time.perf_counter() - began,
    }


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--tables", default=",".join([*CLASSIFICATION, *REGRESSION]))
    arguments.add_argument("--columns", default=",".join(map(str, COLUMNS)))
    arguments.add_argument("--seeds", type=int, default=3)
    arguments.add_argument("--first", type=int, default=0, help="the first seed")
    arguments.add_argument("--methods", default=",".join(name for name in METHODS if name != "sparse-choice"))
    given = arguments.parse_args()
    methods = given.methods.split(",")
    for method, module in NEEDS.items():
        if method in methods and importlib.util.find_spec(module) is None:
            methods.remove(method)
            print(f"{method} left out: {module} is not installed")
    rows = []
    print(f"{'table':13} {'columns':>7} {'seed':>4} {'method':15} {'share':>6} {'AUROC':>6} {'skill':>6} {'s':>6}")
    for name in given.tables.split(","):
        for m in FIXED_COLUMNS.get(name, map(int, given.columns.split(","))):
            for seed in range(given.first, given.first + given.seeds):
                truth = make(name, m, seed)
                for method in methods:
                    found = measured(METHODS[method], truth, seed)
                    rows.append({"table": name, "method": method, **found})
                    numbers = " ".join(f"{found[k]:6.{d}f}" for k, d in zip(found, (1, 3, 3, 1), strict=True))
                    print(f"{name:13} {m:7} {seed:4} {method:15} {numbers}", flush=True)
    frame = pd.DataFrame(rows)
    print("\nmeans over columns and seeds")
    print(frame.pivot_table(index="method", columns="table", values="share", sort=False).round(1).to_string())
    classes = frame[frame.table.isin(CLASSIFICATION)]
    if len(classes):
        print("\nmeans over the tables of classes")
        means = classes.groupby(["method", "table"], sort=False)[["share", "auroc", "skill"]].mean()
        print(means.groupby("method", sort=False).mean().round(3).to_string())


if __name__ == "__main__":
    main()
