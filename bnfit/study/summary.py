"""From draws to what the study reports: means over repeats with confidence intervals, and what they mean."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bnfit.metrics import correlation
from bnfit.results.study import Correlated, Setting
from bnfit.study.draws import Draws

Floats = NDArray[np.floating]

RESAMPLES = 2000
INCREASE, MEAN_ERROR = "MSPE increase", "|mean error|"
PAPER_CORRELATION = 0.68
STRONG = 0.7
"""A correlation from which half of the variance of the one side is that of the other."""


def setting(draws: Draws, columns: int, seed: int) -> Setting:
    """One way of training and judging, summed up over its draws."""
    way, first = draws.way, draws.networks[0].member.split
    low, mean, high = interval([float(np.nanmean(m)) for m in draws.mse if np.isfinite(m).any()])
    correlations = [
        correlated(over, kind, error, gammas, errors, seed)
        for over, by_kind, by_error in _pairs(draws)
        for error, errors in by_error
        for kind, gammas in by_kind
        if gammas.shape[-1]
    ]
    return Setting(
        key=way.key,
        name=way.name,
        architecture=way.architecture.label,
        arm=way.architecture.arm,
        recipe=way.recipe,
        weights=way.architecture.weights(columns),
        train_rows=len(first.train),
        test_rows=len(first.judge),
        mse=mean,
        mse_low=low,
        mse_high=high,
        diverged=sum(t.diverged for t in draws.networks),
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
            [(INCREASE, draws.node_mspe_zero - intact), (MEAN_ERROR, draws.node_mean_error_zero)],
        ),
    ]


def correlated(over: str, kind: str, error: str, gammas: Floats, errors: Floats, seed: int) -> Correlated:
    """Correlation within each repeat of gammas with errors, both (r, s, c)."""
    draws = [found for g, e in zip(gammas, errors, strict=True) if (found := _correlation(g, e)) is not None]
    if len(draws) == 1 and len(gammas) == 1:
        low, high = _resampled(gammas[0], errors[0], seed)
        return Correlated(over, kind, error, draws[0], low, high, tuple(draws))
    low, mean, high = interval(draws)
    return Correlated(over, kind, error, mean, low, high, tuple(draws))


def _correlation(gammas: Floats, errors: Floats) -> float | None:
    known = np.isfinite(gammas) & np.isfinite(errors)
    return correlation(gammas[known], errors[known])


def _resampled(gammas: Floats, errors: Floats, seed: int) -> tuple[float | None, float | None]:
    """95 % interval of the correlation of one repeat (s, c), from drawing its splits again with replacement."""
    rng = np.random.default_rng([seed, 0xB007])
    picks = rng.integers(len(gammas), size=(RESAMPLES, len(gammas)))
    found = [c for pick in picks if (c := _correlation(gammas[pick], errors[pick])) is not None]
    if not found or len(gammas) < 2:
        return None, None
    low, high = np.percentile(found, (2.5, 97.5)).tolist()
    return low, high


def interval(values: Sequence[float]) -> tuple[float | None, float | None, float | None]:
    """Low end, mean and high end of the 95 % confidence interval of the mean; no ends below two values."""
    if not values:
        return None, None, None
    mean = float(np.mean(values))
    if len(values) < 2:
        return None, mean, None
    half = t_quantile(len(values) - 1) * float(np.std(values, ddof=1)) / math.sqrt(len(values))
    return mean - half, mean, mean + half


def t_quantile(freedom: int) -> float:
    """The 97.5 % quantile of Student's t: exact for 1 and 2 degrees of freedom, else to 1 % by Hill's series."""
    if freedom == 1:
        return 12.7062
    if freedom == 2:
        return 4.30265
    z, n = 1.959964, freedom
    return (
        z
        + (z**3 + z) / (4 * n)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * n**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * n**3)
    )


def found_in(settings: Sequence[Setting], key: str, gamma: str, error: str = INCREASE) -> Correlated | None:
    """The correlation over columns of one setting."""
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
    """What the numbers mean for the paper's claim that γ tells how much a column matters."""
    out = [_chance(settings), _calibration(settings), _recipe(settings), _standardised(settings), _nodes(settings)]
    return tuple(sentence for sentence in [*out, _skill(settings, linear_mse)] if sentence)


def _text(c: Correlated) -> str:
    if c.mean is None:
        return "not defined"
    return f"{c.mean:.2f}" + ("" if c.low is None or c.high is None else f" (95 % CI {c.low:.2f} to {c.high:.2f})")


def _chance(settings: Sequence[Setting]) -> str:
    raw, paper = (found_in(settings, "paper-raw", "raw", error) for error in (INCREASE, MEAN_ERROR))
    if raw is None or paper is None or raw.mean is None or not paper.draws:
        return ""
    said = (
        f"With the paper's recipe on raw input, the raw γ correlates with the increase of the MSPE by {_text(raw)} "
        f"and with |mean error|, the paper's measure, by {_text(paper)}."
    )
    if len(raw.draws) < 2:
        return said + " This is a single draw, as the paper's is: --repeats shows how much such draws differ."
    as_high = sum(d >= PAPER_CORRELATION for d in paper.draws)
    return (
        f"{said} Each repeat is a study such as the paper's; by its measure they run from {min(paper.draws):.2f} to "
        f"{max(paper.draws):.2f}, and {as_high} of {len(paper.draws)} reach the {PAPER_CORRELATION} that the paper "
        "reports from one draw on its own table."
    )


def _calibration(settings: Sequence[Setting]) -> str:
    raw, calibrated = (found_in(settings, "paper-raw", kind) for kind in ("raw", "calibrated"))
    if raw is None or calibrated is None or raw.mean is None or calibrated.mean is None:
        return ""
    pairs = list(zip(raw.draws, calibrated.draws, strict=False))
    better = sum(c > r for r, c in pairs)
    verdict = (
        "So much of what weakens the relation is the arbitrary scale of γ"
        if calibrated.mean > raw.mean
        else ("So here the arbitrary scale of γ is not what weakens the relation")
    )
    return (
        f"The same networks' calibrated γ reaches {_text(calibrated)}, more than the raw γ in {better} of {len(pairs)} "
        f"repeats. {verdict}: γ can be doubled and the next weights halved without changing the network."
    )


def _recipe(settings: Sequence[Setting]) -> str:
    calibrated, raw = (found_in(settings, "default-raw", kind) for kind in ("calibrated", "raw"))
    if calibrated is None or raw is None:
        return ""
    holds = calibrated.mean is not None and calibrated.mean >= STRONG
    verdict = (
        "the paper's claim holds for γ on the right scale, in networks that are trained well"
        if holds
        else "here even so γ tells only in part how much a column matters"
    )
    return (
        "Trained with Adam, weight decay and no BatchNormalization after hidden layers, the calibrated γ reaches "
        f"{_text(calibrated)}, the raw one {_text(raw)}: {verdict}."
    )


def _standardised(settings: Sequence[Setting]) -> str:
    by_mean_error = found_in(settings, "paper-zscore", "raw", MEAN_ERROR)
    true, best = (found_in(settings, key, "calibrated") for key in ("paper-zscore", "default-zscore"))
    if by_mean_error is None or true is None or best is None:
        return ""
    lost = true.mean is not None and by_mean_error.mean is not None and true.mean - by_mean_error.mean > 0.2
    verdict = (
        "what the paper finds lost on z-scores, its measure loses for the greater part"
        if lost
        else "so here the measure makes no great difference"
    )
    return (
        f"On z-scored input the raw γ against |mean error| gives {_text(by_mean_error)}; the paper reports 0.03. "
        "A z-score of 0 is the column's mean, where positive and negative errors cancel, so that this measure hardly "
        "sees whether a column matters. Against the true MSPE the calibrated γ reaches "
        f"{_text(true)}, with the default recipe {_text(best)}: {verdict}."
    )


def _nodes(settings: Sequence[Setting]) -> str:
    found = [
        c for s in settings for c in s.correlations if (s.key, c.over, c.error) == ("paper-raw", "nodes", INCREASE)
    ]
    if not found or any(c.mean is None for c in found):
        return ""
    said = " and ".join(f"{_text(c)} for the {c.gamma} γ" for c in found)
    weak = max(c.mean or 0.0 for c in found) < STRONG
    return f"For hidden nodes the correlation is {said}{': γ says little of what a node matters' if weak else ''}."


def _skill(settings: Sequence[Setting], linear_mse: float) -> str:
    errors = [f"{s.name}: {s.mse:.1f}" for s in settings if s.mse is not None and not s.key.endswith("zscore")]
    known = [s.mse for s in settings if s.mse is not None]
    warning = (
        ""
        if not known or min(known) < linear_mse
        else (" No network beats the straight line, so γ explains models that this table does not need.")
    )
    return f"Test MSE over the splits: {'; '.join(errors)}; linear regression: {linear_mse:.1f}.{warning}"
