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
    text = origin_text(result.origin)
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

    done = explain("t.csv", "--target", "Ueq", "--nodes", "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert [i["column"] for i in document["importances"]] == COLUMNS
    assert [n["node"] for n in document["nodes"]] == [1, 2, 3, 4, 5, 6]
    text = explain("t.csv", "--target", "Ueq", "--nodes").stdout
    assert "layer 1, node 6" in text
    assert "whether the model was trained on any of them is not known" in text
    for words, message in (
        (("--target", "Ueq"), "--target needs a table"),
        (("--nodes",), "--nodes needs a table"),
        (("t.csv", "--features", "PP"), "--features goes with --target"),
    ):
        refused = explain(*words)
        assert (refused.returncode, message in refused.stderr) == (2, True)
    assert explain("t.csv").returncode == 3
