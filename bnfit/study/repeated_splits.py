"""Networks over repeated splits, all of one recipe in one population, and their importances of columns and nodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bnfit.arrays import Floats
from bnfit.evaluation.held_out import HeldOut
from bnfit.evaluation.splits import Split, holdouts
from bnfit.importance.ablation import switch_off
from bnfit.importance.nodes import first_nodes_off, node_importances, normalised_layers
from bnfit.networks.architecture import Architecture
from bnfit.networks.gamma import calibrate, per_column
from bnfit.networks.layers import BatchNorm
from bnfit.networks.positions import input_layer
from bnfit.population.members import Member, Trained
from bnfit.population.recipe import recipe_named
from bnfit.population.train import train
from bnfit.progress import Progress, part
from bnfit.schema.dataset import Dataset
from bnfit.schema.schema import Schema, column_positions
from bnfit.study.fit_networks import networks_of_fit
from bnfit.study.networks import SplitNetwork, WayNetworks

if TYPE_CHECKING:
    from bnfit.ensemble.prepare import Prepared


TEST_SHARE, VALIDATION_SHARE = 0.2, 0.2


@dataclass(frozen=True)
class Way:
    """One way of training and measuring.

    Attributes:
        key, name: in tables and in the report.
        architecture: of every network; None for what `fit` trains by default.
        recipe: the name of the recipe.
        validation: a fifth of the training rows is set apart and never used, as in the paper.
        standardised: inputs are z-scores of the whole table, so that a column is switched off at its mean.
    """

    key: str
    name: str
    architecture: Architecture | None
    recipe: str
    validation: bool
    standardised: bool


@dataclass(frozen=True)
class Draws:
    """Importances of c columns and h hidden nodes over r repeats of s splits; nan for a network that diverged.

    Attributes:
        way: how they were trained and measured.
        trained: the networks.
        mse: test error (r, s).
        gamma, gamma_raw, mspe_zero, mean_error_zero: of columns (r, s, c).
        node_gamma, node_gamma_raw, node_mspe_zero, node_mean_error_zero: of hidden nodes (r, s, h); h may be 0.
        node_mspe_first, node_mean_error_first: the errors with all nodes of a layer up to this one switched off.
    """

    way: Way
    trained: WayNetworks
    mse: Floats
    gamma: Floats
    gamma_raw: Floats
    mspe_zero: Floats
    mean_error_zero: Floats
    node_gamma: Floats
    node_gamma_raw: Floats
    node_mspe_zero: Floats
    node_mean_error_zero: Floats
    node_mspe_first: Floats
    node_mean_error_first: Floats


def drawn_splits(rows: int, splits: int, repeats: int, validation: bool, seed: int) -> list[Split]:
    """Draw the paper's random 80/20 splits, repeat by repeat; test rows are the same with validation or without."""
    share = VALIDATION_SHARE if validation else 0.0
    return [s for r in range(repeats) for s in holdouts(rows, splits, TEST_SHARE, share, seed + r)]


def draw(
    ways: Sequence[Way],
    prepared: Prepared,
    splits: int,
    repeats: int,
    seed: int,
    on_progress: Progress | None = None,
) -> list[Draws]:
    """Train the networks of all ways, those of one recipe together, and measure every network on its test rows."""
    table, trained = prepared.dataset, dict[tuple[str, bool, Architecture | None], WayNetworks]()
    groups = list(dict.fromkeys((way.recipe, way.validation) for way in ways))
    for done, (recipe, validation) in enumerate(groups):
        drawn = drawn_splits(len(table.x), splits, repeats, validation, seed)
        own = [way.architecture for way in ways if (way.recipe, way.validation) == (recipe, validation)]
        architectures = [a for a in dict.fromkeys(own) if a is not None]
        progress = part(on_progress, done / len(groups), (done + 1) / len(groups))
        if None in own:
            trained[recipe, validation, None] = networks_of_fit(prepared, drawn, splits, seed, progress)
        if architectures:
            found = _trained(architectures, recipe, drawn, table, seed, progress)
            trained |= {(recipe, validation, a): networks for a, networks in zip(architectures, found, strict=True)}
    return [
        measured(way, trained[way.recipe, way.validation, way.architecture], prepared, (repeats, splits), seed)
        for way in ways
    ]


def _trained(
    architectures: Sequence[Architecture],
    recipe: str,
    drawn: Sequence[Split],
    table: Dataset,
    seed: int,
    on_progress: Progress | None,
) -> list[WayNetworks]:
    """Train one network of each architecture on each split."""
    members = [Member(a, split, seed + p, seed + p) for a in architectures for p, split in enumerate(drawn)]
    done = train(members, table, recipe_named(recipe), on_progress=on_progress)
    found = [SplitNetwork(t.network, _raw(t), t.member.split, t.diverged) for t in done]
    return [
        WayNetworks(a.label, a.arm, a.weights(table.x.shape[1]), tuple(found[k * len(drawn) : (k + 1) * len(drawn)]))
        for k, a in enumerate(architectures)
    ]


def _raw(trained: Trained) -> Floats:
    assert trained.gamma_raw is not None
    return np.abs(trained.gamma_raw)


def measured(way: Way, trained: WayNetworks, prepared: Prepared, shape: tuple[int, int], seed: int) -> Draws:
    """Measure the networks of one way, (repeats, splits) of them."""
    table = prepared.dataset
    of_columns = np.stack([_columns(way, one, table, prepared.schema, seed) for one in trained.networks])
    nodes = max((len(_nodes(one, table)[0]) for one in trained.networks if not one.diverged), default=0)
    of_nodes = np.stack(
        [np.full((6, nodes), np.nan) if one.diverged else _nodes(one, table) for one in trained.networks]
    )
    mse, columns = of_columns[:, 0, 0].reshape(shape), np.moveaxis(of_columns[:, 1:], 1, 0)
    return Draws(
        way,
        trained,
        mse,
        *(values.reshape(*shape, -1) for values in columns),
        *(values.reshape(*shape, nodes) for values in np.moveaxis(of_nodes, 1, 0)),
    )


def _columns(way: Way, trained: SplitNetwork, table: Dataset, schema: Schema, seed: int) -> Floats:
    """Measure MSE (repeated), γ, raw γ, MSPE at 0 and |mean error| at 0 of each column (5, c)."""
    columns = column_positions(schema)
    if trained.diverged:
        return np.full((5, len(columns)), np.nan)
    mean, sd = (table.mean, table.sd) if way.standardised else (np.zeros_like(table.mean), np.ones_like(table.sd))
    rows = trained.split.test
    judge = HeldOut(lambda z: trained.network(z * sd + mean), (table.x[rows] - mean) / sd, table.y[rows])
    switched = switch_off([judge], columns, (table.mean - mean) / sd, seed, baselines=("zero",))
    gamma = calibrate(trained.network, table.x)[1]
    return np.stack(
        [
            np.full(len(columns), switched.squared.intact[0]),
            per_column(gamma, columns),
            per_column(trained.gamma_raw, columns),
            switched.squared["zero"][0],
            switched.mean_error_zero[0],
        ]
    )


def _nodes(trained: SplitNetwork, table: Dataset) -> Floats:
    """Measure each hidden node with a normalisation (6, h), see `Draws`."""
    if not normalised_layers(trained.network):
        return np.empty((6, 0))
    x, y = table.x[trained.split.test], table.y[trained.split.test]
    one = node_importances(trained.network, x, y, table.x)
    return np.array(
        [
            *zip(*((n.gamma, n.gamma_raw, n.mspe_zero, n.mean_error_zero) for n in one), strict=True),
            *zip(*first_nodes_off(trained.network, x, y), strict=True),
        ]
    )


def moving_statistics(trained: SplitNetwork) -> tuple[Floats, Floats]:
    """Return the moving mean and standard deviation of the first layer, each (k,)."""
    found = input_layer(trained.network)
    assert found is not None
    norm: BatchNorm = found[1]
    return norm.mean, np.sqrt(norm.variance)
