"""Conditions that a job sets, and whether they hold: plain values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class GateResult:
    """Whether a gate was passed.

    Attributes:
        expression: the condition to fail on, as it was written.
        value: what stands on its left; null where that was not measured.
        bound: what stands on its right; null alike.
        passed: true where the condition does not hold, and both sides are known.
    """

    expression: str
    value: float | None
    bound: float | None
    passed: bool
