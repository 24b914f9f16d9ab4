"""How a prediction changes along each column, as plain values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Effect:
    """The effect of one column on one output, in the prediction's units; its mean over the rows is 0.

    Attributes:
        column: the column's name.
        at: values of the column, rising; empty for levels.
        levels: levels of the column, by their effect; empty for values.
        change: change of the prediction at each of them.
        se: standard errors of these, by a grouped jackknife over folds; None without folds.
        of: the class whose probability it is; "" for numbers, and for the second of two classes.
    """

    column: str
    at: tuple[float, ...]
    levels: tuple[str, ...]
    change: tuple[float, ...]
    se: tuple[float, ...] | None = None
    of: str = ""


@dataclass(frozen=True)
class Interaction:
    """How far two columns act together.

    Attributes:
        first, second: names of the columns.
        h: Friedman's H: the share of their joint effect, as a standard deviation, that is no sum of their own effects.
        size: that part as a standard deviation, in the prediction's units.
    """

    first: str
    second: str
    h: float
    size: float
