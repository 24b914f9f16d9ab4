"""ONNX: the same numbers as the model, whatever layers and columns it has; nothing is written where they differ."""

import json

import numpy as np
import onnxruntime
import pandas as pd
import pytest
from command_line import bnfit
from random_models import mixed_table, model_of
from random_networks import ARMS, awkward_table, member, table

import bnfit as package
from bnfit.api import predict_table
from bnfit.errors import DataError, ModelFileError, UsageError
from bnfit.model import onnx_export
from bnfit.model.model import Model, save_model
from bnfit.model.onnx_export import check_export, export_onnx, onnx_model
from bnfit.model.onnx_inputs import input_values
from bnfit.networks.activations import ACTIVATION_FUNCTIONS
from bnfit.networks.layers import Dense, KerasLayer, LayerNorm, Network
from bnfit.networks.merge import merge
from bnfit.networks.rowwise import Rowwise
from bnfit.schema.infer import infer_schema
from bnfit.schema.types import SchemaOptions
from bnfit.table.source import source_of


def numbers_model(network, x):
    """A model of columns of numbers with this network."""
    frame = pd.DataFrame(x, columns=[f"x{k}" for k in range(x.shape[1])]).assign(y=np.arange(float(len(x))))
    return Model(network, infer_schema(frame, "y", SchemaOptions(keys=False)))


def run(model, inputs):
    session = onnxruntime.InferenceSession(onnx_model(model).SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, inputs)


def outputs(network, x):
    """The outputs of a network as ONNX."""
    found = run(numbers_model(network, x), {f"x{k}": x[:, k : k + 1] for k in range(x.shape[1])})[0]
    return found


@pytest.mark.parametrize("arm", ARMS)
def test_every_arm_computes_as_the_network(rng, arm):
    x = table(rng) if arm == "raw" else awkward_table(rng)
    parts = [member(rng, x, arm, (4, 3)) for _ in range(3)]
    merged = merge(parts, x, 1e-18)
    expected = Rowwise(merged)(x)
    assert np.allclose(outputs(merged, x), expected, rtol=1e-9, atol=1e-9 * np.abs(expected).max())
    assert not np.allclose(outputs(parts[0], x), expected, rtol=1e-3)


@pytest.mark.parametrize("activation", sorted(set(ACTIVATION_FUNCTIONS) - {"softmax"}))
def test_every_activation_computes_as_the_network(rng, activation):
    x = 3 * table(rng)
    network = member(rng, x, "bn", (5, 4), activation)
    assert np.allclose(outputs(network, x), Rowwise(network)(x), rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("groups", [None, 1, 2])
def test_norms_over_units_compute_as_the_network(rng, groups):
    x = table(rng)
    norm = LayerNorm(rng.normal(size=6), rng.normal(size=6), 1e-3, groups)
    network = Network((Dense(rng.normal(size=(4, 6)), rng.normal(size=6)), norm, Dense(np.ones((6, 1)), np.zeros(1))))
    assert np.allclose(outputs(network, x), Rowwise(network)(x), rtol=1e-9)


def test_members_of_several_architectures_compute_as_the_network(rng):
    x = table(rng)
    parts = [
        member(rng, x, "bn-input", (4,)),
        member(rng, x, "bn-input", (4,)),
        member(rng, x, "bn-input", (3, 5), "relu"),
    ]
    merged = merge(parts, x, 1e-9)
    assert np.allclose(outputs(merged, x), Rowwise(merged)(x), rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("target", ["number", "two", "three"])
def test_columns_of_every_kind_are_taken_raw(tmp_path, target):
    model, frame = model_of(mixed_table(200, target)), mixed_table(300, target, seed=4)
    frame.loc[:20, "kind"] = "never seen"
    report = export_onnx(model, tmp_path / "m.onnx", source_of(frame))
    assert (report.rows, report.source) == (300, "the table")
    assert report.difference < 1e-12
    session = onnxruntime.InferenceSession(tmp_path / "m.onnx")
    inputs = {c.name: input_values(c, frame[c.name]) for c in model.schema.inputs}
    found, expected = session.run(None, inputs), predict_table(model, frame)[0]
    if target == "number":
        assert np.allclose(found[0][:, 0], expected["prediction"], rtol=1e-10)
    else:
        assert found[0][:, 0].tolist() == expected["prediction"].tolist()
        assert np.allclose(found[1], expected.filter(like="probability_"), atol=1e-10)
    assert {i.name: i.type for i in session.get_inputs()} == {of.name: f"tensor({of.type})" for of in report.inputs}


def test_without_a_table_rows_are_drawn_from_the_file(tmp_path):
    report = export_onnx(model_of(mixed_table(200)), tmp_path / "m.onnx")
    assert (report.rows, report.source, report.outputs) == (1000, "", ("prediction",))
    assert report.difference < 1e-12


def test_levels_that_are_numbers_rare_levels_and_single_times(tmp_path, rng):
    rows = 200
    frame = pd.DataFrame(
        {
            "code": rng.choice(["1", "2", "10", "7"], rows, p=[0.5, 0.3, 0.19, 0.01]),
            "word": rng.choice(["NA", "a", "b"], rows),
            "at": [f"{k % 24:02}:{k % 60:02}" for k in range(rows)],
            "when": pd.to_datetime("2024-01-01") + pd.to_timedelta(rng.integers(0, 10_000, rows), unit="h"),
            "two": rng.choice(["x", "z"], rows),
            "flag": pd.array(rng.choice([True, False], rows), dtype="boolean"),
            "y": rng.normal(size=rows),
        }
    )
    frame.loc[5:9, "flag"] = pd.NA
    frame.loc[3, "when"] = pd.NaT
    model = model_of(frame, options=SchemaOptions(types={"code": "category", "word": "category"}))
    for source in (None, source_of(frame)):
        assert export_onnx(model, tmp_path / "m.onnx", source, force=True).difference < 1e-10
    types = {of.name: (of.type, of.meaning) for of in export_onnx(model, tmp_path / "n.onnx").inputs}
    assert types["code"][0] == "double"
    assert types["when"] == ("double", "seconds since 1970-01-01 00:00:00; NaN for none")
    assert types["at"] == ("double", "seconds since midnight; NaN for none")


@pytest.mark.parametrize("name", ["prediction", "probability", "constant_1", "MatMul_3", "a b'\"ü", "x/y:0"])
def test_a_column_may_have_any_name(tmp_path, name):
    frame = mixed_table(100, "two").rename(columns={"x": name})
    report = export_onnx(model_of(frame), tmp_path / "m.onnx", source_of(frame))
    assert name in [of.name for of in report.inputs]
    assert name not in report.outputs


def test_what_only_keras_can_run_is_refused(tmp_path, rng):
    layer = KerasLayer("attention", lambda x: x, lambda slope, _: slope)
    model = numbers_model(Network((layer, Dense(np.ones((4, 1)), np.zeros(1)))), table(rng))
    with pytest.raises(ModelFileError, match="layer 'attention' cannot be exported"):
        export_onnx(model, tmp_path / "m.onnx")
    assert not list(tmp_path.iterdir())


def test_nothing_is_written_where_the_two_differ(tmp_path, monkeypatch):
    model = model_of(mixed_table(100))
    other = model_of(mixed_table(100), seed=1)
    made = onnx_model(other)
    monkeypatch.setattr(onnx_export, "onnx_model", lambda _: made)
    with pytest.raises(ModelFileError, match="differs from itself by"):
        export_onnx(model, tmp_path / "m.onnx")
    assert not list(tmp_path.iterdir())


def test_a_wrong_class_is_a_difference_however_close_the_probabilities(tmp_path, monkeypatch):
    frame = mixed_table(100, "two")
    model = model_of(frame)
    made = onnx_model(model)
    for constant in made.graph.initializer:
        if constant.string_data:
            del constant.string_data[:]
            constant.string_data.extend([b"well", b"ill"])
    monkeypatch.setattr(onnx_export, "onnx_model", lambda _: made)
    with pytest.raises(ModelFileError, match="by inf"):
        export_onnx(model, tmp_path / "m.onnx")


def test_what_will_not_work_is_said_first(tmp_path, monkeypatch):
    (tmp_path / "there.onnx").write_text("x")
    with pytest.raises(UsageError, match="exists"):
        check_export(tmp_path / "there.onnx")
    with pytest.raises(UsageError, match=r"ends in \.onnx, not 'm\.keras'"):
        check_export(tmp_path / "m.keras")
    with pytest.raises(DataError, match="kind"):
        export_onnx(model_of(mixed_table(50)), tmp_path / "m.onnx", source_of(mixed_table(50).drop(columns="kind")))
    monkeypatch.setattr(onnx_export.importlib.util, "find_spec", lambda name: None if name == "onnxruntime" else name)
    with pytest.raises(UsageError, match="an export needs onnxruntime"):
        check_export(tmp_path / "m.onnx")


def test_the_command_and_the_method_export(tmp_path, monkeypatch):
    save_model(model_of(mixed_table(80)), tmp_path / "m.keras")
    mixed_table(30, seed=2).to_csv(tmp_path / "new.csv", index=False)
    monkeypatch.chdir(tmp_path)
    done = bnfit("export", "m.keras", "new.csv")
    assert (done.returncode, done.stderr) == (0, "wrote model.onnx\n")
    assert done.stdout.startswith("y as ONNX: 5 inputs, opset 17, ")
    assert "Run on 30 rows of new.csv: it differs by " in done.stdout
    assert "kind    string  a level, without blanks around it; an empty text for none" in done.stdout
    again = bnfit("export", "m.keras", "new.csv")
    assert (again.returncode, "--force" in again.stderr) == (2, True)
    told = json.loads(bnfit("export", "m.keras", "--force", "--json").stdout)
    assert (told["output"], told["rows"], told["source"]) == ("model.onnx", 1000, "")
    report = package.load_model("m.keras").export("by_method.onnx", "new.csv")
    assert report.result.rows == 30
    assert (tmp_path / "by_method.onnx").stat().st_size == report.result.size
