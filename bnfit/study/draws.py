"""Networks over splits and repeats, all of one recipe in one population, and what each says of columns and nodes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bnfit.architecture import Architecture
from bnfit.explaining import column_positions
from bnfit.inference import BatchNorm
from bnfit.network import calibrate, input_layer
from bnfit.nodes import node_importances, normalised_layers
from bnfit.population import Member, Table, Trained, train
from bnfit.recipe import recipe_named
from bnfit.resampling import Split, holdouts
from bnfit.schema import Schema
from bnfit.sensitivity import Judge, per_column, switch_off

Floats = NDArray[np.floating]

TEST_SHARE, VALIDATION_SHARE = 0.2, 0.2


@dataclass(frozen=True)
class Way:
    """One way of training and judging.

    Attributes:
        key, name: what tables and the report call it.
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
    """What r repeats of s splits say of c columns and h hidden nodes; nan for a network that diverged.

    Attributes:
        way: how they were trained and judged.
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
    """The paper's random 80/20 splits, repeat by repeat; the judged rows are the same with validation or without."""
    share = VALIDATION_SHARE if validation else 0.0
    return [s for r in range(repeats) for s in holdouts(rows, splits, TEST_SHARE, share, seed + r)]


def draw(
    ways: Sequence[Way],
    table: Table,
    schema: Schema,
    splits: int,
    repeats: int,
    seed: int,
    on_progress: Callable[[float], None] | None = None,
) -> list[Draws]:
    """Train what the ways need, one population a recipe, and measure every network on the rows it is judged on."""
    trained: dict[tuple[str, bool, Architecture], list[Trained]] = {}
    groups = list(dict.fromkeys((way.recipe, way.validation) for way in ways))
    for done, (recipe, validation) in enumerate(groups):
        parts = drawn_splits(len(table.x), splits, repeats, validation, seed)
        kinds = list(dict.fromkeys(w.architecture for w in ways if (w.recipe, w.validation) == (recipe, validation)))
        members = [Member(a, part, seed + p, seed + p) for a in kinds for p, part in enumerate(parts)]

        def progress(share: float, done: int = done) -> None:
            if on_progress is not None:
                on_progress((done + share) / len(groups))

        found = train(members, table, recipe_named(recipe), on_progress=progress)
        for k, kind in enumerate(kinds):
            trained[recipe, validation, kind] = found[k * len(parts) : (k + 1) * len(parts)]
    return [
        measured(way, trained[way.recipe, way.validation, way.architecture], table, schema, (repeats, splits), seed)
        for way in ways
    ]


def measured(
    way: Way, networks: Sequence[Trained], table: Table, schema: Schema, shape: tuple[int, int], seed: int
) -> Draws:
    """What the networks of one way say, (repeats, splits) of them."""
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


def _columns(way: Way, trained: Trained, table: Table, schema: Schema, seed: int) -> Floats:
    """Rows MSE (repeated), γ, raw γ, MSPE at 0 and |mean error| at 0, of each column: (5, c)."""
    columns = column_positions(schema)
    if trained.diverged:
        return np.full((5, len(columns)), np.nan)
    mean, sd = (table.mean, table.sd) if way.standardised else (np.zeros_like(table.mean), np.ones_like(table.sd))
    rows = trained.member.split.judge
    judge = Judge(lambda z: trained.network(z * sd + mean), (table.x[rows] - mean) / sd, table.y[rows])
    switched = switch_off([judge], columns, (table.mean - mean) / sd, seed)
    gamma, raw = calibrate(trained.network, table.x)[1], trained.gamma_raw
    assert raw is not None
    return np.stack(
        [
            np.full(len(columns), switched.squared.intact[0]),
            per_column(gamma, columns),
            per_column(np.abs(raw), columns),
            switched.squared.zero[0],
            switched.mean_error_zero[0],
        ]
    )


def _nodes(way: Way, trained: Trained, table: Table) -> Floats:
    """γ, raw γ, MSPE and |mean error| of each hidden node with a normalisation: (4, h)."""
    if trained.diverged:
        nodes = sum(way.architecture.units) if way.architecture.normalisation.hidden_norm else 0
        return np.full((4, nodes), np.nan)
    if not normalised_layers(trained.network):
        return np.empty((4, 0))
    rows = trained.member.split.judge
    found = node_importances(trained.network, table.x[rows], table.y[rows], table.x)
    return np.array([[n.gamma, n.gamma_raw, n.mspe_zero, n.mean_error_zero] for n in found]).T


def moving_statistics(trained: Trained) -> tuple[Floats, Floats]:
    """Moving mean and standard deviation of the first layer (k,)."""
    found = input_layer(trained.network)
    assert found is not None
    norm: BatchNorm = found[1]
    return norm.mean, np.sqrt(norm.variance)
