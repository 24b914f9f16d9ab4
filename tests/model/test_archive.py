"""Model files: what is written, what stock Keras makes of it, and what the strict reader accepts and refuses."""

import builtins
import errno
import io
import json
import os
import subprocess
import sys
import textwrap
import zipfile
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from odd_values import ODD, nodes
from random_networks import ARMS, far, trained

from bnfit import files as atomic
from bnfit.errors import BnfitError, ModelFileError, UsageError
from bnfit.model import archive as modelfile
from bnfit.model.archive import check_output, read_model, write_model
from bnfit.networks.layers import Activation, BatchNorm, Dense, Normalization

DOCUMENT = {"schema": {"columns": ["β", "a"]}, "metrics": {"mse": 1.5, "r2": None}}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A valid file, its network and rows: not to be changed."""
    path = tmp_path_factory.mktemp("written") / "model.keras"
    network, x = trained()
    write_model(network, DOCUMENT, path)
    return path, network, x


def test_the_saved_model_predicts_alike_with_xla_and_without(written):
    path, network, x = written
    from bnfit.population.backend import tf  # noqa: I001 - before Keras
    import keras

    model = keras.saving.load_model(path)
    expected = network(x)
    for compiled in (True, False):
        found = tf.function(model, jit_compile=compiled)(tf.constant(x, tf.float64)).numpy()
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())
    assert np.ptp(expected) > 0.1


def members_of(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def archive_of(members, path, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.fixture
def altered(written, tmp_path):
    """A copy of the valid file with its configuration changed in place by a function of the layers, by name."""

    def alter(change):
        members = members_of(written[0])
        config = json.loads(members["config.json"])
        change({layer["config"]["name"]: layer for layer in config["config"]["layers"]})
        return archive_of({**members, "config.json": json.dumps(config)}, tmp_path / "altered.keras")

    return alter


# Writing, and reading back


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize("count", [1, 3])
def test_what_is_written_is_read_back_exactly(arm, count, tmp_path):
    for output, outputs in (("linear", 1), ("softmax", 3)):
        network, x = trained(arm, count, output=output, outputs=outputs)
        write_model(network, DOCUMENT, tmp_path / "m.keras", force=True)
        read = read_model(tmp_path / "m.keras")
        assert read.document == DOCUMENT
        assert [type(a) for a in read.network.layers] == [type(a) for a in network.layers]
        for ours, theirs in zip(network.layers, read.network.layers, strict=True):
            for name, value in vars(ours).items():
                np.testing.assert_array_equal(getattr(theirs, name), value)
                assert getattr(value, "dtype", None) == getattr(getattr(theirs, name), "dtype", None)
        assert (read.network(x) == network(x)).all()
        assert network(x).std() > 0.01


STOCK = """
import importlib.abc, json, sys
class Blocked(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "bnfit":
            raise ImportError("bnfit is blocked")
sys.meta_path.insert(0, Blocked())
import numpy as np, keras
for path in sys.argv[1:]:
    model = keras.saving.load_model(path)
    x = np.load(path + ".npy")
    np.save(path + ".out.npy", model(x).numpy())
assert "bnfit" not in sys.modules
"""


@pytest.mark.slow
def test_stock_keras_without_bnfit_computes_the_same(tmp_path):
    expected = {}
    for arm in ARMS:
        for count in (1, 4):
            network, x = trained(arm, count, output="softmax" if count == 4 else "linear", outputs=3)
            path = tmp_path / f"{arm}-{count}.keras"
            write_model(network, DOCUMENT, path)
            np.save(f"{path}.npy", x)
            expected[path] = network(x)
    command = [sys.executable, "-I", "-c", STOCK, *map(str, expected)]
    subprocess.run(command, check=True, cwd=tmp_path, capture_output=True)
    for path, outputs in expected.items():
        assert outputs.std() > 0.01
        assert far(np.load(f"{path}.out.npy"), outputs) < 1e-6


@pytest.mark.slow
def test_the_same_network_gives_the_same_bytes(written, tmp_path):
    path, network, _ = written
    document = {name: DOCUMENT[name] for name in reversed(DOCUMENT)}
    write_model(network, document, tmp_path / "again.keras")
    assert (tmp_path / "again.keras").read_bytes() == path.read_bytes()
    script = f"""
        import sys; sys.path[:0] = {[str(Path(__file__).parents[1]), str(Path(modelfile.__file__).parents[2])]}
        from random_networks import trained
        from bnfit.model.archive import write_model
        write_model(trained()[0], {DOCUMENT!r}, "elsewhere.keras")"""
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True, cwd=tmp_path, capture_output=True)
    assert (tmp_path / "elsewhere.keras").read_bytes() == path.read_bytes()
    write_model(trained(seed=2)[0], DOCUMENT, tmp_path / "other.keras")
    assert (tmp_path / "other.keras").read_bytes() != path.read_bytes()


def test_the_archive_is_keras_own_with_one_more_member(written):
    members = members_of(written[0])
    assert list(members) == ["metadata.json", "config.json", "model.weights.h5", "bnfit.json"]
    assert json.loads(members["bnfit.json"]) == DOCUMENT
    assert json.loads(members["metadata.json"])["date_saved"] == "1980-01-01@00:00:00"


def test_numbers_that_are_not_finite_are_not_written(tmp_path):
    network, _ = trained()
    with pytest.raises(ValueError, match="JSON compliant"):
        write_model(network, {"mse": float("nan")}, tmp_path / "m.keras")
    broken = replace(network.layers[1], bias=network.layers[1].bias * np.nan)
    with pytest.raises(BnfitError, match="not finite"):
        write_model(replace(network, layers=(network.layers[0], broken, *network.layers[2:])), {}, tmp_path / "m.keras")
    assert list(tmp_path.iterdir()) == []


# The target


def test_an_existing_file_is_replaced_only_by_force(written, tmp_path):
    path = tmp_path / "m.keras"
    path.write_text("precious")
    for attempt in (lambda: check_output(path), lambda: write_model(written[1], {}, path)):
        with pytest.raises(UsageError, match="exists") as caught:
            attempt()
        assert caught.value.exit_code == 2
        assert "`force=True`" in caught.value.hint
    assert path.read_text() == "precious"
    check_output(path, force=True)
    write_model(written[1], {}, path, force=True)
    assert read_model(path).document == {}
    assert [p.name for p in tmp_path.iterdir()] == ["m.keras"]


def test_a_file_that_appears_meanwhile_is_kept(written, tmp_path, monkeypatch):
    path = tmp_path / "m.keras"
    sync = os.fsync

    def intrude(descriptor):
        path.write_text("theirs")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", intrude)
    with pytest.raises(UsageError, match="exists"):
        write_model(written[1], {}, path)
    monkeypatch.setattr(os, "link", refuse(OSError(errno.EPERM, "no hard links here")))
    with pytest.raises(UsageError, match="exists"):
        write_model(written[1], {}, path)
    assert path.read_text() == "theirs"
    assert [p.name for p in tmp_path.iterdir()] == ["m.keras"]


def refuse(error):
    def function(*_args, **_options):
        raise error

    return function


def test_a_file_system_without_hard_links(written, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "link", refuse(OSError(errno.EPERM, "no hard links here")))
    write_model(written[1], DOCUMENT, tmp_path / "m.keras")
    assert (tmp_path / "m.keras").read_bytes() == written[0].read_bytes()


@pytest.mark.parametrize("step", ["fsync", "link", "replace"])
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_nothing_is_left_after_a_failure(step, error, written, tmp_path, monkeypatch):
    path = tmp_path / "m.keras"
    force = step == "replace"
    if force:
        path.write_text("old")
    monkeypatch.setattr(os, step, refuse(error))
    with pytest.raises(KeyboardInterrupt if isinstance(error, KeyboardInterrupt) else BnfitError) as caught:
        write_model(written[1], {}, path, force=force)
    if isinstance(error, OSError):
        assert str(caught.value) == f"cannot write '{path}': no space left on device"
    assert [p.read_text() for p in tmp_path.iterdir()] == (["old"] if force else [])


def test_targets_that_cannot_be_written(tmp_path):
    (tmp_path / "models").mkdir()
    (tmp_path / "folder.keras").mkdir()
    os.mkfifo(tmp_path / "pipe.keras")
    cases = {
        "modles/m.keras": "there is no folder",
        "m.h5": "must end in .keras",
        "models": "is a folder",
        "folder.keras": "is a folder",
        "pipe.keras": "is not a regular file",
        "x" * 300 + ".keras": "name too long",
        "nul\0.keras": "null",
    }
    for name, said in cases.items():
        for force in (False, True):
            with pytest.raises(UsageError, match=said) as caught:
                check_output(tmp_path / name, force=force)
            assert str(caught.value).count("\n") <= 1
    with pytest.raises(UsageError, match="folder") as caught:
        check_output(tmp_path / "modles" / "m.keras")
    assert "models" in caught.value.hint


def test_a_folder_without_permission(tmp_path, monkeypatch):
    monkeypatch.setattr(atomic.os, "access", lambda *_: False)  # root may write anywhere
    with pytest.raises(UsageError, match="no permission"):
        check_output(tmp_path / "m.keras")


def test_a_link_is_followed_and_permissions_are_the_usual(written, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "m.keras").symlink_to(tmp_path / "real" / "m.keras")
    write_model(written[1], DOCUMENT, tmp_path / "m.keras")
    assert (tmp_path / "m.keras").is_symlink()
    assert (tmp_path / "real" / "m.keras").read_bytes() == written[0].read_bytes()
    (tmp_path / "plain").touch()
    assert (tmp_path / "real" / "m.keras").stat().st_mode == (tmp_path / "plain").stat().st_mode


# Files of plain Keras


def keras_files():
    """Models that people make with plain Keras, by name."""
    from keras import Input, Model, Sequential, layers

    adapted = layers.Normalization()
    adapted.adapt(np.random.default_rng(0).normal(3, 2, size=(50, 3)))
    inputs = Input((3,), dtype="float64")
    hidden = layers.Dense(4, use_bias=False)(layers.BatchNormalization(dtype="float64", scale=False)(inputs))
    members = layers.EinsumDense("bmi,mio->bmo", (2, 1), activation="tanh")(layers.Reshape((2, 2))(hidden))
    batch, dense, activation = layers.BatchNormalization, layers.Dense, layers.Activation
    return (
        {
            "paper": [batch(), dense(6, activation="tanh"), batch(), activation("relu"), dense(1)],
            "adapted": [adapted, dense(2, activation="softmax")],
            "given": [layers.Normalization(mean=[1.1, 2.2, 3.3], variance=[4.4, 5.5, 6.6]), dense(1)],
            "scalar": [layers.Normalization(mean=1.1, variance=4.4), dense(1)],
            "given64": [
                layers.Normalization(mean=[1.1, 2.2, 3.3], variance=[4.4, 5.5, 6.6], dtype="float64"),
                dense(1),
            ],
            "dropout": [
                dense(8, activation="silu"),
                layers.Dropout(0.5),
                batch(center=False),
                dense(2, activation="sigmoid"),
            ],
            "functional": Model(inputs, layers.GlobalAveragePooling1D()(members)),
        }
        | {"compiled": [dense(3, activation="selu"), dense(1)]},
        Sequential,
        Input,
    )


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """Paths of files that plain Keras wrote, with the outputs of the loaded model on rows."""
    import keras

    folder, rng = tmp_path_factory.mktemp("plain"), np.random.default_rng(3)
    x = rng.normal(1, 2, size=(30, 3))
    files, sequential, entry = keras_files()
    found = {}
    for name, model in files.items():
        model = sequential([entry((3,)), *model]) if isinstance(model, list) else model
        for layer in model.layers:  # weights that differ from where layers start
            if layer.name.startswith(("batch", "dense", "einsum")):
                layer.set_weights(
                    [
                        rng.uniform(0.5, 1.5, w.shape) * rng.choice([1, 1, -1]) ** (w.ndim > 1)
                        for w in layer.get_weights()
                    ]
                )
        if name == "compiled":
            model.compile("adam", "mse")
            model.fit(x, x[:, :1], verbose=0)
        model.save(folder / f"{name}.keras")
        found[name] = folder / f"{name}.keras", keras.saving.load_model(folder / f"{name}.keras")(x).numpy()
    return found, x


@pytest.mark.parametrize(
    "name", ["paper", "adapted", "given", "scalar", "given64", "dropout", "functional", "compiled"]
)
def test_files_of_plain_keras(name, plain):
    found, x = plain
    path, expected = found[name]
    read = read_model(path)
    assert read.document == {}
    assert expected.std() > 0.01
    assert far(read.network(x), expected) < 1e-6


def test_the_layers_of_a_plain_file(plain):
    read = read_model(plain[0]["paper"][0]).network
    assert [type(layer) for layer in read.layers] == [BatchNorm, Dense, Activation, BatchNorm, Activation, Dense]
    assert read.layers[0].mean.dtype == np.float32
    assert isinstance(read_model(plain[0]["adapted"][0]).network.layers[0], Normalization)


def test_statistics_given_to_the_constructor_are_rounded_as_keras_rounds_them(plain):
    import keras

    path = plain[0]["given64"][0]
    ours, theirs = read_model(path).network.layers[0], keras.saving.load_model(path).layers[0]
    assert ours.mean.dtype == np.float64
    np.testing.assert_array_equal(ours.mean, np.ravel(theirs.mean))
    assert ours.mean[0] != 1.1


def test_reading_imports_neither_keras_nor_pandas(written):
    script = """
        import sys
        from bnfit.model.archive import read_model
        read_model(sys.argv[1])
        assert not {"keras", "tensorflow", "pandas"} & set(sys.modules)"""
    root = Path(modelfile.__file__).parents[2]
    subprocess.run([sys.executable, "-c", textwrap.dedent(script), str(written[0])], check=True, cwd=root)


# Files that are refused


def refused(path, said, **options):
    with pytest.raises(ModelFileError, match=said) as caught:
        read_model(path, **options)
    assert caught.value.exit_code == 3
    assert str(caught.value).count("\n") <= 1
    assert repr(str(path))[1:-1] in str(caught.value)
    return caught.value


def test_no_model_at_all(written, tmp_path):
    path = tmp_path / "m.keras"
    path.write_text("a,b\n1,2\n")
    refused(path, "this is no Keras model")
    path.write_bytes(b"")
    refused(path, "this is no Keras model")
    refused(archive_of({"a.txt": "a"}, path), "it has no config.json")
    members = members_of(written[0])
    refused(archive_of({"config.json": members["config.json"]}, path), "it has no model.weights.h5")
    path.write_bytes(written[0].read_bytes()[:-200])
    refused(path, "damaged or incomplete")
    path.write_bytes(written[0].read_bytes()[:10])
    refused(path, "damaged or incomplete")
    refused(tmp_path, "is a folder")
    os.mkfifo(tmp_path / "pipe")
    refused(tmp_path / "pipe", "not a regular file")
    assert "m.keras" in refused(tmp_path / "n.keras", "no such file").hint
    refused(tmp_path / "nowhere" / "m.keras", "no such file")
    with pytest.raises(ModelFileError, match="cannot read"):
        read_model("nul\0")


def test_a_file_without_permission(written, monkeypatch):
    monkeypatch.setattr(builtins, "open", refuse(PermissionError(errno.EACCES, "Permission denied")))
    refused(written[0], "Permission denied")


@pytest.mark.parametrize(
    ("layer", "change", "said"),
    [
        ("activation_1", {"class_name": "Lambda"}, "layer 'Lambda' is not on the list of layers that bnfit reads"),
        ("dense_2", {"registered_name": "my>Dense"}, "layer 'EinsumDense' is not on the list"),
        ("dense_2", {"module": "os"}, "is not on the list"),
        ("dense_2", {"inbound_nodes": []}, "does not follow the layer before it"),
        ("dense_1", {"class_name": 3}, "a layer without name"),
        ("dense_1", {"config": None}, "a layer without configuration"),
    ],
)
def test_layers_that_are_not_read(layer, change, said, altered):
    def alter(layers):
        if "config" in change:
            layers[layer]["config"] = None
        layers[layer].update(change)

    error = refused(altered(alter), said)
    if "list" in said:
        assert "`trust_model=True` loads it with Keras" in error.hint


@pytest.mark.parametrize(
    ("layer", "settings", "said"),
    [
        ("dense_1", {"units": 13}, "needs weights of shape .4, 13., but the file holds float32 .4, 12."),
        ("dense_1", {"units": -1}, "no usable units"),
        ("dense_1", {"units": True}, "no usable units"),
        ("dense_1", {"units": 10**12}, "more than bnfit reads"),
        ("dense_1", {"activation": "gelu"}, "has activation 'gelu'; bnfit reads linear, relu"),
        ("dense_1", {"activation": {"module": "os", "class_name": "system"}}, "has activation"),
        ("dense_1", {"activation": "softplus\n\x1b[31m" * 100}, r"softplus\\n\\x1b"),
        ("dense_1", {"dtype": "bfloat16"}, "bfloat16"),
        ("dense_1", {"use_bias": "yes"}, "has use_bias 'yes'"),
        ("dense_2", {"equation": "bmi,mio->bm"}, "has equation"),
        ("dense_2", {"output_shape": [4, 3]}, "makes .4, 3. from .3, 4."),
        ("dense_2", {"output_shape": None}, "no usable output_shape"),
        ("members", {"target_shape": [5, 5]}, "makes .5, 5. from"),
        ("members", {"target_shape": "x"}, "no usable target_shape"),
        ("average", {"keepdims": True}, "has keepdims True"),
        ("input_normalization", {"epsilon": "1"}, "has epsilon '1'"),
        ("input_normalization", {"axis": 0}, "has axis 0"),
        ("columns", {"batch_shape": [None, 3, 3]}, "does not take one table"),
        ("columns", {"batch_shape": [None, 0]}, "no usable batch_shape"),
        ("columns", {"dtype": "string"}, "dtype 'string'"),
    ],
)
def test_settings_that_are_not_read(layer, settings, said, altered):
    refused(altered(lambda layers: layers[layer]["config"].update(settings)), said)


def change_weights(members, change):
    buffer = io.BytesIO(members["model.weights.h5"])
    with h5py.File(buffer, "r+") as file:
        change(file)
    return {**members, "model.weights.h5": buffer.getvalue()}


KERNEL = "layers/dense/vars/0"


def replaced(data, **options):
    def change(file):
        del file[KERNEL]
        file.create_dataset(KERNEL, data=data, **options)

    return change


def linked(link):
    def change(file):
        del file[KERNEL]
        file[KERNEL] = link

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda file: file[KERNEL].write_direct(np.full((4, 12), np.inf, "f4")), "not finite"),
        (lambda file: file["layers/batch_normalization/vars/3"].write_direct(np.zeros(4) - 1), "not positive"),
        (lambda file: file.pop("layers/dense"), "has no array layers/dense/vars/0"),
        (replaced(np.zeros((4, 12), "i4")), "but the file holds int32"),
        (replaced(np.zeros((4, 13), "f4")), "but the file holds float32 .4, 13."),
        (replaced(np.zeros((4, 12), "f4"), compression="gzip"), "plain arrays"),
        (replaced(None, shape=(4, 12), dtype="f4", external=[("/etc/passwd", 0, 192)]), "plain arrays"),
        (linked(h5py.ExternalLink("other.h5", "x")), "has no array"),
        (linked(h5py.SoftLink("/layers/einsum_dense/vars/0")), "has no array"),
    ],
)
def test_weights_that_are_not_read(change, said, written, tmp_path):
    members = change_weights(members_of(written[0]), change)
    refused(archive_of(members, tmp_path / "m.keras"), said)


def test_archives_that_are_not_read(written, tmp_path):
    members, path = members_of(written[0]), tmp_path / "m.keras"
    bomb = {**members, "bnfit.json": b" " * (8 << 20) + b"{}"}
    refused(archive_of(bomb, path, zipfile.ZIP_DEFLATED), "bnfit.json unpacks to 8,388,610 bytes")
    refused(archive_of({**members, "config.json": b" " * (17 << 20)}, path), "config.json unpacks to")
    refused(archive_of({**members, "config.json": "[" * 100_000}, path), "config.json in the archive is not valid JSON")
    refused(archive_of({**members, "config.json": "[]"}, path), "not a Sequential or Functional model")
    refused(archive_of({**members, "bnfit.json": "[1]"}, path), "holds no object")
    refused(archive_of({**members, "bnfit.json": '{"mse": NaN}'}, path), "bnfit.json in the archive is not valid JSON")
    refused(archive_of({**members, "model.weights.h5": "no"}, path), "weights in the archive are damaged")
    refused(archive_of({**members, **{str(i): "" for i in range(1001)}}, path), "too many members")
    archive_of(members, path)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("config.json", "{}")
    refused(path, "two of one name")
    read_model(archive_of(members, path, zipfile.ZIP_DEFLATED))


@pytest.mark.parametrize("count", [600, pytest.param(4_000, marks=pytest.mark.torture)])
def test_damaged_files_never_do_anything_else(written, tmp_path, count, tally):
    """Random bytes changed anywhere in the archive, or in one member with its checksum made right."""
    rng, path = np.random.default_rng(count), tmp_path / "m.keras"
    whole, members, outcomes = written[0].read_bytes(), members_of(written[0]), {"read": 0, "refused": 0}
    for i in range(count):
        part = (None, "model.weights.h5", "config.json", "bnfit.json")[i % 4]
        content = bytearray(members[part] if part else whole)
        for at in rng.integers(len(content), size=rng.choice([1, 3, 30])):
            content[at] = rng.integers(256)
        if rng.random() < 0.1:
            del content[rng.integers(len(content)) :]
        if part:
            archive_of({**members, part: bytes(content)}, path)
        else:
            path.write_bytes(content)
        try:
            network = read_model(path).network
        except ModelFileError:
            outcomes["refused"] += 1
        else:
            outcomes["read"] += 1
            with np.errstate(all="ignore"):
                assert network(np.ones((2, network.layers[0].mean.size))).ndim == 2
    assert min(outcomes.values()) > 50
    tally("mutants tried", count)


@pytest.mark.parametrize("tried", [600, pytest.param(2_000, marks=pytest.mark.torture)])
def test_settings_of_any_type_never_do_anything_else(written, tmp_path, tried, tally):
    members, path, outcomes = members_of(written[0]), tmp_path / "m.keras", {"read": 0, "refused": 0}
    rng, count = np.random.default_rng(tried), len(list(nodes(json.loads(members["config.json"]))))
    tally("mutants tried", tried)
    for _ in range(tried):
        config = json.loads(members["config.json"])
        container, key = list(nodes(config))[rng.integers(count)]
        container[key] = ODD[rng.integers(len(ODD))]
        archive_of({**members, "config.json": json.dumps(config)}, path)
        try:
            read_model(path)
            outcomes["read"] += 1
        except ModelFileError:
            outcomes["refused"] += 1
    assert min(outcomes.values()) > 50


# Files that are trusted


def test_other_files_are_read_when_trusted(tmp_path):
    from keras import Input, Model, Sequential, layers, ops

    x = np.random.default_rng(7).normal(size=(20, 3))
    entry = Input((3,))
    wide = layers.Concatenate()([entry, layers.Dense(2)(entry)])
    models = {
        "chain.h5": Sequential([Input((3,)), layers.BatchNormalization(), layers.Dense(4, "tanh"), layers.Dense(1)]),
        "gelu.keras": Sequential([Input((3,)), layers.BatchNormalization(), layers.Dense(4, "gelu"), layers.Dense(1)]),
        "lambda.keras": Sequential([Input((3,)), layers.Lambda(lambda z: z * z), layers.Dense(2, "tanh")]),
        "branch.keras": Model(entry, layers.Dense(1, "tanh")(wide)),
    }
    for name, model in models.items():
        model.save(tmp_path / name)
        assert "`trust_model=True`" in refused(tmp_path / name, "layer|HDF5").hint
        network = read_model(tmp_path / name, trust=True).network
        expected = np.asarray(model(ops.convert_to_tensor(x, "float32")))
        assert far(network(x), expected) < 1e-5
        step = 1e-2 * np.eye(3)[1]
        numeric = (network(x + step) - network(x - step)) / 2e-2
        np.testing.assert_allclose(network.jacobian(x, 0)[:, :, 1], numeric, rtol=0.02, atol=1e-3)
        if name in ("chain.h5", "gelu.keras"):
            assert isinstance(network.layers[0], BatchNorm)


def test_trust_does_not_help_what_is_damaged(written, tmp_path):
    path = tmp_path / "m.keras"
    path.write_bytes(written[0].read_bytes()[:-200])
    refused(path, "damaged or incomplete", trust=True)
    (tmp_path / "m.h5").write_bytes(b"\x89HDF\r\n\x1a\n nothing more")
    refused(tmp_path / "m.h5", "Keras cannot load it", trust=True)
    assert read_model(written[0], trust=True).document == DOCUMENT
