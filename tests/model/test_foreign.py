"""Models that plain Keras made: what `explain` says of them is what Keras gives when it is done by hand."""

import json

import keras
import numpy as np
import pandas as pd
import pytest
from command_line import bnfit

from bnfit.api import explain_model
from bnfit.ensemble.fit_table import fit_table
from bnfit.errors import DataError, ModelFileError, UsageError
from bnfit.importance.nodes import node_table
from bnfit.model.foreign import foreign_model
from bnfit.model.model import save_model
from bnfit.report.origin import origin_text
from bnfit.table.source import Source

pytestmark = pytest.mark.slow

COLUMNS = ["Upre", "U120", "Upos", "PP", "UF"]
RNG = np.random.default_rng(3)
X = RNG.normal((150, 80, 53, 73, 2.7), (34, 23, 17, 17, 1.2), size=(40, 5)).astype("float32")
Y = (0.1 * X[:, 0] + 0.9 * X[:, 2] + RNG.normal(0, 4, 40)).astype("float32")
TABLE = pd.DataFrame(X, columns=COLUMNS).assign(Ueq=Y)


def paper_model():
    """BN+6+BN+1, trained a little as the paper trains."""
    keras.utils.set_random_seed(1)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((5,)),
            layers.BatchNormalization(momentum=0.8),
            layers.Dense(6),
            layers.BatchNormalization(momentum=0.8),
            layers.Activation("sigmoid"),
            layers.Dense(1),
        ]
    )
    model.compile("sgd", "mse")
    model.fit(X, Y, epochs=15, batch_size=8, verbose=0)
    return model


@pytest.fixture(scope="module")
def model():
    return paper_model()


@pytest.fixture(scope="module")
def path(model, tmp_path_factory):
    path = tmp_path_factory.mktemp("foreign") / "theirs.keras"
    model.save(path)
    return path


def said(model, x):
    return np.asarray(model(np.asarray(x, "float32"), training=False), float)[:, 0]


def test_the_columns_importances_are_those_of_keras_by_hand(model, path):
    loaded = foreign_model(path, Source(TABLE), "Ueq")
    found = explain_model(loaded, Source(TABLE)).importances
    assert [i.column for i in found] == COLUMNS
    raw = np.abs(np.asarray(model.layers[0].gamma))
    step = 0.02
    deviation = np.sqrt(np.asarray(model.layers[0].moving_variance) + model.layers[0].epsilon)
    by_hand, slopes = [], []
    for k in range(5):
        zero = X.copy()
        zero[:, k] = 0
        off = said(model, zero) - Y
        by_hand.append((np.square(off).mean(), abs(off.mean())))
        up, down = X.copy(), X.copy()
        up[:, k] += step * deviation[k]
        down[:, k] -= step * deviation[k]
        slopes.append(np.sqrt(np.square((said(model, up) - said(model, down)) / (2 * step)).mean()))
    assert np.ptp([zero for zero, _ in by_hand]) > 1
    np.testing.assert_allclose([(i.mspe_zero, i.mean_error_zero) for i in found], by_hand, rtol=1e-5)
    np.testing.assert_allclose([i.mspe_intact for i in found], np.square(said(model, X) - Y).mean(), rtol=1e-5)
    np.testing.assert_allclose([i.gamma_raw for i in found], raw, rtol=1e-6)
    np.testing.assert_allclose([i.gamma for i in found], slopes, rtol=5e-3)


def test_the_nodes_importances_are_those_of_keras_by_hand(path):
    loaded = foreign_model(path, Source(TABLE), "Ueq")
    found = node_table(loaded, Source(TABLE))
    model = keras.saving.load_model(path)
    dense, norm = model.layers[1:3]
    kept = dense.get_weights()
    by_hand = []
    for node in range(6):
        kernel, bias = (w.copy() for w in kept)
        kernel[:, node], bias[node] = 0, 0
        dense.set_weights([kernel, bias])
        off = said(model, X) - Y
        by_hand.append((np.square(off).mean(), abs(off.mean())))
    assert np.ptp([error for error, _ in by_hand]) > 0.1
    np.testing.assert_allclose([(n.mspe_zero, n.mean_error_zero) for n in found], by_hand, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose([n.gamma_raw for n in found], np.abs(np.asarray(norm.gamma)), rtol=1e-6)


def test_columns_in_another_order_are_named(model, path):
    shuffled = TABLE.assign(more=1.0)[["more", *reversed(COLUMNS), "Ueq"]]
    loaded = foreign_model(path, Source(shuffled), "Ueq", features=COLUMNS)
    straight = foreign_model(path, Source(TABLE), "Ueq")
    found, expected = explain_model(loaded, Source(shuffled)), explain_model(straight, Source(TABLE))
    assert found.importances == expected.importances
    with pytest.raises(DataError, match="takes 5 columns, and these are 6"):
        foreign_model(path, Source(shuffled), "Ueq")


def test_nobody_claims_that_the_model_never_saw_the_rows(path):
    source = Source(TABLE, "t.csv")
    result = explain_model(foreign_model(path, source, "Ueq"), source)
    text = origin_text(result.origin, result.rows)
    assert text == "all 40 rows of t.csv; whether the model was trained on any of them is not known"


def test_tables_that_do_not_fit_are_refused(path):
    with pytest.raises(DataError, match="'Ueg' not found"):
        foreign_model(path, Source(TABLE), "Ueg")
    gone = TABLE.copy()
    gone.loc[3, "PP"] = np.nan
    with pytest.raises(DataError, match="1 cell"):
        foreign_model(path, Source(gone), "Ueq")
    words = TABLE.assign(PP=["a", "b"] * 20)
    with pytest.raises(DataError):
        foreign_model(path, Source(words), "Ueq")


def test_a_column_that_is_constant_in_this_table_is_still_the_models(model, path):
    flat = TABLE.assign(UF=2.0)
    found = explain_model(foreign_model(path, Source(flat), "Ueq"), Source(flat)).importances
    x = flat[COLUMNS].to_numpy()
    x[:, 4] = 0
    assert found[4].mspe_zero == pytest.approx(np.square(said(model, x) - Y).mean(), rel=1e-5)


def test_h5_files_need_trust_and_give_the_same(model, path, tmp_path):
    old = tmp_path / "old.h5"
    model.save(old)
    with pytest.raises(ModelFileError):
        foreign_model(old, Source(TABLE), "Ueq")
    found = explain_model(foreign_model(old, Source(TABLE), "Ueq", trust=True), Source(TABLE))
    expected = explain_model(foreign_model(path, Source(TABLE), "Ueq"), Source(TABLE))
    for a, b in zip(found.importances, expected.importances, strict=True):
        assert (a.gamma, a.mspe_zero) == (pytest.approx(b.gamma), pytest.approx(b.mspe_zero))


def test_a_classifier_is_explained_by_its_probabilities(tmp_path):
    keras.utils.set_random_seed(2)
    layers = keras.layers
    model = keras.Sequential([keras.Input((5,)), layers.BatchNormalization(), layers.Dense(1, activation="sigmoid")])
    model.layers[0].set_weights([np.ones(5), np.zeros(5), X.mean(0), X.var(0)])
    model.save(tmp_path / "c.keras")
    table = TABLE.assign(Ueq=(np.median(Y) < Y).astype(int))
    found = explain_model(foreign_model(tmp_path / "c.keras", Source(table), "Ueq"), Source(table))
    assert found.metrics["brier"] == pytest.approx(np.square(said(model, X) - table["Ueq"]).mean(), rel=1e-5)


KINDS = np.where(np.quantile(Y, 0.3) > Y, "low", np.where(np.quantile(Y, 0.7) > Y, "mid", "high"))
"""Classes whose order by size, which models have, is not the sorted one."""


def classifier(path, outputs=3, activation=None, loss=None):
    """A classifier of one Dense layer on normalised columns, with random weights."""
    keras.utils.set_random_seed(5)
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((5,)), layers.BatchNormalization(), layers.Dense(outputs, activation=activation)]
    )
    model.layers[0].set_weights([np.ones(5), np.zeros(5), X.mean(0), X.var(0)])
    if loss is not None:
        model.compile("sgd", loss)
    model.save(path)
    return np.asarray(model(X, training=False), float)


def log_loss(probabilities, names):
    of_row = [list(names).index(kind) for kind in KINDS]
    return -np.log(probabilities[np.arange(len(KINDS)), of_row]).mean()


def softmax(logits):
    e = np.exp(logits - logits.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


@pytest.mark.parametrize("names", [(), ("low", "mid", "high"), ("mid", "high", "low")])
def test_the_stated_order_of_classes_is_that_of_the_outputs(tmp_path, names):
    said = classifier(tmp_path / "c.keras", activation="softmax")
    table = Source(TABLE.assign(Ueq=KINDS))
    model = foreign_model(tmp_path / "c.keras", table, "Ueq", classes=names)
    found = explain_model(model, table)
    assert found.metrics["log_loss"] == pytest.approx(log_loss(said, names or ("high", "low", "mid")), rel=1e-5)
    assert found.confusion.classes == (names or ("high", "low", "mid"))
    assumed = [note for note in found.notes if "in this order: high, low, mid; `classes` states another" in note]
    assert len(assumed) == (not names)


@pytest.mark.parametrize("names", [("low", "mid"), ("low", "mid", "mid"), ("low", "mid", "top")])
def test_classes_that_are_not_those_of_the_target_are_refused(tmp_path, names):
    classifier(tmp_path / "c.keras", activation="softmax")
    with pytest.raises(UsageError, match="the classes of 'Ueq' are high, low, mid"):
        foreign_model(tmp_path / "c.keras", Source(TABLE.assign(Ueq=KINDS)), "Ueq", classes=names)


@pytest.mark.parametrize("told", [True, False])
def test_logits_become_probabilities_and_that_is_said(tmp_path, told):
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True) if told else None
    logits = classifier(tmp_path / "c.keras", loss=loss)
    table = Source(TABLE.assign(Ueq=KINDS))
    found = explain_model(foreign_model(tmp_path / "c.keras", table, "Ueq"), table)
    assert found.metrics["log_loss"] == pytest.approx(log_loss(softmax(logits), ("high", "low", "mid")), rel=1e-5)
    why = "as its file says" if told else "which nothing in its file says"
    assert any(f"taken for logits, {why}: softmax" in note for note in found.notes)


@pytest.mark.parametrize("outputs", [1, 2])
@pytest.mark.parametrize("activation", [None, "probabilities"])
def test_two_classes_have_one_output_or_two(tmp_path, outputs, activation):
    names = {1: "sigmoid", 2: "softmax"}
    said = classifier(tmp_path / "c.keras", outputs, activation and names[outputs])
    if activation is None:
        said = softmax(said) if outputs == 2 else 1 / (1 + np.exp(-said))
    second = np.median(Y) < Y
    table = Source(TABLE.assign(Ueq=np.where(second, "top", "bottom")))
    found = explain_model(foreign_model(tmp_path / "c.keras", table, "Ueq"), table)
    assert found.metrics["brier"] == pytest.approx(np.square(said[:, -1] - second).mean(), rel=1e-5)


def test_a_number_has_no_classes_and_one_output(path, tmp_path):
    with pytest.raises(DataError, match="too many for classes"):
        foreign_model(path, Source(TABLE.assign(Ueq=np.arange(40) / 7)), "Ueq", classes=("a", "b"))
    classifier(tmp_path / "c.keras", activation="softmax")
    with pytest.raises(DataError, match="too many for classes"):
        foreign_model(tmp_path / "c.keras", Source(TABLE), "Ueq")


def test_a_branching_model_that_begins_with_a_normalisation_has_a_gamma(tmp_path, rng):
    keras.utils.set_random_seed(7)
    layers = keras.layers
    inputs = keras.Input((5,))
    norm = layers.BatchNormalization()
    h = norm(inputs)
    wide, deep = layers.Dense(1)(h), layers.Dense(1)(layers.Dense(8, activation="gelu")(h))
    model = keras.Model(inputs, layers.Add()([wide, deep]))
    norm.set_weights([rng.uniform(0.5, 2, 5), rng.normal(size=5), X.mean(0), X.var(0)])
    model.save(tmp_path / "b.keras")
    source = Source(TABLE)
    with pytest.raises(ModelFileError, match="joins layers in a way"):
        foreign_model(tmp_path / "b.keras", source, "Ueq")
    found = explain_model(foreign_model(tmp_path / "b.keras", source, "Ueq", trust=True), source)
    assert found.metrics["mse"] == pytest.approx(np.square(said(model, X) - Y).mean(), rel=1e-4)
    sd = np.sqrt(X.var(0) + 1e-3)
    slopes = np.stack(
        [(said(model, X + 1e-2 * sd * e) - said(model, X - 1e-2 * sd * e)) / 2e-2 for e in np.eye(5)], axis=1
    )
    gammas = [entry.gamma for entry in found.importances]
    assert gammas == pytest.approx(np.sqrt(np.square(slopes).mean(0)), rel=2e-2)


def test_predictions_on_another_scale_are_told(path, model, rng):
    scaled = TABLE.assign(Ueq=1000 + 50 * said(model, X))
    found = explain_model(foreign_model(path, Source(scaled), "Ueq"), Source(scaled))
    assert any("rank correlation 1.00" in note and "transformed" in note for note in found.warnings)
    right = TABLE.assign(Ueq=said(model, X) + rng.normal(size=40) * 0.01)
    found = explain_model(foreign_model(path, Source(right), "Ueq"), Source(right))
    assert not any("transformed" in note for note in found.warnings)


def test_a_model_of_bnfits_own_needs_no_target(tmp_path):
    _, own = fit_table(TABLE, "Ueq", epochs=2, members=1, folds=2, units=2, arm="bn")
    save_model(own, tmp_path / "own.keras")
    with pytest.raises(UsageError, match="says itself"):
        foreign_model(tmp_path / "own.keras", Source(TABLE), "Ueq")
    assert [(n.layer, n.node) for n in node_table(own, Source(TABLE))] == [(1, 1), (1, 2)]


def test_nodes_without_a_normalisation_are_refused():
    _, own = fit_table(TABLE, "Ueq", epochs=2, members=2, folds=2, units=2, arm="bn")
    with pytest.raises(UsageError, match="no hidden layer"):
        node_table(own, Source(TABLE))


def test_the_command(path, tmp_path):
    TABLE.to_csv(tmp_path / "t.csv", index=False)

    def explain(*words):
        return bnfit("explain", path, *words, cwd=tmp_path)

    done = explain("t.csv", "--target", "Ueq", "--show", "nodes", "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert [i["column"] for i in document["importances"]] == COLUMNS
    assert [n["node"] for n in document["nodes"]] == [1, 2, 3, 4, 5, 6]
    text = explain("t.csv", "--target", "Ueq", "--show", "nodes").stdout
    assert "layer 1, node 6" in text
    assert "whether the model was trained on any of them is not known" in text
    for words, message in (
        (("--target", "Ueq"), "--target needs a table"),
        (
            (
                "--show",
                "nodes",
            ),
            "--show nodes needs a table",
        ),
        (("t.csv", "--features", "PP"), "--features goes with --target"),
    ):
        refused = explain(*words)
        assert (refused.returncode, message in refused.stderr) == (2, True)
    assert explain("t.csv").returncode == 3
