"""Drift: closed forms, quiet where nothing changed, the same for a file in pieces, and as the commands tell it."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from command_line import bnfit
from example_counts import examples
from hypothesis import given
from hypothesis import strategies as st
from random_models import mixed_table, model_of

from bnfit.api import explain_model, load_model, predict_table, save_model
from bnfit.model.drift import RowSample, drift_of
from bnfit.model.metadata import Metadata
from bnfit.model.model import Model
from bnfit.networks.layers import Activation, Dense, Network
from bnfit.report.content import blocks_of
from bnfit.schema.infer import infer_schema


def table(rng, rows):
    kind = rng.choice(["a", "b", "c"], rows, p=[0.5, 0.3, 0.2])
    frame = pd.DataFrame({"x": rng.normal(size=rows), "z": rng.lognormal(size=rows), "kind": kind})
    return frame.assign(y=rng.normal(size=rows))


def linear(frame, slopes, target="y"):
    """A model that is a sum of encoded columns, with these slopes, 0 for the others."""
    schema = infer_schema(frame, target)
    kernel = np.array([[slopes.get(name, 0.0)] for name in schema.features])
    layers = [Dense(kernel, np.zeros(1))]
    if schema.classes:
        layers.append(Activation("sigmoid"))
    return Model(Network(tuple(layers)), schema, Metadata(means=tuple(schema.encode(frame).x.mean(0))))


@pytest.fixture
def model(rng):
    return linear(table(rng, 2000), {"x": 2.0, "kind=a": 1.0, "kind=b": -1.0, "kind=c": 3.0})


def by_name(drift):
    return {entry.column: entry for entry in drift}


def test_a_shift_moves_a_sum_by_its_slope(model, rng):
    frame = table(rng, 4000)
    found = drift_of(model, model.schema, frame.assign(x=frame.x + 1.5))
    first = found[0]
    assert (first.column, first.moves) == ("x", pytest.approx(3.0, abs=0.2))
    assert (first.mean, first.spread) == (pytest.approx(1.5, abs=0.1), pytest.approx(0.0, abs=0.1))
    assert first.distance == pytest.approx(0.547, abs=0.05)  # 2 Φ(0.75) - 1
    assert first.matters


def test_a_column_without_effect_moves_nothing_however_far_it_is(model, rng):
    frame = table(rng, 1000)
    found = by_name(drift_of(model, model.schema, frame.assign(z=100 * frame.z)))
    assert (found["z"].moves, found["z"].matters) == (0.0, False)
    assert found["z"].distance > 0.9
    assert found["z"].outside > 0.02


def test_levels_move_by_what_lies_between_them(model, rng):
    frame = table(rng, 3000)
    # of the rows of 'a' (slope 1) so many are 'c' (slope 3) that 20 % of all have changed
    swapped = np.where((frame.kind == "a") & (rng.random(3000) < 0.4), "c", frame.kind)
    found = by_name(drift_of(model, model.schema, frame.assign(kind=swapped)))
    assert found["kind"].distance == pytest.approx(0.2, abs=0.03)
    assert found["kind"].moves == pytest.approx(np.sqrt(0.2 * 4), abs=0.15)
    assert found["kind"].mean is None


def test_unknown_levels_and_missing_cells_are_told(model, rng):
    frame = table(rng, 1000)
    spoilt = frame.assign(kind=np.where(frame.index < 300, "new", frame.kind), x=frame.x.where(frame.index >= 250))
    found = by_name(drift_of(model, model.schema, spoilt))
    assert (found["kind"].unknown, found["x"].missing, found["x"].missing_before) == (0.3, 0.25, 0.0)
    # the mean stands in for a quarter of the cells: the spread of the sum's part, 2, is lost there
    assert found["x"].moves == pytest.approx(2 * np.sqrt(0.25), abs=0.25)


def test_of_classes_it_is_the_probability_that_changes_hands(rng):
    frame = table(rng, 2000).assign(y=rng.choice(["ill", "well"], 2000))
    model = linear(frame, {"x": 1.0})
    here = table(rng, 2000)
    found = drift_of(model, model.schema, here.assign(x=here.x + 1))[0]
    expected = np.sqrt(np.square(1 / (1 + np.exp(-here.x - 1)) - 1 / (1 + np.exp(-here.x))).mean())
    assert (found.column, found.moves) == ("x", pytest.approx(expected, rel=0.1))


@pytest.mark.parametrize("rows", [1, 3, 30, 2000])
def test_it_is_quiet_where_nothing_changed(model, rows):
    told = [
        any(entry.moves for entry in drift_of(model, model.schema, table(np.random.default_rng(seed), rows)))
        for seed in range(60)
    ]
    assert sum(told) <= 6  # 5 % of 60, and two standard deviations


def test_the_training_rows_do_not_drift(rng):
    frame = table(rng, 300)
    model = linear(frame, {"x": 1.0, "z": 1.0, "kind=a": 1.0})
    assert not any(entry.moves for entry in drift_of(model, model.schema, frame))
    assert max(entry.distance for entry in drift_of(model, model.schema, frame)) < 0.02


def test_a_model_without_distributions_has_no_drift(model, rng):
    columns = tuple(replace(column, distribution=None) for column in model.schema.columns)
    older = replace(model, schema=replace(model.schema, columns=columns))
    report = predict_table(older, table(rng, 50))[1]
    assert report.drift == ()
    assert not any("drift" in getattr(block, "text", "").lower() for block in blocks_of(report))


@examples(30)
@given(st.lists(st.integers(0, 400), max_size=12), st.integers(1, 300))
def test_the_rows_drawn_do_not_depend_on_the_pieces(sizes, most):
    frame = pd.DataFrame({"x": np.arange(sum(sizes))})
    whole, pieces = RowSample(["x"], most), RowSample(["x"], most)
    whole.add(frame)
    start = 0
    for size in sizes:
        pieces.add(frame.iloc[start : start + size])
        start += size
    assert whole.rows()["x"].tolist() == pieces.rows()["x"].tolist()
    assert len(whole.rows()) == min(most, sum(sizes))


def test_every_row_is_drawn_as_often_as_any_other():
    sample = RowSample(["x"], 500)
    for start in range(0, 100_000, 5000):
        sample.add(pd.DataFrame({"x": np.arange(start, start + 5000)}))
    drawn = sample.rows()["x"].to_numpy()
    assert len(set(drawn.tolist())) == 500
    assert np.abs(np.bincount(drawn // 10_000, minlength=10) - 50).max() < 25


def test_a_file_drifts_as_its_frame_does(tmp_path):
    model = model_of(mixed_table(200))
    frame = mixed_table(5000, seed=9)
    frame.loc[:2500, "kind"] = "?new"
    frame.to_csv(tmp_path / "new.csv", index=False)
    save_model(model, tmp_path / "m.keras")
    done = bnfit("predict", str(tmp_path / "m.keras"), str(tmp_path / "new.csv"), "--json")
    in_file = json.loads(done.stdout)["drift"]
    in_frame = predict_table(model, frame)[1].drift
    assert [entry["column"] for entry in in_file] == [entry.column for entry in in_frame]
    assert [entry["moves"] for entry in in_file] == pytest.approx([entry.moves for entry in in_frame])
    assert by_name(in_frame)["kind"].unknown == pytest.approx(0.5, abs=0.02)


def test_explain_tells_it_and_warns(tmp_path):
    model = model_of(mixed_table(400))
    save_model(model, tmp_path / "m.keras")
    loaded, frame = load_model(tmp_path / "m.keras"), mixed_table(400, seed=4)
    assert not any(entry.moves for entry in explain_model(loaded, frame).drift)
    spoilt = frame.assign(kind="a")
    found = explain_model(loaded, spoilt)
    assert found.drift[0].column == "kind"
    assert any("'kind' is not as in training" in text for text in found.warnings)
    frame.assign(kind="a").to_csv(tmp_path / "new.csv", index=False)
    words = ("explain", str(tmp_path / "m.keras"), str(tmp_path / "new.csv"))
    done = bnfit(*words, "--fail-if", "drift[kind] > 0.001", "--fail-if", "drift[dose] > 0")
    assert done.returncode == 1
    assert "Drift from the training table" in done.stdout
    assert "gate failed: drift[kind] > 0.001" in done.stderr
    assert "gate passed: drift[dose] > 0" in done.stderr


def test_a_gate_on_drift_needs_a_table_and_a_column(tmp_path):
    save_model(model_of(mixed_table(100)), tmp_path / "m.keras")
    mixed_table(20).to_csv(tmp_path / "new.csv", index=False)
    words = (str(tmp_path / "m.keras"), str(tmp_path / "new.csv"), "--fail-if", "drift[dse] > 1")
    done = bnfit("predict", *words)
    assert (done.returncode, "did you mean 'drift[dose]'?" in done.stderr) == (2, True)
    assert bnfit("explain", str(tmp_path / "m.keras"), "--fail-if", "drift[dose] > 1").returncode == 2
