"""What the pipeline's functions return: plain values, ready for any report."""

from bnfit.results.importances import (
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
    Shadowed,
    ShadowTest,
)
from bnfit.results.tables import ColumnReport, SchemaReport, TableReport
from bnfit.results.training import Curve, FitReport, LeaderboardRow, NestedError, PredictReport, SearchReport

__all__ = [
    "Agreement",
    "ColumnReport",
    "ColumnStatistics",
    "ComparedColumn",
    "Comparison",
    "Confusion",
    "Curve",
    "Explanation",
    "FitReport",
    "Importance",
    "Increase",
    "LeaderboardRow",
    "NestedError",
    "NodeImportance",
    "PredictReport",
    "RankAgreement",
    "SchemaReport",
    "SearchReport",
    "ShadowTest",
    "Shadowed",
    "TableReport",
]
