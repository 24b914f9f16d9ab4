"""Rows that belong together without anybody having said so: copies, and combinations of values that come again.

In different folds such rows let a member see what it is judged on.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from bnfit.arrays import Floats, Ints
from bnfit.errors import listed
from bnfit.schema.dataset import Dataset
from bnfit.schema.schema import Schema, column_positions

COMPARED_ROWS, VARIED = 200_000, 0.5
"""Rows are compared with each other in tables up to this size; equal rows are copies where some column has a value of
its own in more than this share of the different rows."""
CLUSTER_ROWS, CLUSTER_COLUMNS = 20_000, 50
"""Rows and columns in which combinations that come again are looked for, at most: the first ones."""
FEWEST_COMBINATIONS = 10
TIED = 0.95
"""Rank correlation from which on two columns tell the same, such as a length in two units."""
NAMED = 5


def repeated_rows(schema: Schema, dataset: Dataset) -> list[str]:
    """Remark on rows that belong together; none where groups or times keep rows together already."""
    if dataset.groups is not None or dataset.times is not None:
        return []
    return _copies(dataset) or _combinations(schema, dataset)


def _copies(dataset: Dataset) -> list[str]:
    """Remark on rows that equal another in all columns or inputs, where values vary so much that it is no chance."""
    if len(dataset.x) > COMPARED_ROWS:
        return []
    inputs, rows = pd.DataFrame(dataset.x), pd.DataFrame(np.c_[dataset.x, dataset.y])
    copies, again = rows.duplicated(), inputs.duplicated()
    remarks = []
    of = f"of {len(inputs)} rows"
    if copies.any() and _varied(rows[~copies]):
        remarks.append(
            f"{int(copies.sum())} {of} are copies of others: members may have seen the rows that they are judged on; "
            "leave copies out, or name with `group` what they belong to"
        )
    changed = int((again & ~copies).sum())
    if changed and 2 * int((~again).sum()) > len(inputs) and _varied(inputs[~again]):
        remarks.append(
            f"{changed} {of} have the inputs of another row and another target: correct them, or name with `group` "
            "what they belong to"
        )
    return remarks


def _varied(different: pd.DataFrame) -> bool:
    """Whether some column has a value of its own in so many of the different rows that equal ones are no chance."""
    return bool(different.nunique().max() >= VARIED * len(different))


def _combinations(schema: Schema, dataset: Dataset) -> list[str]:
    """Remark on rows that share the values of several columns of numbers, as rows of one person do."""
    columns = _repeating(schema, dataset)
    for _, codes, _ in columns[:10]:
        count = int(codes.max()) + 1
        same = [other for other in columns if _depends(other[1], codes, count)]
        varied = [other for other in same if other[1].max() + 1 > VARIED * count]
        if len(varied) > 1 and _measured(varied) and _untied(varied, codes):
            names = listed([f"'{other[0]}'" for other in same], NAMED)
            return [
                f"{len(codes)} rows share {count} combinations of {names}: they may be of {count} persons or things, "
                "and in different folds one row tells on another; name the column that says whose they are with `group`"
            ]
    return []


_Repeating = tuple[str, Ints, Floats]
"""A column's name, the number of each row's value, and the values (n,)."""


def _repeating(schema: Schema, dataset: Dataset) -> list[_Repeating]:
    """Columns of numbers whose values come again, those of most values first."""
    x = dataset.x[:CLUSTER_ROWS]
    found: list[_Repeating] = []
    for column, positions in zip(schema.inputs, column_positions(schema), strict=True):
        if column.kind != "number" or len(found) == CLUSTER_COLUMNS:
            continue
        values = x[:, positions[0]]
        codes, distinct = pd.factorize(values)
        if FEWEST_COMBINATIONS <= len(distinct) <= len(x) / 2:
            found.append((column.name, codes.astype(np.int64), values))
    return sorted(found, key=lambda column: -int(column[1].max()))


def _depends(codes: Ints, on: Ints, count: int) -> bool:
    """Whether a column has one value for each value of another."""
    pairs = on * (int(codes.max()) + 1) + codes
    return len(pd.unique(pairs)) == count


def _measured(columns: Sequence[_Repeating]) -> bool:
    """Whether some column holds more than whole numbers, as months and their numbers do not."""
    return any((values != np.floor(values)).any() for _, _, values in columns)


def _untied(columns: Sequence[_Repeating], codes: Ints) -> bool:
    """Whether two of the columns tell different things."""
    first = np.unique(codes, return_index=True)[1]
    orders = [pd.Series(values[first]).rank().to_numpy() for _, _, values in columns[:NAMED]]
    return any(abs(np.corrcoef(a, b)[0, 1]) < TIED for a, b in combinations(orders, 2))
