"""Importances and the skill behind them, as blocks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from bnfit.report.blocks import (
    MARK,
    MISSING,
    Block,
    Grid,
    Line,
    decimals_for,
    first_rows,
    number,
    number_like,
    ranks,
    signed,
    spread,
)
from bnfit.report.comparison import comparison_blocks, shadow_blocks
from bnfit.report.drift import drift_blocks
from bnfit.report.effects import bound_blocks, effect_blocks, interaction_blocks
from bnfit.report.origin import origin_text
from bnfit.report.verdict import DIRECTIONS, further_warnings
from bnfit.results.baselines import BASELINES, DEFAULT_BASELINES
from bnfit.results.explanation import Confusion, Explanation, Importance, Increase, NodeImportance

METRIC_TITLES = {
    "mse": "MSE",
    "rmse": "RMSE",
    "mae": "MAE",
    "r2": "R²",
    "log_loss": "log loss",
    "brier": "Brier",
    "ece": "ECE",
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced",
    "roc_auc": "ROC AUC",
}
NO_INTERVAL = " (no interval: that takes 10 columns that do not all agree)"
VERDICTS = {"matters": "matters", "none": "no sign", "unclear": "unclear"}
"""Words for `bnfit.results.explanation.Importance.verdict`."""
CONDITIONAL_VERDICTS = {"matters": "adds", "none": "adds nothing", "unclear": "unclear"}
"""Words for `bnfit.results.explanation.Importance.verdict_conditional`."""
JUDGED: dict[str, Callable[[Importance], str]] = {
    "permute": lambda i: VERDICTS.get(i.verdict or "", MISSING),
    "conditional": lambda i: CONDITIONAL_VERDICTS.get(i.verdict_conditional or "", MISSING),
}
"""By way of switching off: the words of its verdict."""
FIRST, FIRST_ERRORS = 6, 4
"""Columns of the tables of importances and of errors that every terminal shows."""
SHARES = ("r2", "ece", "accuracy", "balanced_accuracy", "roc_auc")


def explanation_blocks(result: Explanation, top: int, show: Collection[str] = ()) -> list[Block]:
    """Format skill, importances and their agreement, and what of `bnfit.results.shown.SHOWN` is to show besides.

    The verdict (`bnfit.report.verdict`) stands before them. A table has at most `top` rows.
    """
    blocks: list[Block] = [Line(f"Error on {origin_text(result.origin, result.rows)}", "heading"), skill_grid(result)]
    if result.ece_by_chance is not None:
        chance = metric("ece", result.ece_by_chance)
        blocks.append(Line(f"Perfectly calibrated probabilities would show an ECE of {chance} on so many rows"))
    if result.confusion is not None:
        blocks += _confusion(result.confusion, top)
    blocks += importance_blocks(result, top)
    error = "MSPE" if result.confusion is None else "Brier score"
    for baseline in result.baselines:
        blocks += _switched_off(result.importances, baseline, error, top)
    if result.groups:
        blocks += _groups(result, error, top)
    if result.shadows is not None:
        blocks += shadow_blocks(result.shadows, result.importances, top)
    if result.compare is not None:
        blocks += comparison_blocks(result.compare, error, top)
    blocks += effect_blocks(result, top) if "effects" in show else []
    blocks += interaction_blocks(result, top)
    blocks += bound_blocks(result, top) if "bounds" in show else []
    blocks += _statistics(result, top) if "statistics" in show else []
    blocks += drift_blocks(result.drift, top)
    remarks = remark_blocks(result)
    return [*blocks, Line("Remarks", "heading"), *remarks] if remarks else blocks


def remark_blocks(result: Explanation) -> list[Block]:
    """Format further warnings, how far γ and the error agree, and notes."""
    error = "MSPE" if result.confusion is None else "Brier score"
    return [*further_warnings(result), *_agreement(result, error), *(Line(note, "note") for note in result.notes)]


def skill_grid(result: Explanation) -> Grid:
    """Format the errors of the model, with their intervals, beside those of what is simpler."""
    names = metric_names([*result.metrics, *result.reference])
    classes = result.confusion is not None
    rows = [("model", [metric(name, result.metrics.get(name)) for name in names])]
    if result.intervals:
        rows.append(("95 % interval", [_ends(result.intervals.get(name), result.metrics.get(name)) for name in names]))
    others = (
        ("logistic regression" if classes else "linear regression", result.linear),
        ("predict the shares" if classes else "predict the mean", result.reference),
    )
    rows += [(title, [metric(name, values.get(name)) for name in names]) for title, values in others if values]
    titles = ("", *(METRIC_TITLES.get(name, name) for name in names))
    return Grid(titles, tuple((title, *cells) for title, cells in rows), least=min(FIRST_ERRORS, len(titles)))


def _ends(interval: tuple[float, float] | None, value: float | None) -> str:
    """Format an interval as far as its value's three digits go."""
    if interval is None or value is None:
        return ""
    return "–".join(number_like(end, value) for end in interval)


def metric_names(names: Iterable[str]) -> list[str]:
    """Return the distinct names, those with a title first, in the order of the titles."""
    given = dict.fromkeys(names)
    return [name for name in METRIC_TITLES if name in given] + [name for name in given if name not in METRIC_TITLES]


def metric(name: str, value: float | None) -> str:
    """Format one metric: shares of 1 with three decimals, errors with four significant digits."""
    if value is not None and name in SHARES and abs(value) < 1000:
        return number(value, 3) if abs(value) >= 0.0005 else number(0.0, 3)
    return number(value)


def _confusion(confusion: Confusion, top: int) -> list[Block]:
    if len(confusion.classes) > top:
        return [Line(f"The confusion matrix of {len(confusion.classes)} classes is in the JSON.", "note")]
    rows = tuple((c, *map(str, counts)) for c, counts in zip(confusion.classes, confusion.counts, strict=True))
    return [Line("Rows of each class, and what they were taken for", "heading"), Grid(("", *confusion.classes), rows)]


def importance_blocks(result: Explanation, top: int) -> list[Block]:
    """Format the columns, the largest γ first: what says most stands left, where a narrow terminal shows it."""
    importances = result.importances
    by_gamma = ranks([i.gamma for i in importances])
    by_zero = ranks([i.mspe_zero for i in importances])
    columns = [column for column in _columns(importances, by_gamma, by_zero) if _tells(column)]
    order = sorted(range(len(importances)), key=lambda k: (by_gamma[k] or len(importances) + 1, by_zero[k] or 0))
    rows = tuple(tuple(cells[k] for _, cells in columns) for k in order)
    titles = tuple(title for title, _ in columns)
    error = "MSE" if result.confusion is None else "Brier score"
    shuffled = f"; increase: of the {error} with the column shuffled" if "increase" in titles else ""
    blocks: list[Block] = [Line(f"Importance of the columns{shuffled}", "heading")]
    blocks += first_rows(Grid(titles, rows, least=min(FIRST, len(titles))), top, "column")
    if any(importances[k].zero_is_off for k in order[:top]):
        text = f"{MARK} 0 lies over 3 standard deviations from the column's mean: the error there says little"
        blocks.append(Line(text, "footnote"))
    return blocks


def _columns(
    importances: Sequence[Importance], by_gamma: Sequence[int | None], by_zero: Sequence[int | None]
) -> list[tuple[str, list[str]]]:
    """The titles and cells of the table of importances, in its order."""
    shuffled = [next((e for e in i.increases if e.baseline == "permute"), None) for i in importances]
    losses = [_increase(i.log_loss_zero, i.log_loss_intact) for i in importances]
    classes = any(lost is not None for lost in losses)
    gamma, raw = (decimals_for(getattr(i, name) for i in importances) for name in ("gamma", "gamma_raw"))
    zero, total = (decimals_for(getattr(i, name) for i in importances) for name in ("mspe_zero", "total"))
    grown, loss = decimals_for(e.increase if e else None for e in shuffled), decimals_for(losses)
    error = "Brier" if classes else "MSPE"
    with_se = any(i.gamma_se is not None for i in importances)
    return [
        ("column", [i.column for i in importances]),
        ("γ ± se" if with_se else "γ", [spread(i.gamma, i.gamma_se, gamma) for i in importances]),
        ("direction", [DIRECTIONS.get(i.direction or "", MISSING) for i in importances]),
        ("increase", [signed(e.increase if e else None, grown) for e in shuffled]),
        ("interval", [_interval(e, grown) for e in shuffled]),
        ("verdict", [VERDICTS.get(i.verdict or "", MISSING) for i in importances]),
        (f"zero-out {error}", [number(i.mspe_zero, zero) + MARK * i.zero_is_off for i in importances]),
        ("log loss +", [signed(lost, loss) for lost in losses]),
        ("γ rank", [_rank(rank) for rank in by_gamma]),
        (f"{error} rank", [_rank(rank) for rank in by_zero]),
        ("total", [number(i.total, total) for i in importances]),
        ("raw γ", [number(i.gamma_raw, raw) for i in importances]),
        ("kept", [percent(i.kept) for i in importances]),
        ("score", [number(i.score, 3) for i in importances]),
    ]


def _tells(column: tuple[str, list[str]]) -> bool:
    """Whether a column of the table holds anything, or has to be there all the same."""
    title, cells = column
    return title in ("column", "γ", "γ rank") or any(cell != MISSING for cell in cells)


def _interval(increase: Increase | None, decimals: int) -> str:
    if increase is None or increase.low is None or increase.high is None:
        return MISSING
    return f"{number(increase.low, decimals)} to {number(increase.high, decimals)}"


def _switched_off(importances: Sequence[Importance], baseline: str, error: str, top: int) -> list[Block]:
    """Format the increase of the error by one way of switching off, the largest first."""
    increases = [(i, e) for i in importances for e in i.increases if e.baseline == baseline]
    increases.sort(key=lambda entry: -entry[1].increase)
    decimals = decimals_for(e.increase for _, e in increases)
    judged = JUDGED.get(baseline)
    rows = tuple(
        (
            i.column,
            *(signed(e.increase, decimals), number(e.low, decimals), number(e.high, decimals), p_value(e.p)),
            *((judged(i),) if judged else ()),
        )
        for i, e in increases
    )
    titles = ("column", "increase", "from", "to", "adjusted p", *(("verdict",) if judged else ()))
    title = f"{error} with a column {BASELINES[baseline].phrase}"
    return [Line(title, "heading"), *first_rows(Grid(titles, rows), top, "column")]


def _groups(result: Explanation, error: str, top: int) -> list[Block]:
    """Format the increase of the error with groups of columns switched off together."""
    ways = result.baselines or DEFAULT_BASELINES
    increases = [{e.baseline: e.increase for e in group.increases} for group in result.groups]
    decimals = decimals_for(value for each in increases for value in each.values())
    rows = tuple(
        (group.column, *(signed(each.get(way), decimals) for way in ways))
        for group, each in zip(result.groups, increases, strict=True)
    )
    title = f"Increase of the {error} with columns switched off together"
    grid = Grid(("group", *(BASELINES[way].title for way in ways)), rows)
    return [Line(title, "heading"), *first_rows(grid, top, "group")]


def p_value(p: float | None) -> str:
    """Format a p-value with three decimals."""
    return MISSING if p is None else "< 0.001" if p < 0.001 else f"{p:.3f}"


def percent(share: float | None) -> str:
    """Format a share of 1 in per cent."""
    return MISSING if share is None else f"{100 * share:.0f} %"


def _increase(switched_off: float | None, intact: float | None) -> float | None:
    return None if switched_off is None or intact is None else switched_off - intact


def _rank(rank: int | None) -> str:
    return MISSING if rank is None else str(rank)


def _agreement(result: Explanation, error: str) -> list[Block]:
    """Format how far γ and the errors agree, and where they do not."""
    agreement, lines = result.agreement, []
    if agreement.sentence and result.skilled:
        lines.append(agreement.sentence)
    known = []
    if agreement.spearman is not None:
        known.append(f"rank correlation over columns {agreement.spearman:.2f}")
    if agreement.pearson is not None:
        raw = "" if agreement.pearson_raw is None else f" (raw γ: {agreement.pearson_raw:.2f})"
        known.append(f"correlation with its increase over folds × columns {agreement.pearson:.2f}{raw}")
    if known:
        lines.append(f"γ against the zero-out {error}: {'; '.join(known)}")
    for found in agreement.ranks:
        if found.baseline in result.baselines and found.spearman is not None:
            both = None not in (found.low, found.high)
            ends = f" (95 % interval {found.low:.2f} to {found.high:.2f})" if both else NO_INTERVAL
            way = f"the increase with a column {BASELINES[found.baseline].phrase}"
            lines.append(f"Rank correlation of γ with {way}: {found.spearman:.2f}{ends}")
    return [Line(text) for text in (*lines, *agreement.remarks)]


def _statistics(result: Explanation, top: int) -> list[Block]:
    if not result.statistics:
        return [Line("The first layer has no moving mean and standard deviation.", "note")]
    rows = tuple((s.column, number(s.mean), number(s.sd)) for s in result.statistics)
    return [
        Line("Statistics of the first layer", "heading"),
        *first_rows(Grid(("column", "moving mean", "moving sd"), rows), top, "column"),
    ]


def nodes_table(nodes: Sequence[NodeImportance], top: int | None) -> list[Block]:
    """Format the γ of hidden nodes, and the error without them; of `top` nodes, or of all."""
    gamma, raw, error = (
        decimals_for(getattr(n, field) for n in nodes) for field in ("gamma", "gamma_raw", "mspe_zero")
    )
    grid = Grid(
        ("hidden node", "γ", "raw γ", "MSPE without it", "increase", "|mean error|"),
        tuple(
            (
                f"layer {n.layer}, node {n.node}",
                number(n.gamma, gamma),
                number(n.gamma_raw, raw),
                number(n.mspe_zero, error),
                signed(n.mspe_zero - n.mspe_intact, error),
                number(n.mean_error_zero, error),
            )
            for n in nodes
        ),
    )
    return first_rows(grid, top or len(nodes), "node")
