"""The study's tables: rows of plain values, as CSV and as JSON."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from bnfit.results.study import Correlated, StudyReport

if TYPE_CHECKING:
    from bnfit.study.repeated_splits import Draws
    from bnfit.study.run import Evidence


Row = dict[str, Any]
TABLES = "grid", "settings", "correlations", "correlations_by_repeat", "columns", "nodes", "table_2"
"""Names of the tables."""


def tables(report: StudyReport, evidence: Evidence) -> dict[str, list[Row]]:
    """Return every table by name."""
    correlations = [{"setting": s.key, **_plain(c, report.columns)} for s in report.settings for c in s.correlations]
    draws = [
        {"setting": s.key, "over": c.over, "gamma": c.gamma, "error": c.error, "repeat": r, "correlation": value}
        for s in report.settings
        for c in s.correlations
        for r, value in enumerate(c.draws, 1)
    ]
    return {
        "grid": [asdict(row) for row in report.leaderboard],
        "settings": [{k: v for k, v in asdict(s).items() if k != "correlations"} for s in report.settings],
        "correlations": correlations,
        "correlations_by_repeat": draws,
        "columns": [row for d in evidence.draws for row in _switched(d, report.columns, "column", "")],
        "nodes": [
            row
            for d in evidence.draws
            for row in _switched(d, [str(k + 1) for k in range(d.node_gamma.shape[2])], "node", "node_")
        ],
        "table_2": [asdict(row) for row in report.statistics],
    }


def _plain(correlated: Correlated, columns: Sequence[str]) -> Row:
    """Return a correlation without its draws, and a cell for the correlation without each column."""
    cells = {k: v for k, v in asdict(correlated).items() if k not in ("draws", "without")}
    return {**cells, **{f"without_{name}": correlated.without.get(name) for name in columns}}


def _switched(draws: Draws, names: Sequence[str], what: str, prefix: str) -> list[Row]:
    fields = ["gamma", "gamma_raw", "mspe_zero", "mean_error_zero"]
    fields += ["mspe_first", "mean_error_first"] if what == "node" else []
    values = {field: getattr(draws, prefix + field) for field in fields}
    return [
        {
            "setting": draws.way.key,
            "repeat": r + 1,
            "split": s + 1,
            what: name,
            "mspe_intact": float(draws.mse[r, s]),
            **{field: float(values[field][r, s, k]) for field in fields},
        }
        for r, s in np.ndindex(*draws.mse.shape)
        for k, name in enumerate(names)
    ]


def as_csv(rows: Sequence[Row]) -> bytes:
    """Encode the rows as CSV with a header; a missing value is an empty cell."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows({k: _known(v) for k, v in row.items()} for row in rows)
    return out.getvalue().encode()


def as_json(rows: Sequence[Row]) -> bytes:
    """Encode the rows as a JSON list of objects; a missing value is null."""
    plain = [{k: _known(v) for k, v in row.items()} for row in rows]
    return (json.dumps(plain, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _known(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
