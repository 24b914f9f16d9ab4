"""Tables whose important columns are known by formula, and the scores of a method that ranks their columns.

RING, XOR, RING+XOR and RING+XOR+SUM: x uniform on [0, 1]^m, 1,000 rows; half of the rows in each class, none of the
relevant columns says anything alone in RING and XOR. Friedman #1: Friedman (1991). The pair (corr(x1, x2) = .9) and the
mediated, confounded and interacting columns are simulations of the R package xplainfi; relevant is what the target
depends on given the other columns. The confounder is a column here, as else every column says something of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

ROWS = 1000
CLASSIFICATION = ("RING", "XOR", "RING+XOR", "RING+XOR+SUM")
REGRESSION = ("FRIEDMAN", "PAIR", "MEDIATED", "CONFOUNDED", "INTERACTING")
RELEVANT = {"RING": 2, "XOR": 2, "RING+XOR": 4, "RING+XOR+SUM": 6, "FRIEDMAN": 5}


@dataclass(frozen=True, eq=False)
class Truth:
    """A table and what is true of it.

    Attributes:
        x: columns (n, m), in random order.
        y: target (n,): 0 and 1, or a number.
        relevant: whether each column matters (m,).
        classes: whether the target is a class.
    """

    x: Floats
    y: Floats
    relevant: NDArray[np.bool_]
    classes: bool


def ring(x: Floats, width: float) -> NDArray[np.bool_]:
    """Whether a row lies on the ring around the centre of the first two columns (n,)."""
    return np.abs(np.hypot(x[:, 0] - 0.5, x[:, 1] - 0.5) - 0.35) <= width


def formulas(rng: np.random.Generator) -> dict[str, Callable[[Floats], Floats]]:
    """Name to target (n,) of rows x (n, m)."""

    def q(x: Floats) -> Floats:
        return (x[:, 2] - 0.5) * (0.5 - x[:, 3])

    def total(x: Floats) -> Floats:
        return x[:, 4] + x[:, 5] + rng.normal(0, 0.2, len(x))

    def friedman(x: Floats) -> Floats:
        wave, bowl = 10 * np.sin(np.pi * x[:, 0] * x[:, 1]), 20 * np.square(x[:, 2] - 0.5)
        return wave + bowl + 10 * x[:, 3] + 5 * x[:, 4] + rng.normal(size=len(x))

    return {
        "RING": lambda x: ring(x, 0.1151),
        "XOR": lambda x: (x[:, 0] - 0.5) * (0.5 - x[:, 1]) >= 0,
        "RING+XOR": lambda x: ring(x, 0.0704) | (q(x) >= 0.0337),
        "RING+XOR+SUM": lambda x: ring(x, 0.0479) | (q(x) >= 0.0598) | (total(x) >= 1.4074),
        "FRIEDMAN": friedman,
    }


def linear_systems(rng: np.random.Generator, rows: int) -> dict[str, Callable[[int], tuple[Floats, Floats, list[int]]]]:
    """Name to columns (n, m) from their number m, target (n,) and the positions of the relevant columns."""

    def noise(sd: float) -> Floats:
        return rng.normal(0, sd, rows)

    def pair(m: int) -> tuple[Floats, Floats, list[int]]:
        x = rng.normal(size=(rows, m))
        x[:, 1] = 0.9 * x[:, 0] + np.sqrt(1 - 0.81) * x[:, 1]
        return x, 2 * x[:, 0] + x[:, 2] + noise(0.2), [0, 2]

    def mediated(m: int) -> tuple[Floats, Floats, list[int]]:
        x = rng.normal(size=(rows, m))
        x[:, 0] = 0.8 * x[:, 2] + 0.6 * x[:, 1] + noise(0.3)
        return x, 1.5 * x[:, 0] + 0.5 * x[:, 1] + noise(0.2), [0, 1]

    def confounded(m: int) -> tuple[Floats, Floats, list[int]]:
        x = rng.normal(size=(rows, m))
        x[:, 1], x[:, 3] = x[:, 0] + noise(0.5), x[:, 0] + noise(0.5)
        return x, x[:, 0] + 0.5 * x[:, 1] + x[:, 2] + noise(0.5), [0, 1, 2]

    def interacting(m: int) -> tuple[Floats, Floats, list[int]]:
        x = rng.normal(size=(rows, m))
        return x, 2 * x[:, 0] * x[:, 1] + x[:, 2] + noise(0.5), [0, 1, 2]

    return {"PAIR": pair, "MEDIATED": mediated, "CONFOUNDED": confounded, "INTERACTING": interacting}


def make(name: str, m: int, seed: int, rows: int = ROWS) -> Truth:
    """The table of that name with m columns."""
    rng = np.random.default_rng([seed, m, sum(map(ord, name))])
    systems = linear_systems(rng, rows)
    if name in systems:
        x, y, positions = systems[name](m)
        relevant = np.isin(np.arange(m), positions)
    else:
        x = rng.uniform(size=(rows, m))
        y, relevant = formulas(rng)[name](x), np.arange(m) < RELEVANT[name]
    order = rng.permutation(m)
    return Truth(x[:, order], y.astype(float), relevant[order], name in CLASSIFICATION)


def top_share(scores: Floats, relevant: NDArray[np.bool_], rng: np.random.Generator) -> float:
    """The share of the p relevant columns that is among the p highest scores, ties broken at random."""
    order = np.lexsort((rng.random(len(scores)), -scores))
    return float(relevant[order[: relevant.sum()]].mean())


def ranking_area(scores: Floats, relevant: NDArray[np.bool_]) -> float:
    """The share of pairs of a relevant and an irrelevant column in the right order (AUROC), a tie counting half."""
    higher = scores[relevant][:, None] - scores[~relevant][None]
    return float((np.sign(higher).mean() + 1) / 2)
