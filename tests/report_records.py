"""Reports as the commands make them, with numbers chosen by hand: the one place where tests make such records.

Each function makes a plain record; keywords replace fields. The constants are records that several tests share.
"""

from dataclasses import replace

from bnfit.results.explanation import (
    Agreement,
    ColumnStatistics,
    ComparedColumn,
    Comparison,
    Confusion,
    Explanation,
    Importance,
    Increase,
    NodeImportance,
    RankAgreement,
)
from bnfit.results.export import ExportReport, GraphInput
from bnfit.results.fit import FitReport
from bnfit.results.origin import Origin
from bnfit.results.predict import PredictReport
from bnfit.results.search import CorrectedError, Curve, LeaderboardRow, Saved, SearchReport
from bnfit.results.shadows import Shadowed, ShadowTest
from bnfit.results.study import Correlated, MovingStatistics, Setting, StudyReport
from bnfit.results.table import ColumnReport, SchemaReport, TableReport

NO_AGREEMENT = Agreement(None, None, None, "Too few columns.")


def importance(column="Upre", gamma=1.0, **changes):
    """An importance whose errors grow with γ."""
    size = 0.0 if gamma is None else gamma
    plain = Importance(
        column=column,
        gamma=gamma,
        gamma_raw=None if gamma is None else gamma / 2,
        gamma_se=None if gamma is None else gamma / 10,
        mspe_intact=1.0,
        mspe_zero=1.0 + size**2,
        mspe_mean=1.0 + size,
        mspe_permute=1.0 + 2 * size,
        mean_error_zero=0.5,
    )
    return replace(plain, **changes)


def increase(baseline="zero", size=1.0, **changes):
    """An increase of the error without an interval."""
    return replace(Increase(baseline, size, None, None, None), **changes)


def explanation(importances=(), **changes):
    """An explanation by a model with skill."""
    metrics = {"mse": 40.0, "rmse": 6.3, "mae": 5.0, "r2": 0.9}
    reference = {"mse": 355.1, "rmse": 18.8, "mae": 15.0, "r2": 0.0}
    made = Explanation(metrics, reference, tuple(importances), NO_AGREEMENT, (), 30, Origin("out_of_fold"))
    return replace(made, **changes)


def fit(explained=None, **changes):
    """The report of a training."""
    made = FitReport("Ueq", "6-6 tanh", "bn", 141, 5, 5, "default", 0, explained or explanation(), 3.21)
    return replace(made, **changes)


def candidate(architecture="3-3 tanh", cv_mse=31.25, **changes):
    """A row of a leaderboard; it diverged where it has no error."""
    se, r2 = (None, None) if cv_mse is None else (2.5, 0.9)
    return replace(LeaderboardRow(None, architecture, "bn", 80, cv_mse, se, r2, diverged=cv_mse is None), **changes)


def search(leaderboard, fitted=None, **changes):
    """The report of a search."""
    rows = tuple(leaderboard)
    made = SearchReport(rows, rows[:1], 20, 5, "default", 0, 4.56, fitted or fit(), ("the search saw every row",))
    return replace(made, **changes)


def prediction(metrics=None, **changes):
    """The report of a prediction."""
    return replace(PredictReport(1, 0, metrics or {}), **changes)


def table(columns=(("Upos", "number", "input", "number"),), **changes):
    """The report of a table with two classes."""
    found = SchemaReport(9, 1, tuple(ColumnReport(*column) for column in columns))
    return replace(TableReport("a.csv", "y", "binary", ("f", "m"), found, ("look here",)), **changes)


def correlated(gamma="calibrated", error="MSPE increase", mean=0.9):
    """A correlation of a study, over two repeats."""
    return Correlated("columns", gamma, error, mean, mean - 0.1, mean + 0.1, (mean - 0.2, mean + 0.2))


def setting(key="default", mse=95.0, correlations=(), **changes):
    """A setting of a study."""
    made = Setting(key, key, "6 sigmoid", "bn", "paper", 87, 70, 22, mse, 80.0, 130.0, 0, tuple(correlations))
    return replace(made, **changes)


EXPLANATION = Explanation(
    metrics={"mse": 31.2, "rmse": 5.5857, "r2": 0.91215},
    reference={"mse": 355.1, "rmse": 18.844, "r2": -0.00001},
    importances=(
        Importance("Upre", 2.5, 0.31, 0.4, 31.2, 120.5, 40.0, 41.0, 9.0),
        Importance("U120", 6.21, 0.8, 1.1, 31.2, 900.1, 80.0, 90.0, 28.0, zero_is_off=True),
        replace(
            Importance("Upos [mg]", 14.3, 0.7, 1.93, 31.2, 3210.4, 250.0, 480.0, 55.0),
            increases=(Increase("permute", 448.8, 210.25, 687.4, 0.0001),),
            verdict="matters",
            direction="up",
            straightness=0.98,
            total=14.1,
        ),
    ),
    agreement=Agreement(0.5, 0.92, 0.45, "γ and the zero-out error agree."),
    statistics=(ColumnStatistics("Upre", 149.25, 33.14), ColumnStatistics("U120", 0.0123456, 1e-9)),
    rows=120,
    origin=Origin("out_of_fold"),
    target="Ueq",
    intervals={"mse": (20.25, 42.25), "rmse": (4.5, 6.5)},
    linear={"mse": 36.2, "rmse": 6.0166, "r2": 0.898},
    warnings=("column 'Upre' all but equals the target", "9 of 120 rows are copies of others"),
    notes=("column 'id' is constant: left out",),
)
CLASSES = Explanation(
    metrics={
        "log_loss": 0.512,
        "brier": 0.1625,
        "ece": 0.031,
        "accuracy": 0.8,
        "balanced_accuracy": 0.75,
        "roc_auc": 0.875,
    },
    reference={
        "log_loss": 0.693,
        "brier": 0.25,
        "ece": 0.0,
        "accuracy": 0.5,
        "balanced_accuracy": 0.5,
        "roc_auc": 0.5,
    },
    importances=(
        Importance("age", 0.11, 1.5, 0.01, 0.1625, 0.2425, 0.2, 0.2, 0.1, 0.512, 0.843, 0.6, 0.6),
        Importance("bmi", 0.02, 1.1, 0.003, 0.1625, 0.16245, 0.1, 0.1, 0.1, 0.512, 0.511, 0.5, 0.5),
    ),
    agreement=NO_AGREEMENT,
    statistics=(),
    rows=10,
    origin=Origin("out_of_fold"),
    confusion=Confusion(("no", "yes"), ((4, 1), (1, 4))),
    target="ill",
)
FIT = fit(EXPLANATION)
BOARD = (
    LeaderboardRow(1, "3-3 tanh", "bn", 80, 31.25, 2.5, 0.912, best=True, saved=True),
    LeaderboardRow(2, "6-6 tanh", "bn", 141, 31.5, 2.75, 0.911),
    LeaderboardRow(3, "2 relu", "bn", 35, 33.0, 2.0, 0.9, smallest=True),
    LeaderboardRow(4, "6-6 relu, relu output", "bn", 141, None, None, None, diverged=True),
    LeaderboardRow(None, "predict the mean", "", 1, 355.1, 20.1, 0.0, reference="mean"),
    LeaderboardRow(None, "linear", "", 6, 36.2, 3.1, 0.898, reference="linear"),
)
SEARCH = search(BOARD, FIT)
TABLE = table()
EXPORT = ExportReport(
    "Ueq",
    (GraphInput("Upre", "double", "a number; NaN for none"), GraphInput("kind", "string", "a level")),
    ("prediction", "probability"),
    ("low", "high"),
    17,
    4000,
    120,
    "new.csv",
    2e-16,
)
"""The report of an export of a model of classes."""

NODES = (NodeImportance(1, 2, 0.5, 0.4, 31.2, 40.0, 3.0),)
FULL = replace(
    EXPLANATION,
    importances=tuple(replace(i, increases=(increase(), increase("permute", 2.0))) for i in EXPLANATION.importances),
    agreement=replace(EXPLANATION.agreement, ranks=(RankAgreement("zero", 0.5, -0.1, 0.9),), remarks=("Odd.",)),
    groups=(importance("Upre, U120", increases=(increase("conditional", low=0.5, high=1.5, p=0.01),)),),
    baselines=("permute",),
    shadows=ShadowTest((Shadowed("Upre", 4.5, 0.01, True),), 60, 0.05, 2.5),
    compare=Comparison((ComparedColumn("Upre", 2.5, 1.0, 1.1, None),), {"sklearn": 1.0, "shap": None}, ("shap",)),
)
"""An explanation with everything that can be asked for."""

WAY = ("bn", "layer", 8, 0.01, 0.99, None)
CURVE = Curve("rate 0.01", *WAY, (4.0, 2.0, 1.0), (5.0, 3.0, None), (), 6, 0)
FULL_SEARCH = replace(
    SEARCH,
    fit=fit(replace(FULL, linear={"mse": 36.2}), schema=TABLE.schema, linear_share=0.25, norm="layer"),
    saved=Saved("ensemble", "best", 1.5, 0.5),
    corrected=CorrectedError(32.0, 2.0, 31.25, 6),
    curves=(CURVE,),
    strategy="halving",
    budget=300.0,
    untried=7,
)
"""The report of a search with everything that can be asked for."""

STUDY = StudyReport(
    target="Ueq",
    rows=109,
    columns=("Upre", "U120"),
    leaderboard=BOARD,
    by_arm=BOARD[:1],
    trainings=2400,
    folds=5,
    splits=10,
    repeats=20,
    seed=0,
    seconds=60.0,
    settings=(setting(correlations=(correlated(),)), setting("lost", mse=None, mse_low=None, mse_high=None)),
    linear_mse=105.0,
    statistics=(MovingStatistics("Upre", 149.0, 33.0, 148.5, 2.0, 32.5, 1.0),),
    findings=("Calibrated γ agrees.",),
)
