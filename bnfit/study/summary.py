"""Summary of a study: means over repeats with confidence intervals, and findings on the paper's claim."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bnfit.arrays import Floats
from bnfit.evaluation.intervals import LEVEL, student_quantile
from bnfit.evaluation.metrics import correlation
from bnfit.results.study import Correlated, Setting

if TYPE_CHECKING:
    from bnfit.study.repeated_splits import Draws


RESAMPLES = 2000
INCREASE, MEAN_ERROR = "MSPE increase", "|mean error|"
FIRST_INCREASE, FIRST_MEAN_ERROR = (f"{error}, nodes up to it off" for error in (INCREASE, MEAN_ERROR))
STANDARDISED = ("paper-zscore", "default-zscore")
"""Keys of the settings on z-scored input, whose networks are the same as on raw input in all but the input."""
PAPER_CORRELATION = 0.68
STRONG = 0.7
"""The correlation above which each side explains about half of the variance of the other."""


def setting(draws: Draws, columns: Sequence[str], seed: int) -> Setting:
    """Summarise the draws of one way of training and measuring, of columns of these names."""
    way, first = draws.way, draws.trained.networks[0].split
    low, mean, high = interval([float(np.nanmean(m)) for m in draws.mse if np.isfinite(m).any()])
    correlations = [
        correlated(over, kind, error, gammas, errors, seed, columns if over == "columns" else ())
        for over, by_kind, by_error in _pairs(draws)
        for error, errors in by_error
        for kind, gammas in by_kind
        if gammas.shape[-1]
    ]
    return Setting(
        key=way.key,
        name=way.name,
        architecture=draws.trained.label,
        arm=draws.trained.arm,
        recipe=way.recipe,
        weights=draws.trained.weights,
        train_rows=len(first.train),
        test_rows=len(first.test),
        mse=mean,
        mse_low=low,
        mse_high=high,
        diverged=sum(one.diverged for one in draws.trained.networks),
        correlations=tuple(correlations),
    )


Named = list[tuple[str, Floats]]


def _pairs(draws: Draws) -> list[tuple[str, Named, Named]]:
    intact = draws.mse[..., None]
    return [
        (
            "columns",
            [("raw", draws.gamma_raw), ("calibrated", draws.gamma)],
            [(INCREASE, draws.mspe_zero - intact), (MEAN_ERROR, draws.mean_error_zero)],
        ),
        (
            "nodes",
            [("raw", draws.node_gamma_raw), ("calibrated", draws.node_gamma)],
            [
                (INCREASE, draws.node_mspe_zero - intact),
                (MEAN_ERROR, draws.node_mean_error_zero),
                (FIRST_INCREASE, draws.node_mspe_first - intact),
                (FIRST_MEAN_ERROR, draws.node_mean_error_first),
            ],
        ),
    ]


def correlated(
    over: str, kind: str, error: str, gammas: Floats, errors: Floats, seed: int, columns: Sequence[str] = ()
) -> Correlated:
    """Correlate gammas with errors, both (r, s, c), within each repeat; also without each of the named columns."""
    without = {
        name: _mean_correlation(np.delete(gammas, c, 2), np.delete(errors, c, 2)) for c, name in enumerate(columns)
    }
    within = _mean_correlation(_from_mean(gammas), _from_mean(errors))
    draws = [r for g, e in zip(gammas, errors, strict=True) if (r := _correlation(g, e)) is not None]
    if len(draws) == 1 and len(gammas) == 1:
        low, high = _resampled(gammas[0], errors[0], seed)
        return Correlated(over, kind, error, draws[0], low, high, tuple(draws), within, without)
    low, mean, high = interval(draws)
    return Correlated(over, kind, error, mean, low, high, tuple(draws), within, without)


def _mean_correlation(gammas: Floats, errors: Floats) -> float | None:
    """Average the correlation over repeats."""
    draws = [r for g, e in zip(gammas, errors, strict=True) if (r := _correlation(g, e)) is not None]
    return float(np.mean(draws)) if draws else None


def _from_mean(values: Floats) -> Floats:
    """Subtract from each column (r, s, c) its mean over the splits of a repeat, without what diverged."""
    finite = np.isfinite(values)
    count = np.maximum(finite.sum(1, keepdims=True), 1)
    return np.asarray(values - np.where(finite, values, 0.0).sum(1, keepdims=True) / count)


def _correlation(gammas: Floats, errors: Floats) -> float | None:
    finite = np.isfinite(gammas) & np.isfinite(errors)
    return correlation(gammas[finite], errors[finite])


def _resampled(gammas: Floats, errors: Floats, seed: int) -> tuple[float | None, float | None]:
    """Return the 95 % bootstrap interval of the correlation of one repeat (s, c), over its splits."""
    rng = np.random.default_rng([seed, 0xB007])
    picks = rng.integers(len(gammas), size=(RESAMPLES, len(gammas)))
    resampled = [c for pick in picks if (c := _correlation(gammas[pick], errors[pick])) is not None]
    if not resampled or len(gammas) < 2:
        return None, None
    low, high = np.percentile(resampled, (2.5, 97.5)).tolist()
    return low, high


def interval(values: Sequence[float]) -> tuple[float | None, float | None, float | None]:
    """Return low end, mean and high end of the 95 % confidence interval of the mean; no ends below two values."""
    if not values:
        return None, None, None
    mean = float(np.mean(values))
    if len(values) < 2:
        return None, mean, None
    half = student_quantile(0.5 + LEVEL / 2, len(values) - 1) * float(np.std(values, ddof=1)) / math.sqrt(len(values))
    return mean - half, mean, mean + half


def found_in(settings: Sequence[Setting], key: str, gamma: str, error: str = INCREASE) -> Correlated | None:
    """Return the correlation over columns of one setting; None where it was not measured."""
    return next(
        (
            c
            for s in settings
            for c in s.correlations
            if (s.key, c.over, c.gamma, c.error) == (key, "columns", gamma, error)
        ),
        None,
    )


def findings(settings: Sequence[Setting], linear_mse: float) -> tuple[str, ...]:
    """Return sentences on the paper's claim that γ tells how much a column matters."""
    out = [_chance(settings), _carried(settings), _calibration(settings), _recipe(settings)]
    out += [_standardised(settings), _nodes(settings)]
    return tuple(sentence for sentence in [*out, _skill(settings, linear_mse)] if sentence)


def _text(c: Correlated) -> str:
    if c.mean is None:
        return "not defined"
    return f"{c.mean:.2f}" + ("" if c.low is None or c.high is None else f" (95 % CI {c.low:.2f} to {c.high:.2f})")


def _chance(settings: Sequence[Setting]) -> str:
    raw, paper = (found_in(settings, "paper-raw", "raw", error) for error in (INCREASE, MEAN_ERROR))
    if raw is None or paper is None or raw.mean is None or not paper.draws:
        return ""
    first = (
        f"With the paper's recipe on raw input, the raw γ correlates with the increase of the MSPE by {_text(raw)} "
        f"and with |mean error|, the paper's measure, by {_text(paper)}."
    )
    if len(raw.draws) < 2:
        return first + " This is a single draw, as the paper's is: `repeats` shows how much such draws differ."
    as_high = sum(d >= PAPER_CORRELATION for d in paper.draws)
    return (
        f"{first} Each repeat is a study such as the paper's; by its measure they run from {min(paper.draws):.2f} to "
        f"{max(paper.draws):.2f}, and {as_high} of {len(paper.draws)} reach the {PAPER_CORRELATION} that the paper "
        "reports from one draw on its own table."
    )


def _carried(settings: Sequence[Setting]) -> str:
    """Say how much of the correlation is due to one column."""
    raw = found_in(settings, "paper-raw", "raw")
    if raw is None or raw.mean is None or raw.within is None:
        return ""
    without = {name: value for name, value in raw.without.items() if value is not None}
    if len(without) < 3:
        return ""
    column = min(without, key=lambda name: without[name])
    return (
        f"Without {column} the raw γ's {raw.mean:.2f} is {without[column]:.2f}, and within columns, their means taken "
        f"out, {raw.within:.2f}: that is what the relation says beside the strongest column."
    )


def _calibration(settings: Sequence[Setting]) -> str:
    raw, calibrated = (found_in(settings, "paper-raw", kind) for kind in ("raw", "calibrated"))
    if raw is None or calibrated is None or raw.mean is None or calibrated.mean is None:
        return ""
    pairs = list(zip(raw.draws, calibrated.draws, strict=False))
    better = sum(c > r for r, c in pairs)
    conclusion = (
        "So much of what weakens the relation is the arbitrary scale of γ"
        if calibrated.mean > raw.mean
        else ("So here the arbitrary scale of γ is not what weakens the relation")
    )
    return (
        f"The same networks' calibrated γ reaches {_text(calibrated)}, more than the raw γ in {better} of {len(pairs)} "
        f"repeats. {conclusion}: γ can be doubled and the next weights halved without changing the network."
    )


def _recipe(settings: Sequence[Setting]) -> str:
    calibrated, raw = (found_in(settings, "default-raw", kind) for kind in ("calibrated", "raw"))
    if calibrated is None or raw is None:
        return ""
    holds = calibrated.mean is not None and calibrated.mean >= STRONG
    conclusion = (
        "the paper's claim holds for γ on the right scale, in networks that are trained well"
        if holds
        else "here even so γ tells only in part how much a column matters"
    )
    return (
        f"In what fit trains by default the calibrated γ reaches {_text(calibrated)}, the raw one {_text(raw)}: "
        f"{conclusion}."
    )


def _standardised(settings: Sequence[Setting]) -> str:
    by_mean_error = found_in(settings, "paper-zscore", "raw", MEAN_ERROR)
    true, best = (found_in(settings, key, "calibrated") for key in ("paper-zscore", "default-zscore"))
    if by_mean_error is None or true is None or best is None:
        return ""
    lost = true.mean is not None and by_mean_error.mean is not None and true.mean - by_mean_error.mean > 0.2
    conclusion = (
        "what the paper finds lost on z-scores, its measure loses for the greater part"
        if lost
        else "so here the measure makes no great difference"
    )
    return (
        f"On z-scored input the raw γ against |mean error| gives {_text(by_mean_error)}; the paper reports 0.03. "
        "A z-score of 0 is the column's mean, where positive and negative errors cancel, so that this measure hardly "
        "sees whether a column matters. Against the true MSPE the calibrated γ reaches "
        f"{_text(true)}, in what fit trains {_text(best)}: {conclusion}."
    )


def _nodes(settings: Sequence[Setting]) -> str:
    correlations = [
        c for s in settings for c in s.correlations if (s.key, c.over, c.error) == ("paper-raw", "nodes", INCREASE)
    ]
    if not correlations or any(c.mean is None for c in correlations):
        return ""
    texts = " and ".join(f"{_text(c)} for the {c.gamma} γ" for c in correlations)
    weak = max(c.mean or 0.0 for c in correlations) < STRONG
    return (
        f"For hidden nodes the correlation is {texts}{': γ says little of what a node matters' if weak else ''}. "
        "The authors' loop leaves each node off that it has switched off, so that its errors are those of the first "
        "nodes together: both are in the table."
    )


def _skill(settings: Sequence[Setting], linear_mse: float) -> str:
    errors = [f"{s.name}: {s.mse:.1f}" for s in settings if s.mse is not None and s.key not in STANDARDISED]
    measured = [s.mse for s in settings if s.mse is not None]
    warning = (
        ""
        if not measured or min(measured) < linear_mse
        else (" No network beats the straight line, so γ explains models that this table does not need.")
    )
    return f"Test MSE over the splits: {'; '.join(errors)}; linear regression: {linear_mse:.1f}.{warning}"
