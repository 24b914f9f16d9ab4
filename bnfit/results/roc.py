"""Receiver operating characteristics, as plain values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RocCurve:
    """The receiver operating characteristic of one class against the rest, on rows that the model never saw.

    Attributes:
        name: the class.
        area: under the whole curve, before points were left out.
        false_positive: share of the other rows that are taken for the class, from 0 to 1, by a falling threshold of its
            probability.
        true_positive: share of the rows of the class, alike.
    """

    name: str
    area: float
    false_positive: tuple[float, ...]
    true_positive: tuple[float, ...]
