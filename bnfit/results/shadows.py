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
        q: the share of false findings among the columns at least as strong, estimated from all p (Benjamini and
            Hochberg 1995); None in files of earlier versions.
    """

    column: str
    score: float
    p: float
    beyond: bool
    q: float | None = None


@dataclass(frozen=True)
class ShadowTest:
    """Which columns carry something beyond chance.

    Attributes:
        columns: one entry per input column, in the table's order.
        shadows: how many shuffled copies there were, all repetitions together.
        level: the share of columns without any effect that pass for more.
        bar: the score that a column must exceed.
        floor: the γ that one in 20 of the shadows exceeds, in networks of columns and shadows together; in units of the
            target, for classes on the logit scale. None in files of earlier versions.
    """

    columns: tuple[Shadowed, ...]
    shadows: int
    level: float
    bar: float
    floor: float | None = None

    @property
    def by_luck(self) -> float:
        """How many of the columns would pass if none had an effect."""
        return self.level * len(self.columns)

    @property
    def nothing(self) -> tuple[str, ...]:
        """Names of the columns that carry nothing beyond chance."""
        return tuple(c.column for c in self.columns if not c.beyond)
