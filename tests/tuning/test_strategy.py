"""Strategies of search: what is drawn, what goes on to the next round, and what a budget leaves."""

import itertools
import subprocess
import sys
from collections import Counter

import numpy as np
import pandas as pd
import pytest
import report_records

from bnfit.api.arguments import seconds
from bnfit.errors import GateFailed, UsageError
from bnfit.evaluation.splits import FoldConstraints, splits
from bnfit.networks.architecture import Architecture
from bnfit.population.chunks import ALONE, chunks
from bnfit.population.members import Member
from bnfit.population.recipe import RECIPES
from bnfit.population.train import train
from bnfit.schema.dataset import Dataset
from bnfit.tuning.budget import Clock
from bnfit.tuning.cross_validate import CrossValidation, Entry
from bnfit.tuning.search_table import search_table
from bnfit.tuning.space import PAPER_GRID, WIDE, Axes, Candidate
from bnfit.tuning.strategy import Strategy, duration
from bnfit.tuning.successive_halving import successive_halving

BASE = RECIPES["default"]
RNG = np.random.default_rng(3)
FRAME = pd.DataFrame(RNG.normal(size=(60, 3)), columns=list("abc")).assign(y=lambda t: 3 * t.a + t.b**2)
SMALL = {"layers": (1,), "units": (2, 3), "activations": ("tanh", "relu"), "arms": ("bn-input",)}


def test_more_trials_begin_with_those_of_fewer_and_no_two_are_the_same():
    few, many = (Strategy("random", n).candidates(Axes(), BASE, 7) for n in (10, 60))
    assert many[:10] == few
    assert len(set(many)) == 60
    assert few != Strategy("random", 10).candidates(Axes(), BASE, 8), "another seed draws others"


def test_draws_stay_on_the_axes_and_around_the_recipe():
    drawn = Axes.named(units=(5, 7), batch_sizes=(8, 16)).filled(WIDE).drawn(BASE, 200, 0)
    assert {u for c in drawn for u in c.architecture.units} == {5, 7}
    assert {c.recipe.batch_size for c in drawn} == {8, 16}
    rates, decays = ([getattr(c.recipe, name) for c in drawn] for name in ("learning_rate", "total_decay"))
    assert (min(rates), max(rates)) == pytest.approx((0.002, 0.05), rel=0.1)
    assert (min(decays), max(decays)) == pytest.approx((0.9, 36.0), rel=0.1)
    named = Axes.named(learning_rates=(0.1,), weight_decays=(0.5, 1.0)).filled(WIDE).drawn(BASE, 50, 0)
    assert {(c.recipe.learning_rate, c.recipe.weight_decay) for c in named} == {(0.1, 0.5), (0.1, 1.0)}
    assert all(c.recipe.total_decay == BASE.total_decay for c in named)


def test_a_small_space_is_drawn_whole():
    axes = Axes.named(**SMALL, learning_rates=(0.01,), weight_decays=(1.0,)).filled(WIDE)
    assert set(axes.drawn(BASE, 50, 0)) == set(axes.every(BASE))


def test_a_grid_is_the_papers_and_is_shuffled_only_where_time_may_run_out():
    every = Strategy().candidates(Axes(), BASE, 0)
    assert every == PAPER_GRID.every(BASE)
    assert len(every) == 120
    within = Strategy("grid", budget=60.0).candidates(Axes(), BASE, 0)
    assert within != every
    assert set(within) == set(every)


@pytest.mark.parametrize(
    ("given", "rows", "asked", "name"),
    [
        ((), 999, False, "grid"),
        ((), 1000, False, "halving"),
        ((), 1000, True, "grid"),
        ((None, 20), 100, True, "halving"),
        (("grid",), 9999, False, "grid"),
        (("random",), 100, False, "random"),
    ],
)
def test_the_rows_choose_the_strategy_unless_something_is_asked_for(given, rows, asked, name):
    how = Strategy(*given)
    assert how.for_table(rows, asked) == Strategy(name, how.trials)


@pytest.mark.slow
def test_a_large_table_says_which_networks_were_drawn(rng, monkeypatch):
    monkeypatch.setattr("bnfit.tuning.strategy.TRIALS", 3)
    x = rng.normal(size=(1000, 2))
    frame = pd.DataFrame(x, columns=["a", "b"]).assign(y=x[:, 0] + rng.normal(size=1000))
    how = {"epochs": 2, "folds": 2, "members": 2}
    drawn, _ = search_table(frame, "y", **how)
    asked, _ = search_table(frame, "y", **how, layers=(1,), units=(2,))
    few, _ = search_table(frame[:999], "y", **how, trials=3)
    assert [report.strategy for report in (drawn, asked, few)] == ["halving", "grid", "halving"]
    assert [sum(row.reference is None for row in r.leaderboard) for r in (drawn, asked, few)] == [3, 6, 3]
    notes = [[note for note in report.notes if "were drawn" in note] for report in (drawn, asked, few)]
    assert list(map(len, notes)) == [1, 0, 0]
    assert "1,000 rows: 3 networks of up to 64 units" in notes[0][0]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("grid", 10), "a grid tries all of its networks"),
        (("random", 0), "trials must be at least 1"),
        (("random", None, 0.0), "the budget must be a positive time"),
        (("halvin",), "unknown strategy 'halvin'"),
    ],
)
def test_what_no_search_can_do_is_refused(given, message):
    with pytest.raises(UsageError, match=message):
        Strategy(*given)


@pytest.mark.parametrize(("seconds", "text"), [(90, "1m30s"), (300, "5m"), (5400, "1h30m"), (7, "7s"), (0.25, "0.25s")])
def test_durations(seconds, text):
    assert duration(seconds) == text


class Arena(CrossValidation):
    """A cross-validation in which nothing is trained: errors are given, and each candidate takes some seconds."""

    def __init__(self, now=None, seconds=0.0, errors=None, compiling=0.0):
        table = Dataset(np.arange(8.0)[:, None], np.arange(8.0)[:, None])
        super().__init__(table, splits(FoldConstraints(8), 2, 0.0, 0), 0)
        self.now, self.seconds, self.errors, self.epochs = now, seconds, errors or {}, []
        self.compiling, self.waves, self.commons = compiling, [], []

    def evaluate(self, candidates, on_progress=None, round_=0, common=ALONE):
        self.epochs.append([c.recipe.epochs for c in candidates])
        self.waves.append(candidates)
        self.commons.append(common)
        parts = 8 * len(candidates)
        for k in range(parts):
            if self.now is not None:
                self.now.time += self.seconds / 8 + self.compiling
                self.compiling = 0.0
            on_progress((k + 1) / parts)
        return [self.entry(c, round_) for c in candidates]

    def entry(self, candidate, round_):
        units = candidate.architecture.units[0]
        error = self.errors.get((units, round_), float(units))
        row = report_records.candidate(candidate.architecture.label, error, weights=units, cv_se=0.0, r2=0.0)
        return Entry(candidate, row, round=round_)


class Now:
    """A clock that stands still between trainings."""

    def __init__(self):
        self.time = 0.0

    def __call__(self):
        return self.time


def networks(number, epochs=18):
    """Candidates of one kind, each of which makes a wave of its own."""
    return [
        Candidate(Architecture((1 + k % 16,), "tanh"), BASE.changed(epochs=epochs, learning_rate=0.001 * (1 + k // 16)))
        for k in range(number)
    ]


@pytest.fixture(autouse=True)
def no_curves(monkeypatch):
    """An arena has no trainings to draw curves of."""
    import bnfit.tuning.cross_validate

    real = bnfit.tuning.learning_curves.learning_curves
    monkeypatch.setattr(
        bnfit.tuning.cross_validate, "learning_curves", lambda c, trained: real(c, trained) if any(trained) else ()
    )


def test_a_third_goes_on_to_three_times_the_epochs_and_rounds_rank_before_errors():
    arena, tried = Arena(errors={(1, 1): 50.0}), networks(9)
    found = successive_halving(arena, tried, rounds=3)
    assert arena.epochs == [[2] * 9, [6] * 3, [18]]
    assert [(e.candidate.architecture.units[0], e.round) for e in found] == [
        (1, 1),
        (2, 2),
        (3, 1),
        *((units, 0) for units in range(4, 10)),
    ]
    assert all(e.candidate in tried for e in found), "what goes out is the candidate that came in"
    order = arena.rank(found).order
    assert [found[i].candidate.architecture.units[0] for i in order] == [2, 3, 1, 4, 5, 6, 7, 8, 9]


def test_a_budget_ends_in_time_with_what_was_tried_and_room_for_the_winner():
    now, tried = Now(), networks(60)
    arena = Arena(now, 1.0)
    found = successive_halving(arena, tried, clock=Clock(30.0, final=5 * arena.cost(tried[:1]), now=now))
    assert [e.candidate for e in found] == tried[: len(found)]
    assert now.time == len(found) == 25, "5 s are kept for the training of the winner"
    now = Now()
    assert len(successive_halving(Arena(now, 0.1), tried, clock=Clock(30.0, now=now))) == 60


def test_what_compiling_takes_is_not_taken_for_training():
    now, tried = Now(), networks(60)
    arena = Arena(now, 0.1, compiling=3.0)
    assert len(successive_halving(arena, tried, clock=Clock(30.0, now=now))) == 60
    assert now.time == pytest.approx(3.0 + 60 * 0.1), "once for all"
    now = Now()
    arena = Arena(now, 0.1, compiling=3.0)
    clock = Clock(10.05, final=arena.cost(tried[:1]), now=now)
    assert len(successive_halving(arena, tried, clock=clock)) == 39
    assert now.time <= 10.05 - 3.0 - 0.1, "the training of the winner compiles too"


def kinds(activations=("tanh", "relu", "silu"), depths=(1, 2, 3), each=4):
    return [
        Candidate(Architecture((8,) * depth, activation), BASE.changed(epochs=18, learning_rate=0.001 * (k + 1)))
        for k, depth, activation in itertools.product(range(each), depths, activations)
    ]


def test_waves_have_one_of_each_activation_and_start_with_two_kinds():
    now, tried = Now(), kinds()
    arena = Arena(now, 0.1, compiling=1.0)
    found = successive_halving(arena, tried, clock=Clock(100.0, now=now))
    assert {e.candidate for e in found} == set(tried)
    depths = [sorted({len(c.architecture.units) for c in wave}) for wave in arena.waves]
    assert depths[:3] == [[1, 2], [1, 2], [1, 2, 3]], "the third kind comes when the pace is known"
    for wave in arena.waves:
        each = Counter((len(c.architecture.units), c.architecture.activation) for c in wave)
        assert set(each.values()) == {1}
    assert all(common.even for common in arena.commons)


def test_waves_without_a_candidate_of_some_activation_are_smaller():
    tried = [c for c in kinds(depths=(1,)) if c.architecture.activation != "silu" or c.recipe.learning_rate < 0.002]
    arena = Arena(Now(), 0.1)
    found = successive_halving(arena, tried, clock=Clock(100.0, now=arena.now))
    assert sorted(map(hash, (e.candidate for e in found))) == sorted(map(hash, tried)), "each once"
    assert [len(wave) for wave in arena.waves] == [3, 2, 2, 2]


def test_only_the_first_round_of_a_draw_can_be_found_in_the_records_of_a_shorter_one():
    arena, tried = Arena(), networks(9)
    successive_halving(arena, tried, rounds=3, drawn_from=[c.architecture for c in tried])
    assert [common.even for common in arena.commons] == [True, False, False]
    arena = Arena()
    successive_halving(arena, tried)
    assert arena.commons == [ALONE]


def test_kinds_that_there_is_no_time_to_compile_are_left_out():
    now, tried = Now(), kinds()
    arena = Arena(now, 0.1, compiling=6.0)
    found = successive_halving(arena, tried, clock=Clock(11.0, now=now))
    assert {len(e.candidate.architecture.units) for e in found} == {1, 2}
    assert len(found) == 2 * 3 * 4


def test_trainings_that_turn_out_slower_are_given_up():
    now, tried = Now(), networks(20)
    arena = Arena(now, 1.0)
    clock = Clock(30.0, now=now)
    on_progress = []

    def slower(share, _phase="", _seconds=None):
        on_progress.append(share)
        arena.seconds = 20.0

    found = successive_halving(arena, tried, clock=clock, on_progress=slower)
    assert [e.candidate for e in found] == tried[:1]
    assert now.time <= 41.0, "one more step of the training was heard of too late"
    assert on_progress == sorted(on_progress)


def test_a_budget_for_nothing_fails():
    now = Now()
    with pytest.raises(GateFailed, match="the budget of 1s ended before one candidate"):
        successive_halving(Arena(now, 2.0), networks(2), clock=Clock(1.0, now=now))


def test_rounds_share_a_budget():
    now, tried = Now(), networks(40)
    found = successive_halving(Arena(now, 1.0), tried, rounds=3, clock=Clock(30.0, now=now))
    assert [len([e for e in found if e.round == n]) for n in range(3)] == [12, 4, 2], "eighteen, six and two"
    assert now.time <= 30.0


@pytest.mark.slow
def test_a_search_says_what_it_left_and_trains_the_winners_own_recipe():
    report, model = search_table(
        FRAME,
        "y",
        **SMALL,
        strategy="random",
        trials=5,
        epochs=4,
        folds=3,
        members=3,
        save="candidate",
        learning_rates=(0.02, 0.05),
    )
    assert (report.strategy, report.untried, report.trainings) == ("random", 0, 15)
    best = report.leaderboard[0]
    assert model.metadata.recipe.learning_rate == best.learning_rate
    assert report.fit.architecture == best.architecture
    halved, _ = search_table(
        FRAME, "y", **SMALL, strategy="halving", trials=7, epochs=9, folds=3, members=3, save="candidate"
    )
    assert halved.trainings == (7 + 3 + 1) * 3
    assert [row.epochs for row in halved.leaderboard[:7]] == [9, 3, 3, 1, 1, 1, 1]
    assert halved.fit.architecture == halved.leaderboard[0].architecture


@pytest.mark.parametrize(("text", "expected"), [("90", 90), ("90s", 90), ("5m", 300), ("1h30m", 5400), ("0.5m", 30)])
def test_times(text, expected):
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "soon", "5 minutes", "m", "30m1h", "-5"])
def test_what_is_no_time(text):
    with pytest.raises(UsageError, match="such as `budget=90s`"):
        seconds(text)


def test_a_wrong_target_is_told_before_tensorflow_loads(tmp_path):
    FRAME.to_csv(tmp_path / "t.csv", index=False)
    code = """
import sys
from bnfit.errors import UsageError
from bnfit.api import load_table, search_table
try:
    search_table(load_table(sys.argv[1]), "z")
except UsageError as error:
    print(error, "tensorflow" in sys.modules)
"""
    words = (sys.executable, "-c", code, str(tmp_path / "t.csv"))
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert "'z'" in done.stdout, done.stderr
    assert done.stdout.endswith("False\n")


def test_weight_decay_belongs_to_adamw():
    with pytest.raises(UsageError, match="recipe paper trains with sgd, which has no weight decay"):
        RECIPES["paper"].changed(weight_decay=0.1)


def test_a_wide_network_does_not_make_small_ones_dear():
    parts = splits(FoldConstraints(60), 3, 0.0, 0)
    widths = (2, 16, 17, 64, 65)
    members = [Member(Architecture((w,), "tanh"), parts[0], 0, 0) for w in widths]
    kinds = chunks(members, [BASE.for_rows(40)] * len(members))
    assert [[m.architecture.units[0] for chunk in kind for m in chunk.members] for kind in kinds] == [
        [2, 16],
        [17, 64],
        [65],
    ]


def test_chunks_of_different_widths_share_a_program(rng):
    x = rng.normal(size=(1100, 2))
    (part,) = splits(FoldConstraints(1100), 2, 0.0, 0)[:1]
    members = [Member(Architecture((units,), "tanh", arm="bn-input"), part, 0, 0) for units in (17, 64)]
    recipe = BASE.changed(epochs=1, batch_size=1024)
    assert len(chunks(members, [recipe.for_rows(550)] * 2)[0]) == 2, "each must be a chunk of its own"
    wide = [t.network(x) for t in train(members, Dataset(x, x[:, :1]), recipe)]
    alone = train(members[:1], Dataset(x, x[:, :1]), recipe)[0].network(x)
    np.testing.assert_allclose(wide[0], alone, rtol=1e-4, atol=1e-5)
