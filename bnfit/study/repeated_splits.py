"""Networks over repeated splits, all of one recipe in one population, and their importances of columns and nodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bnfit.arrays import Floats
from bnfit.evaluation.held_out import HeldOut
from bnfit.evaluation.splits import Split, holdouts
from bnfit.importance.ablation import switch_off
from bnfit.importance.nodes import node_importances, normalised_layers
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

TEST_SHARE, VALIDATION_SHARE = 0.2, 0.2


@dataclass(frozen=True)
class Way:
    """One way of training and measuring.

    Attributes:
        key, name: in tables and in the report.
        architecture: of every network.
        recipe: the name of the recipe.
        validation: a fifth of the training rows is set apart and never used, as in the paper.
        standardised: inputs are z-scores of the whole table, so that a column is switched off at its mean.
    """

    key: str
    name: str
    architecture: Architecture
    recipe: str
    validation: bool
    standardised: bool


@dataclass(frozen=True)
class Draws:
    """Importances of c columns and h hidden nodes over r repeats of s splits; nan for a network that diverged.

    Attributes:
        way: how they were trained and measured.
        networks: the trained networks, repeat by repeat.
        mse: test error (r, s).
        gamma, gamma_raw, mspe_zero, mean_error_zero: of columns (r, s, c).
        node_gamma, node_gamma_raw, node_mspe_zero, node_mean_error_zero: of hidden nodes (r, s, h); h may be 0.
    """

    way: Way
    networks: tuple[Trained, ...]
    mse: Floats
    gamma: Floats
    gamma_raw: Floats
    mspe_zero: Floats
    mean_error_zero: Floats
    node_gamma: Floats
    node_gamma_raw: Floats
    node_mspe_zero: Floats
    node_mean_error_zero: Floats


def drawn_splits(rows: int, splits: int, repeats: int, validation: bool, seed: int) -> list[Split]:
    """Draw the paper's random 80/20 splits, repeat by repeat; test rows are the same with validation or without."""
    share = VALIDATION_SHARE if validation else 0.0
    return [s for r in range(repeats) for s in holdouts(rows, splits, TEST_SHARE, share, seed + r)]


def draw(
    ways: Sequence[Way],
    table: Dataset,
    schema: Schema,
    splits: int,
    repeats: int,
    seed: int,
    on_progress: Progress | None = None,
) -> list[Draws]:
    """Train the networks of all ways, one population for each recipe, and measure every network on its test rows."""
    trained: dict[tuple[str, bool, Architecture], list[Trained]] = {}
    groups = list(dict.fromkeys((way.recipe, way.validation) for way in ways))
    for done, (recipe, validation) in enumerate(groups):
        drawn = drawn_splits(len(table.x), splits, repeats, validation, seed)
        own = [way.architecture for way in ways if (way.recipe, way.validation) == (recipe, validation)]
        architectures = list(dict.fromkeys(own))
        members = [Member(a, split, seed + p, seed + p) for a in architectures for p, split in enumerate(drawn)]
        progress = part(on_progress, done / len(groups), (done + 1) / len(groups))
        networks = train(members, table, recipe_named(recipe), on_progress=progress)
        for k, architecture in enumerate(architectures):
            trained[recipe, validation, architecture] = networks[k * len(drawn) : (k + 1) * len(drawn)]
    return [
        measured(way, trained[way.recipe, way.validation, way.architecture], table, schema, (repeats, splits), seed)
        for way in ways
    ]


def measured(
    way: Way, networks: Sequence[Trained], table: Dataset, schema: Schema, shape: tuple[int, int], seed: int
) -> Draws:
    """Measure the networks of one way, (repeats, splits) of them."""
    of_columns = np.stack([_columns(way, t, table, schema, seed) for t in networks])
    of_nodes = np.stack([_nodes(way, t, table) for t in networks])
    mse, columns = of_columns[:, 0, 0].reshape(shape), np.moveaxis(of_columns[:, 1:], 1, 0)
    nodes = np.moveaxis(of_nodes, 1, 0)
    return Draws(
        way,
        tuple(networks),
        mse,
        *(values.reshape(*shape, -1) for values in columns),
        *(values.reshape(*shape, nodes.shape[2]) for values in nodes),
    )


def _columns(way: Way, trained: Trained, table: Dataset, schema: Schema, seed: int) -> Floats:
    """Measure MSE (repeated), γ, raw γ, MSPE at 0 and |mean error| at 0 of each column (5, c)."""
    columns = column_positions(schema)
    if trained.diverged:
        return np.full((5, len(columns)), np.nan)
    mean, sd = (table.mean, table.sd) if way.standardised else (np.zeros_like(table.mean), np.ones_like(table.sd))
    rows = trained.member.split.test
    judge = HeldOut(lambda z: trained.network(z * sd + mean), (table.x[rows] - mean) / sd, table.y[rows])
    switched = switch_off([judge], columns, (table.mean - mean) / sd, seed)
    gamma, raw = calibrate(trained.network, table.x)[1], trained.gamma_raw
    assert raw is not None
    return np.stack(
        [
            np.full(len(columns), switched.squared.intact[0]),
            per_column(gamma, columns),
            per_column(np.abs(raw), columns),
            switched.squared["zero"][0],
            switched.mean_error_zero[0],
        ]
    )


def _nodes(way: Way, trained: Trained, table: Dataset) -> Floats:
    """Measure γ, raw γ, MSPE and |mean error| of each hidden node with a normalisation (4, h)."""
    if trained.diverged:
        nodes = sum(way.architecture.units) if way.architecture.normalisation.hidden_norm else 0
        return np.full((4, nodes), np.nan)
    if not normalised_layers(trained.network):
        return np.empty((4, 0))
    rows = trained.member.split.test
    importances = node_importances(trained.network, table.x[rows], table.y[rows], table.x)
    return np.array([[n.gamma, n.gamma_raw, n.mspe_zero, n.mean_error_zero] for n in importances]).T


def moving_statistics(trained: Trained) -> tuple[Floats, Floats]:
    """Return the moving mean and standard deviation of the first layer, each (k,)."""
    found = input_layer(trained.network)
    assert found is not None
    norm: BatchNorm = found[1]
    return norm.mean, np.sqrt(norm.variance)
