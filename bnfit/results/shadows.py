"""The test of columns against shuffled copies, as plain values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Shadowed:
    """One column against the shuffled copies of columns, the shadows.

    Attributes:
        column: the column's name.
        score: by how many standard deviations of shadows it is above their mean, by γ or by the first look's curve,
            whichever is more.
        p: the chance of a score as high without any effect, (1 + shadows as high) / (1 + shadows).
        beyond: whether that is at most the level of the test.
    """

    column: str
    score: float
    p: float
    beyond: bool


@dataclass(frozen=True)
class ShadowTest:
    """Which columns carry something beyond chance.

    Attributes:
        columns: one entry per input column, in the table's order.
        shadows: how many shuffled copies the networks had beside the columns.
        level: the share of columns without any effect that pass for more.
        bar: the score that a column must exceed.
    """

    columns: tuple[Shadowed, ...]
    shadows: int
    level: float
    bar: float

    @property
    def nothing(self) -> tuple[str, ...]:
        """Names of the columns that carry nothing beyond chance."""
        return tuple(c.column for c in self.columns if not c.beyond)
