"""What `fit` trains by default, on the splits of a study: one network for each split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bnfit.ensemble.base_learners import BaseLearner, NetworkRequest, choose_base_learners
from bnfit.ensemble.cross_fit import Variant, stacking_of, train_variants
from bnfit.ensemble.division import Division
from bnfit.ensemble.plan import FitPlan
from bnfit.evaluation.splits import Split
from bnfit.networks.merge import merge
from bnfit.population.inputs import input_epsilon
from bnfit.population.recipe import recipe_named
from bnfit.progress import Progress
from bnfit.study.networks import SplitNetwork, WayNetworks

if TYPE_CHECKING:
    from bnfit.ensemble.prepare import Prepared


def networks_of_fit(
    prepared: Prepared, drawn: Sequence[Split], splits: int, seed: int, on_progress: Progress | None = None
) -> WayNetworks:
    """Train `fit`'s base learners on every split, and take for each split what the others of its repeat choose.

    As in `fit` that is one base learner or the mean of two, after the short training or the long one, mixed with a
    linear model; here each split has one member of them, merged into one network.

    Args:
        prepared: the table.
        drawn: the splits, repeat by repeat.
        splits: of a repeat.
        seed: of starts and batches.
        on_progress: told the share of the work that is done.

    Raises:
        DataError: every base learner's training diverged.
    """
    base_learners, recipe = choose_base_learners(NetworkRequest(), prepared, recipe_named("default"), usual=True)
    plan = FitPlan(base_learners, recipe, Division(tuple(drawn), len(drawn), ()), seed)
    variants = train_variants(prepared, plan, on_progress=on_progress)
    networks: list[SplitNetwork] = []
    sizes: list[int] = []
    for first in range(0, len(drawn), splits):
        own = [_of_repeat(variant, first, splits) for variant in variants]
        for network, learners in _stacked(own, prepared, drawn[first : first + splits], plan):
            networks.append(network)
            sizes.append(sum(learner.architecture.weights(prepared.dataset.x.shape[1]) for learner in learners))
    labels = dict.fromkeys(learner.architecture.label for learner in base_learners)
    return WayNetworks(
        " + ".join(labels), base_learners[0].architecture.arm, round(float(np.mean(sizes))), tuple(networks)
    )


def _of_repeat(variant: Variant, first: int, splits: int) -> Variant:
    """Keep the members of one repeat, whose folds are its splits."""
    kept = variant.members[first : first + splits]
    return replace(variant, members=tuple(replace(m, fold=fold) for fold, m in enumerate(kept)))


def _stacked(
    variants: Sequence[Variant], prepared: Prepared, drawn: Sequence[Split], plan: FitPlan
) -> list[tuple[SplitNetwork, list[BaseLearner]]]:
    """Return the network of each split, with the base learners that it is of."""
    dataset = prepared.dataset
    stacking = stacking_of(variants, dataset, drawn, plan.recipe.linear)
    choice = stacking.best_one_or_two()
    found = []
    for fold, (weights, split) in enumerate(zip(choice.by_fold, drawn, strict=True)):
        group = stacking.testing(fold, weights)
        network = merge([t.network for t in group], dataset.x, input_epsilon(dataset, plan.recipe))
        raw = np.mean([np.abs(t.gamma_raw) for t in group if t.gamma_raw is not None], axis=0)
        learners = [variants[k].base_learner for k in weights.base_learners]
        found.append((SplitNetwork(network, np.asarray(raw), split, diverged=False), learners))
    return found
