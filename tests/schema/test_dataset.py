"""What networks train on: checked when made, cut by rows, without TensorFlow."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from bnfit.errors import DataError
from bnfit.schema.dataset import Dataset


@pytest.mark.parametrize("weight", [None, np.arange(60.0)])
def test_some_rows_are_a_dataset_of_their_own(small_table, weight):
    x, y = small_table
    rows = np.array([5, 3, 8, 13, 21])
    part = Dataset(x, y, row_weight=weight).take(rows)
    np.testing.assert_array_equal(part.x, x[rows])
    np.testing.assert_array_equal(part.y, y[rows])
    np.testing.assert_allclose(part.mean, x[rows].mean(0))
    assert part.row_weight is None if weight is None else part.row_weight.tolist() == [5, 3, 8, 13, 21]


def test_rows_in_which_a_column_is_constant_are_refused(small_table):
    x, y = small_table
    with pytest.raises(DataError, match="without any variation"):
        Dataset(np.c_[x, np.arange(60) < 50], y).check_variation().take(np.arange(40)).check_variation()


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("weighed", [False, True])
def test_balanced_classes_weigh_alike_and_bayes_takes_the_emphasis_out_again(rng, classes, weighed):
    number = rng.choice(classes, 200, p=[0.8, 0.2, 0.0][:classes] if classes == 2 else [0.7, 0.2, 0.1])
    y = (number[:, None] == 1).astype(float) if classes == 2 else np.eye(classes)[number]
    weight = rng.uniform(0.5, 2, 200) if weighed else None
    plain = Dataset(rng.normal(size=(200, 1)), y, "binary_crossentropy", weight, weight)
    table = plain.balanced()
    totals = np.bincount(number, table.row_weight)
    np.testing.assert_allclose(totals, totals.mean())
    assert table.row_weight.sum() == pytest.approx(200 if weight is None else weight.sum())
    # densities times shares and densities alone, which is what equal classes have, are shift apart in their logits
    density, share = (
        rng.uniform(0.1, 1, classes),
        np.bincount(number, weight) / (200 if weight is None else weight.sum()),
    )
    logits = np.log(density * share), np.log(density)
    if classes == 2:
        logits = [of[1:] - of[:1] for of in logits]
    change = logits[1] - logits[0] - table.logit_shift
    np.testing.assert_allclose(change, change.mean())  # a softmax knows no constant
    assert classes > 2 or change == pytest.approx(0)
    assert not plain.logit_shift.any()


def test_a_class_all_rows_of_which_weigh_nothing_has_no_part_in_the_balance():
    table = Dataset(np.arange(4.0)[:, None], np.eye(3)[[0, 0, 0, 1]], "categorical_crossentropy").balanced()
    np.testing.assert_allclose(table.emphasis, [2 / 3, 2, 1])


def test_what_is_trained_on_and_with_is_made_without_tensorflow():
    modules = ("schema.dataset", "population.members", "population.inputs", "population.step_init")
    code = "".join(f"import bnfit.{name}; " for name in modules) + "import sys; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
