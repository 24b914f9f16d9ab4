"""Candidates: what a search chooses among, trained as each would be alone."""

import itertools
from collections import Counter

import numpy as np
import pytest

from bnfit.errors import UsageError
from bnfit.evaluation.splits import FoldConstraints, splits
from bnfit.networks.architecture import Architecture
from bnfit.population.chunks import ALONE, Common, kind_of
from bnfit.population.program import Program
from bnfit.population.program_cache import forget_programs
from bnfit.population.recipe import RECIPES
from bnfit.schema.dataset import Dataset
from bnfit.tuning.cross_validate import CrossValidation, train_candidates
from bnfit.tuning.search_table import search_table
from bnfit.tuning.space import WIDE, Axes, Candidate, candidates, recipes

GRID = [Architecture((3,), "tanh", "linear", "bn"), Architecture((4,), "relu", "linear", "bn-input")]
BASE = RECIPES["default"].changed(epochs=3)


def test_every_architecture_comes_with_every_combination_of_the_recipe_once():
    ways = recipes(BASE, {"batch_sizes": (8, 16, 8), "learning_rates": (0.1, 0.01)})
    assert [(w.batch_size, w.learning_rate) for w in ways] == [(8, 0.1), (8, 0.01), (16, 0.1), (16, 0.01)]
    assert len(candidates(GRID, ways)) == 8
    assert recipes(BASE, {}) == [BASE]
    with pytest.raises(UsageError, match="batch size must be at least 1"):
        recipes(BASE, {"batch_sizes": (0,)})
    with pytest.raises(UsageError, match="norm batch takes batches of at least 2 rows"):
        candidates(GRID, recipes(BASE, {"batch_sizes": (1, 8)}))


def test_activations_are_drawn_in_turn_among_networks_of_one_program():
    drawn = Axes().filled(WIDE).drawn(BASE, 200, 3)
    assert drawn[:50] == Axes().filled(WIDE).drawn(BASE, 50, 3)
    for count in (40, 123, 200):
        kinds = {}
        for candidate in drawn[:count]:
            kinds.setdefault(kind_of(candidate.architecture), []).append(candidate.architecture.activation)
        for activations in kinds.values():
            numbers = Counter(activations)
            assert max(numbers.values()) - min(numbers[a] for a in WIDE.activations) <= 1


@pytest.mark.slow
def test_a_candidate_is_trained_as_it_would_be_alone(small_table):
    table, parts = Dataset(*small_table), splits(FoldConstraints(60), 3, 0.0, 0)
    tried = candidates(GRID, recipes(BASE, {"batch_sizes": (8, 16), "learning_rates": (0.1, 0.01)}))
    together = train_candidates(tried, table, parts, 5)
    outputs = [[t.network(table.x) for t in of_one] for of_one in together]
    assert len({round(float(o[0].sum()), 6) for o in outputs}) == 8, "candidates must differ"
    for place in (3, 6):
        alone = train_candidates(tried[place : place + 1], table, parts, 5)[0]
        for a, b in zip(outputs[place], alone, strict=True):
            np.testing.assert_allclose(a, b.network(table.x), rtol=1e-4, atol=1e-3)


@pytest.mark.slow
def test_waves_share_a_program_and_are_trained_as_they_would_be_alone(small_table, monkeypatch):
    table, parts = Dataset(*small_table), splits(FoldConstraints(60), 3, 0.0, 0)
    narrow, wide = (
        [Candidate(Architecture((units,), a, "linear", arm), BASE) for a in ("tanh", "relu")]
        for units, arm in ((3, "bn"), (12, "bn-input"))
    )
    waves = [narrow, wide[:1], replaced(narrow, epochs=12)]
    contest = CrossValidation(table, parts, 0)

    traced, trace = [], Program.trace
    monkeypatch.setattr(Program, "trace", lambda self, *arguments: (traced.append(self), trace(self, *arguments))[1])

    def compiled(common):
        forget_programs()
        traced.clear()
        tried = [contest.evaluate(wave, lambda share, *_: None, 0, common) for wave in waves]
        return tried, len(traced)

    apart, alone = compiled(ALONE)
    together, shared = compiled(Common(tuple(c.architecture for c in (*narrow, *wide)), 1, even=True))
    assert (alone, shared) == (3, 1)
    assert [len(entries) for entries in together] == [2, 1, 2], "a filler is not measured"
    for one, other in zip(itertools.chain(*apart), itertools.chain(*together), strict=True):
        assert one.row.cv_mse == pytest.approx(other.row.cv_mse, rel=1e-3)


def replaced(tried, **changes):
    return [Candidate(c.architecture, c.recipe.changed(**changes)) for c in tried]


def test_rows_tell_how_they_were_trained_also_where_the_recipe_leaves_it_open(small_table):
    tried = [Candidate(GRID[0], BASE), Candidate(GRID[0], BASE.changed(batch_size=8, learning_rate=0.3))]
    contest = CrossValidation(Dataset(*small_table), splits(FoldConstraints(60), 3, 0.0, 0), 0)
    ranking = contest.rank(contest.evaluate(tried))
    rows = {(row.batch_size, row.learning_rate) for row in ranking.rows if row.reference is None}
    assert rows == {(32, 0.01), (8, 0.3)}
    assert all(row.batch_size is row.learning_rate is None for row in ranking.rows if row.reference)


@pytest.mark.slow
def test_the_winners_way_trains_the_model(tmp_path):
    import pandas as pd

    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(40, 3)), columns=list("abc")).assign(y=lambda t: t.a**2)
    report, model = search_table(
        frame,
        "y",
        layers=(1,),
        units=(3,),
        activations=("tanh",),
        output_activations=("linear",),
        epochs=30,
        folds=3,
        members=3,
        batch_sizes=(8,),
        learning_rates=(1e-5, 0.03),
        save="candidate",
    )
    assert [row.learning_rate for row in report.leaderboard[:2]] == [0.03, 1e-5]
    assert (model.metadata.recipe.batch_size, model.metadata.recipe.learning_rate) == (8, 0.03)
    assert report.trainings == 2 * 3
