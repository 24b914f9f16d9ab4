"""Drift: which columns of a table differ from the training table, and how far that moves the predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from bnfit.arrays import Bools, Floats
from bnfit.errors import ModelFileError
from bnfit.evaluation.metrics import both_classes
from bnfit.evaluation.two_samples import homogeneity_p, kolmogorov_p, proportions_p
from bnfit.model.model import Model
from bnfit.networks.rowwise import Rowwise
from bnfit.results.drift import ColumnDrift
from bnfit.schema.distributions import shares_below
from bnfit.schema.encode import encode_cells, read_cells
from bnfit.schema.ranges import outside
from bnfit.schema.schema import Schema, column_positions
from bnfit.schema.transport import brought_back, level_places, level_shares
from bnfit.schema.types import Column, Distribution

ROWS, CELLS = 10_000, 1 << 21
"""Rows of the sample that drift is measured on, and its cells, at most."""
MOVED_ROWS, LEAST_ROWS, MOVED_CELLS = 1000, 100, 20_000
"""Rows on which predictions are compared, at most and at least, and rows × columns that differ, at most."""
SURE = 0.05
"""P-value over all columns from which on a difference may be chance."""
MATTERS, MATTERS_SHARE = 0.2, 0.05
"""What drift must move predictions by to matter: so much of the RMSE, for classes so much probability."""
_SEED, _NAMED = 0xD21F7, 3


def drift_of(model: Model, schema: Schema, frame: pd.DataFrame) -> tuple[ColumnDrift, ...]:
    """Measure the drift of the rows of a frame; see `DriftWatch`."""
    watch = DriftWatch(model, schema)
    watch.add(frame)
    return watch.result(Rowwise(model.network)) if watch.known else ()


@dataclass
class RowSample:
    """Rows drawn at random from a table that comes in pieces; which they are does not depend on the pieces.

    Attributes:
        columns: the columns to keep.
        most: rows to draw, at most.
    """

    columns: list[str]
    most: int
    _rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(_SEED))
    _keys: Floats = field(default_factory=lambda: np.empty(0))
    _rows: list[pd.DataFrame] = field(default_factory=list)

    def add(self, frame: pd.DataFrame, good: Bools | None = None) -> None:
        """Take part in the draw with the rows of a frame, or with those of a mask (n,)."""
        keys = self._rng.random(len(frame))
        full = len(self._keys) >= self.most
        taken = keys < self._keys.max() if full else np.ones(len(frame), bool)
        taken &= True if good is None else good
        chosen = np.flatnonzero(taken)
        if len(chosen) > self.most:
            chosen = chosen[np.argpartition(keys[chosen], self.most - 1)[: self.most]]
        if not len(chosen):
            return
        self._rows.append(frame[self.columns].iloc[chosen])
        self._keys = np.r_[self._keys, keys[chosen]]
        if len(self._keys) > 2 * self.most:
            self._settle()

    def rows(self) -> pd.DataFrame:
        """Return the rows drawn, in random order."""
        self._settle()
        return self._rows[0] if self._rows else pd.DataFrame(columns=self.columns)

    def _settle(self) -> None:
        """Keep the rows with the smallest keys."""
        if not self._rows:
            return
        order = np.argsort(self._keys, kind="stable")[: self.most]
        rows = self._rows[0] if len(self._rows) == 1 else pd.concat(self._rows, ignore_index=True)
        self._rows, self._keys = [rows.iloc[order]], self._keys[order]


class DriftWatch:
    """Measures drift on tables that come in pieces, in memory that does not grow.

    Args:
        model: with the distributions of its training columns; without them there is nothing to measure.
        schema: the model's, for how the table writes its numbers.
    """

    def __init__(self, model: Model, schema: Schema) -> None:
        self._model, self._inputs = model, schema.inputs
        self.known = any(column.distribution is not None for column in schema.inputs)
        self._sample = RowSample([c.name for c in schema.inputs], max(1, min(ROWS, CELLS // len(schema.inputs))))

    def add(self, frame: pd.DataFrame, good: Bools | None = None) -> None:
        """Take notice of the rows of a frame with text for column names, or of those of a mask (n,)."""
        if self.known:
            self._sample.add(frame, good)

    def result(self, network: Rowwise) -> tuple[ColumnDrift, ...]:
        """Measure the drift of the rows so far, largest first, with the model's network.

        Columns whose distribution in training is not known are left out; without any rows all are.
        """
        rows = self._sample.rows()
        if not len(rows):
            return ()
        cells = {column.name: read_cells(column, rows[column.name]) for column in self._inputs}
        found = [_compare(c, c.distribution, cells[c.name]) for c in self._inputs if c.distribution is not None]
        sure = {entry.column for entry in found if entry.p * len(found) < SURE}
        moves = _moves(self._model, network, self._inputs, cells, sure)
        least = _least_to_matter(self._model)
        columns = [_judged(entry, len(found), moves.get(entry.column, 0.0), least) for entry in found]
        return tuple(sorted(columns, key=lambda c: (-c.moves, -c.distance)))


def drift_warnings(drift: Sequence[ColumnDrift]) -> tuple[str, ...]:
    """Warn of the columns whose drift matters, in one text."""
    there = [entry for entry in drift if entry.matters]
    if not there:
        return ()
    named = ", ".join(f"'{entry.column}'" for entry in there[:_NAMED])
    more = f" and {len(there) - _NAMED} more" if len(there) > _NAMED else ""
    verb = "is" if len(there) == 1 else "are"
    return (f"{named}{more} {verb} not as in training, which moves predictions by up to {there[0].moves:.3g}",)


def _judged(entry: ColumnDrift, columns: int, moves: float, least: float) -> ColumnDrift:
    return replace(entry, moves=moves, p=min(1.0, entry.p * columns), matters=moves > least)


def _compare(column: Column, known: Distribution, cells: Floats) -> ColumnDrift:
    """Compare the cells (n,) of a column with those of training; what they move is measured elsewhere."""
    if column.kind == "category":
        places, shares = level_places(column, cells), level_shares(known)
        rows = np.bincount(places, minlength=len(shares))
        here = rows / len(cells)
        distance = float(np.abs(here - shares).sum()) / 2
        p = homogeneity_p(rows.astype(float), shares * known.rows)
        unknown = float(here[-1])
        missing = float(here[-2])
        return ColumnDrift(column.name, 0.0, p, distance, None, None, missing, known.missing, unknown, unknown, False)
    gone = np.isnan(cells)
    there, missing = cells[~gone], float(gone.mean())
    p = proportions_p(missing, len(cells), known.missing, known.rows)
    distance, mean, spread = 0.0, None, None
    if len(there):
        distance = kolmogorov_distance(known, there)
        counted = max(1, round(known.rows * (1 - known.missing)))
        p = min(1.0, 2 * min(p, kolmogorov_p(distance, len(there), counted)))
        if known.sd > 0:
            mean, spread = (float(there.mean()) - known.mean) / known.sd, float(there.std()) / known.sd - 1
    beyond = outside(column, cells)
    far = 0.0 if beyond is None else float(beyond.rows.mean())
    return ColumnDrift(column.name, 0.0, p, distance, mean, spread, missing, known.missing, 0.0, far, False)


def kolmogorov_distance(known: Distribution, there: Floats) -> float:
    """Return the largest difference of the distribution functions at training's points, for values (n,)."""
    ordered, points = np.sort(there), np.array(known.points)
    below, upto = shares_below(known)
    here = [np.searchsorted(ordered, points, side) / len(ordered) for side in ("left", "right")]
    if not known.below:  # a quantile of a continuous column lies between two of its values
        return float(np.abs(np.mean(here, axis=0) - upto).max())
    return float(max(np.abs(here[0] - below).max(), np.abs(here[1] - upto).max()))


def _moves(
    model: Model, network: Rowwise, inputs: tuple[Column, ...], cells: Mapping[str, Floats], columns: set[str]
) -> dict[str, float]:
    """Return what the drift of each of some columns moves the predictions by, root mean square."""
    if not columns:
        return {}
    most = int(np.clip(MOVED_CELLS // len(columns), LEAST_ROWS, MOVED_ROWS))
    x = np.hstack([encode_cells(column, cells[column.name][:most]) for column in inputs])
    positions = column_positions(model.schema)
    intact, moves = _predicted(model, network, x), {}
    for place, column in enumerate(inputs):
        if column.name not in columns:
            continue
        back = brought_back(column, cells[column.name], np.random.default_rng([_SEED, place]))[:most]
        changed = x.copy()
        changed[:, positions[place]] = encode_cells(column, back)
        moves[column.name] = float(np.sqrt(np.square(_difference(_predicted(model, network, changed), intact)).mean()))
    return moves


def _predicted(model: Model, network: Rowwise, x: Floats) -> Floats:
    output = network(x)
    return both_classes(output) if model.schema.classes else output


def _difference(predicted: Floats, intact: Floats) -> Floats:
    """Return by how much each prediction (n,) differs: for classes the probability that changes hands."""
    apart = np.abs(predicted - intact)
    return apart[:, 0] if apart.shape[1] == 1 else apart.sum(1) / 2


def _least_to_matter(model: Model) -> float:
    if model.schema.classes:
        return MATTERS_SHARE
    try:
        return MATTERS * float(np.sqrt(model.explanation().metrics["mse"]))
    except (ModelFileError, KeyError):
        return 0.0
