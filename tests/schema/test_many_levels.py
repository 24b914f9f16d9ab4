"""Columns of many levels, each of a few rows: kept where they say something, pooled where they do not, told."""

import numpy as np
import pandas as pd
import pytest

from bnfit.ensemble.fit_table import fit_table
from bnfit.schema.categories import NUMBERS, choose_levels, say_something
from bnfit.schema.infer import infer_schema
from bnfit.schema.text_cells import text_cells


def table(rng, store, effect=2.0, names="store {:03d}"):
    """Stores with an effect each, and a number."""
    x = rng.normal(size=len(store))
    effects = effect * rng.normal(size=store.max() + 1)
    y = effects[store] + 0.6 * x + 0.5 * rng.normal(size=len(store))
    return pd.DataFrame({"store": [names.format(i) for i in store], "x": x, "y": y})


LAYOUTS = {
    "60 x 19": lambda rng: np.repeat(np.arange(60), 19),
    "200 x 8": lambda rng: np.repeat(np.arange(200), 8),
    "80 x 10 to 29": lambda rng: np.repeat(np.arange(80), rng.integers(10, 30, 80)),
    "150 x 40": lambda rng: np.repeat(np.arange(150), 40),
    "300 x 4": lambda rng: np.repeat(np.arange(300), 4),
    "40 x 3": lambda rng: np.repeat(np.arange(40), 3),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_levels_that_say_something_are_all_kept(rng, layout):
    store = LAYOUTS[layout](rng)
    column = infer_schema(table(rng, store), "y").columns[0]
    assert (column.kind, column.use, len(column.levels), column.rare) == ("category", "input", store.max() + 1, ())


def test_levels_of_classes_are_kept_too(rng):
    frame = table(rng, np.repeat(np.arange(60), 12))
    for y in (frame["y"] > 0, pd.cut(frame["y"], 3, labels=["low", "mid", "high"]).astype(str)):
        assert len(infer_schema(frame.assign(y=y), "y").columns[0].levels) == 60


def test_levels_of_one_row_are_pooled_and_that_is_told(rng):
    store = np.r_[np.repeat(np.arange(30), 10), np.arange(30, 90)]
    schema = infer_schema(table(rng, store), "y")
    assert (len(schema.columns[0].levels), len(schema.columns[0].rare)) == (30, 60)
    assert "column 'store': 60 rare levels, in 17 % of the rows, count as one" in schema.notes
    few = infer_schema(table(rng, np.r_[np.repeat(np.arange(30), 20), np.arange(30, 60)]), "y")
    assert not [note for note in few.notes if "count as one" in note], "5 % of the rows"


def test_rare_levels_that_say_nothing_are_pooled(rng):
    column = infer_schema(table(rng, np.repeat(np.arange(150), 8), effect=0.0), "y").columns[0]
    assert (column.kind, column.use) == ("category", "input")
    assert len(column.levels) + len(column.rare) == 150


def test_chance_seldom_passes_for_more(rng):
    cells = text_cells(pd.Series([f"s{i}" for i in np.repeat(np.arange(40), 5)], dtype="str"))
    passed = [say_something(cells, rng.normal(size=200)) for _ in range(400)]
    assert sum(passed) <= 8, "three standard deviations"
    classes = [say_something(cells, np.eye(3)[rng.integers(0, 3, 200)]) for _ in range(400)]
    assert sum(classes) <= 8
    shifted = np.repeat(rng.normal(size=40), 5)
    assert say_something(cells, shifted + rng.normal(size=200))


@pytest.mark.parametrize("names", ["store {:03d}", "a short name of {}", "{:05d}"])
def test_texts_that_repeat_are_levels(rng, names):
    column = infer_schema(table(rng, np.repeat(np.arange(100), 4), names=names), "y").columns[0]
    assert (column.kind, column.use) == ("category", "input")


def test_sentences_that_seldom_repeat_are_text(rng):
    sentences = [f"the patient said that it hurt about {i} times a day" for i in range(100)]
    frame = pd.DataFrame({"said": [*sentences, *sentences[:15]], "x": rng.normal(size=115), "y": rng.normal(size=115)})
    assert infer_schema(frame, "y").columns[0].use == "left out"


def test_no_more_levels_than_the_memory_bears():
    counts = {f"s{i}": 5 + i % 7 for i in range(50_000)}
    for rows, most in ((10_000, 1_000), (NUMBERS // 500, 500), (10**9, 100)):
        kept, rare = choose_levels(counts, 2, rows)
        assert (len(kept), len(kept) + len(rare)) == (most, 50_000)
        assert min(counts[level] for level in kept) >= max(counts[level] for level in rare)


@pytest.mark.slow
def test_sixty_stores_of_nineteen_rows_are_learned(rng):
    report, _ = fit_table(table(rng, LAYOUTS["60 x 19"](rng)), "y", members=4, folds=4, epochs=40)
    assert report.explanation.metrics["r2"] > 0.88
