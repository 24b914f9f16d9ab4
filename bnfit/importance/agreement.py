"""Agreement of γ with the error when a column is switched off: how far, where not and why, and where no evidence is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bnfit.arrays import Floats, Ints
from bnfit.errors import one_a_kind
from bnfit.evaluation.intervals import bootstrap_interval
from bnfit.evaluation.metrics import correlation, ranks
from bnfit.importance.ablation import SwitchedOff
from bnfit.importance.groups import closeness
from bnfit.networks.gamma import rows_for_slopes
from bnfit.networks.layers import Network
from bnfit.results.baselines import BASELINES
from bnfit.results.explanation import Agreement, Importance, RankAgreement
from bnfit.results.gamma import Gamma

CLOSE, FAR, RARE, STRAIGHT = 0.8, 3.0, 0.02, 0.3
"""Above this correlation two columns stand in for each other; raw 0 further than so many sd is off the data; a level of
a smaller share of rows is rare; a mean slope below this share of the RMS slope is no straight line."""
LINEAR = 0.98
"""With every column's slope so straight, γ and the error at the mean rank columns alike by algebra."""
SLOPE_ROWS, NAMED = 500, 5
BEYOND_OTHERS = {
    "none": "Adds nothing beyond the other columns (under 1 % of a constant guess's error)",
    "unclear": "Unclear whether it adds anything beyond the other columns",
}
FEWEST_COLUMNS = 10
"""Of fewer columns a rank correlation has no interval."""


def agreement(gamma: Gamma, switched: SwitchedOff, skill: float) -> Agreement:
    """Measure how far γ and the zero-out error agree.

    Args:
        gamma: of c columns, and of j judges where that is known.
        switched: the errors.
        skill: R², or for classes the share of the constant prediction's log-loss that the model removes.
    """
    squared = switched.squared
    increase = squared["zero"] - squared.intact[:, None]
    own, gammas, raw = gamma.gamma, gamma.gammas, gamma.raws
    spearman = None if own is None else correlation(ranks(own), ranks(switched.pooled(squared["zero"])))
    straight = gamma.straightness is not None and bool((np.abs(gamma.straightness) >= LINEAR).all())
    return Agreement(
        spearman=spearman,
        pearson=None if gammas is None else correlation(gammas, increase),
        pearson_raw=None if gammas is None or raw is None else correlation(raw, increase),
        sentence=_sentence(own is not None, spearman, skill, straight),
    )


def zero_is_off(x: Floats) -> bool:
    """Whether 0 is beyond all of the values x (n, p) of an input, and over 3 standard deviations from its mean."""
    beyond = (x.min(0) > 0) | (x.max(0) < 0)
    return bool((beyond & (np.abs(x.mean(0)) > FAR * x.std(0))).any())


def _sentence(has_gamma: bool, spearman: float | None, skill: float, straight: bool) -> str:
    if not skill > 0:
        return "The model is no better than a constant guess, as far as these rows tell: its importances mean nothing."
    weak = " The model explains little, so take any ranking with care." if skill < 0.2 else ""
    if not has_gamma:
        return "The model has no BatchNormalization on its columns, so there is no γ to compare." + weak
    if spearman is None:
        return "Too few columns to compare the two rankings." + weak
    if spearman >= 0.8 and straight:
        return (
            "γ and the zero-out error agree on the ranking, as they have to where a model is this close to a straight "
            "line: that is no evidence for it." + weak
        )
    if spearman >= 0.8:
        return "γ and the zero-out error agree on the ranking." + weak
    if spearman >= 0.4:
        return "γ and the zero-out error agree in part: trust only what both say." + weak
    return (
        "γ and the zero-out error disagree: raw 0 may be far outside the data; look at the errors with a column at its "
        "mean or shuffled before you believe either." + weak
    )


def rank_agreements(importances: Sequence[Importance], seed: int) -> tuple[RankAgreement, ...]:
    """Correlate γ with each increase of the error (Spearman), with bootstrap intervals over columns.

    Few columns have no interval, and neither have columns that agree in every draw: the draws repeat columns and know
    no others, so that an interval without width would claim more than columns can tell.
    """
    gamma = np.array([np.nan if i.gamma is None else i.gamma for i in importances])
    if np.isnan(gamma).any():
        return ()
    found = []
    for position, first in enumerate(importances[0].increases if importances else ()):
        increase = np.array([i.increases[position].increase for i in importances])

        def of(rows: Ints, increase: Floats = increase) -> float | None:
            return correlation(ranks(gamma[rows]), ranks(increase[rows]))

        value = of(np.arange(len(gamma)))
        ends = bootstrap_interval(of, len(gamma), seed) if len(gamma) >= FEWEST_COLUMNS else None
        low, high = ends if ends is not None and ends[1] - ends[0] > 1e-9 else (None, None)
        found.append(RankAgreement(first.baseline, value, low, high))
    return tuple(found)


def remarks(
    importances: Sequence[Importance], columns: Sequence[Sequence[int]], x: Floats, network: Network
) -> tuple[str, ...]:
    """Name the columns on which γ and an error disagree, and the columns without evidence.

    Args:
        importances: of the columns.
        columns: for each the positions of what it was encoded to.
        x: encoded rows (n, k).
        network: the model.
    """
    return (*_disagreements(importances, columns, x, network), *_without_evidence(importances))


def _disagreements(
    importances: Sequence[Importance], columns: Sequence[Sequence[int]], x: Floats, network: Network
) -> list[str]:
    count, gamma = len(importances), [i.gamma for i in importances]
    if count < 3 or any(g is None for g in gamma):
        return []
    by_gamma = ranks(-np.array(gamma, float))
    disagreeing: dict[int, dict[str, float]] = {}
    for baseline in ("zero", "permute"):
        increase = [next((e.increase for e in i.increases if e.baseline == baseline), np.nan) for i in importances]
        if not np.isnan(increase).any():
            by_error = ranks(-np.array(increase))
            for c in np.flatnonzero(np.abs(by_gamma - by_error) >= max(2, count / 3)):
                disagreeing.setdefault(int(c), {})[baseline] = float(by_error[c])
    if not disagreeing:
        return []
    why = _Reasons(columns, x, network, [i.column for i in importances])
    return one_a_kind(
        (
            importances[c].column,
            f"{importances[c].column} is number {by_gamma[c]:.0f} by γ, "
            + " and ".join(f"{place:.0f} {BASELINES[baseline].phrase}" for baseline, place in places.items())
            + (f": {'; '.join(reasons)}" if (reasons := why(c, tuple(places))) else ""),
        )
        for c, places in sorted(disagreeing.items(), key=lambda entry: by_gamma[entry[0]])
    )


class _Reasons:
    """Likely reasons why γ and an error disagree on a column, as phrases."""

    def __init__(self, columns: Sequence[Sequence[int]], x: Floats, network: Network, names: Sequence[str]) -> None:
        self.columns, self.x, self.names = columns, x, names
        self.close = closeness(x, columns)
        slopes = network.slopes(rows_for_slopes(network, x, SLOPE_ROWS), 0)
        self.straight = np.abs(slopes.mean(0)), np.sqrt(np.square(slopes).mean(0))

    def __call__(self, column: int, baselines: Sequence[str]) -> list[str]:
        where, found = list(self.columns[column]), []
        other = max((c for c in range(len(self.names)) if c != column), key=lambda c: float(self.close[column, c]))
        if self.close[column, other] > CLOSE:
            found.append(f"it correlates with {self.names[other]} ({self.close[column, other]:.2f})")
        x = self.x[:, where]
        distance = float((np.abs(x.mean(0)) / np.maximum(x.std(0), 1e-300)).max())
        if "zero" in baselines and distance > FAR:
            found.append(f"0 lies {distance:.1f} sd from its mean")
        share = np.minimum(x.mean(0), 1 - x.mean(0))
        rare = np.isin(x, (0, 1)).all(0) & (share < RARE)
        if rare.any():
            rows = round(float(share[rare].min()) * len(x))
            found.append(f"it has a rare level, which {rows} of {len(x)} rows carry")
        mean, rms = (float(np.square(values[:, where]).sum()) ** 0.5 for values in self.straight)
        if rms > 0 and mean < STRAIGHT * rms:
            found.append("its effect is no straight line")
        return found


def _without_evidence(importances: Sequence[Importance]) -> list[str]:
    """Name the columns of which the rows do not say that they add to the others."""
    judged = [
        (words, [i.column for i in importances if i.verdict_conditional == v]) for v, words in BEYOND_OTHERS.items()
    ]
    return [f"{words}: {_listed(columns)}." for words, columns in judged if columns]


def _listed(columns: Sequence[str]) -> str:
    more = f" and {len(columns) - NAMED} more" if len(columns) > NAMED else ""
    return ", ".join(columns[:NAMED]) + more
