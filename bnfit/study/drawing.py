"""The study's figures, from its evidence."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bnfit.network import input_layer
from bnfit.results.study import StudyReport

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from bnfit.study.draws import Draws
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
    """The figures by name, in order; without one of hidden nodes where they have no normalisation."""
    from bnfit.figures.networks import networks_figure
    from bnfit.figures.study import distributions_figure, draws_figure

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


def _stages(evidence: Evidence, draws: Draws) -> list[tuple[str, NDArray[Any]]]:
    """The columns on their way through the first layer of the first network that did not diverge."""
    table = evidence.table
    stages = [("raw", table.x), ("z-scores", table.standard)]
    trained = next((t for t in draws.networks if not t.diverged), None)
    found = None if trained is None else input_layer(trained.network)
    if found is not None:
        norm = found[1]
        normalised = (table.x - norm.mean) * norm.scale()
        stages += [("normalised by the layer", normalised), ("after γ and β", normalised * norm.gamma + norm.beta)]
    return stages


def _columns(report: StudyReport, draws: Draws) -> Figure:
    from bnfit.figures.study import relation_figure

    return relation_figure(
        f"{draws.way.name}: {draws.way.architecture.label}",
        report.columns,
        [("raw |γ|", draws.gamma_raw[0]), ("calibrated γ", draws.gamma[0])],
        [
            ("increase of the MSPE", draws.mspe_zero[0] - draws.mse[0][:, None]),
            ("|mean error|, the paper's “MSPE”", draws.mean_error_zero[0]),
        ],
    )


def _nodes(draws: Draws) -> Figure:
    from bnfit.figures.study import relation_figure

    return relation_figure(
        f"Hidden nodes, {draws.way.name}: {draws.way.architecture.label}",
        [f"node {k}" for k in np.arange(draws.node_gamma.shape[2]) + 1],
        [("raw |γ|", draws.node_gamma_raw[0]), ("calibrated γ", draws.node_gamma[0])],
        [
            ("increase of the MSPE", draws.node_mspe_zero[0] - draws.mse[0][:, None]),
            ("|mean error|, the paper's “MSPE”", draws.node_mean_error_zero[0]),
        ],
    )
