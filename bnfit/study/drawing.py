"""The study's figures, from its evidence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from bnfit.arrays import Floats
from bnfit.evaluation.metrics import correlation
from bnfit.networks.positions import input_layer
from bnfit.results.study import Ends, Relation, StudyReport

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from bnfit.study.repeated_splits import Draws
    from bnfit.study.run import Evidence


CAPTIONS = {
    "figure_1_networks": "Figure 1. The two networks: the one studied below, and the best on z-scores.",
    "figure_2_distributions": "Figure 2. The columns: raw, as z-scores, normalised by the first layer of one network "
    "(its moving statistics), and after its γ and β.",
    "figure_3_raw_input": "Figure 3. Error with a column at raw 0 against γ, first repeat, a point a split and column; "
    "dashed: the line through all.",
    "figure_4_zscored_input": "Figure 4. The same on z-scored input, where 0 is the column's mean.",
    "figure_5_hidden_nodes": "Figure 5. The same for hidden nodes: error with a node's incoming weights and bias at 0 "
    "against the γ of its normalisation.",
    "figure_6_default_recipe": "Figure 6. As figure 3, by the default recipe and without hidden BatchNormalization.",
    "figure_7_repeats": "Figure 7. The correlation in every repeat; black: mean with its 95 % confidence interval.",
}


def figures(report: StudyReport, evidence: Evidence) -> dict[str, Figure]:
    """Draw the figures by name, in order; without one of hidden nodes where they have no normalisation."""
    from bnfit.report.figures.network_diagram import networks_figure  # matplotlib, as what follows
    from bnfit.report.figures.study import distributions_figure, draws_figure

    by_key = {draws.way.key: draws for draws in evidence.draws}
    paper = by_key["paper-raw"]
    makers: dict[str, Callable[[], Figure]] = {
        "figure_1_networks": lambda: networks_figure(
            list(zip(("Raw input", "z-scored input"), evidence.compared, strict=True)), report.columns, report.target
        ),
        "figure_2_distributions": lambda: distributions_figure(evidence.schema.features, _stages(evidence, paper)),
        "figure_3_raw_input": lambda: _columns(report, paper),
        "figure_4_zscored_input": lambda: _columns(report, by_key["paper-zscore"]),
        "figure_5_hidden_nodes": lambda: _nodes(paper),
        "figure_6_default_recipe": lambda: _columns(report, by_key["default-raw"]),
        "figure_7_repeats": lambda: draws_figure(report),
    }
    if not paper.node_gamma.shape[2]:
        del makers["figure_5_hidden_nodes"]
    return {name: make() for name, make in makers.items()}


def _stages(evidence: Evidence, draws: Draws) -> list[tuple[str, Floats]]:
    """Return the columns at each stage of the first layer, in the first network that did not diverge."""
    table = evidence.table
    stages = [("raw", table.x), ("z-scores", table.standard())]
    trained = next((t for t in draws.trained.networks if not t.diverged), None)
    found = None if trained is None else input_layer(trained.network)
    if found is not None:
        norm = found[1]
        normalised = (table.x - norm.mean) * norm.scale()
        stages += [("normalised by the layer", normalised), ("after γ and β", normalised * norm.gamma + norm.beta)]
    return stages


def _columns(report: StudyReport, draws: Draws) -> Figure:
    from bnfit.report.figures.study import relation_figure  # matplotlib

    gammas = [("raw |γ|", draws.gamma_raw[0]), ("calibrated γ", draws.gamma[0])]
    errors = [
        ("increase of the MSPE", draws.mspe_zero[0] - draws.mse[0][:, None]),
        ("|mean error|, the paper's “MSPE”", draws.mean_error_zero[0]),
    ]
    title = f"{draws.way.name}: {draws.trained.label}"
    return relation_figure(title, report.columns, _relations(gammas, errors))


def _nodes(draws: Draws) -> Figure:
    from bnfit.report.figures.study import relation_figure  # matplotlib

    gammas = [("raw |γ|", draws.node_gamma_raw[0]), ("calibrated γ", draws.node_gamma[0])]
    errors = [
        ("increase of the MSPE", draws.node_mspe_zero[0] - draws.mse[0][:, None]),
        ("|mean error|, the paper's “MSPE”", draws.node_mean_error_zero[0]),
    ]
    names = [f"node {k}" for k in np.arange(draws.node_gamma.shape[2]) + 1]
    title = f"Hidden nodes, {draws.way.name}: {draws.trained.label}"
    return relation_figure(title, names, _relations(gammas, errors))


def _relations(gammas: Sequence[tuple[str, Floats]], errors: Sequence[tuple[str, Floats]]) -> list[list[Relation]]:
    """Each kind of error against each kind of γ, both (s, c), with correlation and regression lines."""
    return [[relation(*gamma, *error) for error in errors] for gamma in gammas]


def relation(gamma_title: str, gamma: Floats, error_title: str, error: Floats) -> Relation:
    """One kind of error (s, c) against one kind of γ (s, c); pairs that are not finite count nowhere."""
    known = np.isfinite(gamma) & np.isfinite(error)
    lines = tuple(regression_line(gamma[there, k], error[there, k]) for k, there in enumerate(known.T))
    x, y = gamma[known], error[known]
    return Relation(gamma_title, error_title, gamma, error, correlation(x, y), lines, regression_line(x, y))


def regression_line(x: Floats, y: Floats) -> Ends | None:
    """Least squares of y (n,) on x (n,), over the range of x; None where x does not vary."""
    if len(x) < 2 or np.ptp(x) <= 1e-9 * np.abs(x).max():
        return None
    slope, offset = np.polyfit(x, y, 1)
    low, high = float(x.min()), float(x.max())
    return (low, high), (slope * low + offset, slope * high + offset)
