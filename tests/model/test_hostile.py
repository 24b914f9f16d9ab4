"""Model files made to exhaust memory or time: each is refused with a message, soon, in little memory."""

import io
import json
import struct
import time
import tracemalloc
import zipfile

import h5py
import numpy as np
import pytest

from bnfit.errors import ModelFileError
from bnfit.model.archive import MOST_VALUES, read_model, write_model
from bnfit.model.keras_config import MOST_LAYERS
from bnfit.model.zip_members import MOST_ENTRIES
from bnfit.networks.layers import Activation, BatchNorm, Dense, Network

SECONDS, BYTES = 3.0, 500 << 20

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def members(tmp_path_factory):
    """The members of a valid file."""
    rng, ones = np.random.default_rng(0), np.ones(3)
    network = Network(
        (
            BatchNorm(ones, 0 * ones, 0 * ones, ones, 1e-3),
            Dense(rng.normal(size=(3, 4)), np.zeros(4)),
            Activation("tanh"),
            Dense(rng.normal(size=(4, 1)), np.zeros(1)),
        )
    )
    path = tmp_path_factory.mktemp("hostile") / "good.keras"
    write_model(network, {"format": 1}, path)
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def archive_of(members, path, method=zipfile.ZIP_STORED, **methods):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content, methods.get(name.partition(".")[0], method))
    return path


def claim(path, name, size):
    """Let the archive claim another unpacked size of a member, in both of its headers."""
    content = bytearray(path.read_bytes())
    for signature, name_at, size_at in ((b"PK\3\4", 30, 22), (b"PK\1\2", 46, 24)):
        place = content.find(signature)
        while content[place + name_at : place + name_at + len(name)] != name.encode():
            place = content.find(signature, place + 1)
        struct.pack_into("<L", content, place + size_at, size)
    path.write_bytes(content)
    return path


def refused(path, message):
    """Read the file, which must be refused with that message within bounds."""
    tracemalloc.start()
    began = time.perf_counter()
    with pytest.raises(ModelFileError, match=message):
        read_model(path)
    seconds, (_, peak) = time.perf_counter() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert seconds < SECONDS
    assert peak < BYTES


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_only_what_keras_packs_is_unpacked(members, tmp_path, method):
    path = archive_of({**members, "bnfit.json": b" " * (600 << 20)}, tmp_path / "m.keras", bnfit=method)
    refused(claim(path, "bnfit.json", 5_000), "packed in a way that Keras does not write")


def test_a_claimed_size_bounds_what_is_unpacked(members, tmp_path):
    bomb = archive_of({**members, "bnfit.json": b" " * (600 << 20)}, tmp_path / "m.keras", bnfit=zipfile.ZIP_DEFLATED)
    assert bomb.stat().st_size < 2 << 20
    refused(claim(bomb, "bnfit.json", 5_000), "damaged")


def test_entries_are_not_parsed_before_they_are_counted(members, tmp_path):
    path = archive_of({**members, **{f"assets/{k}": "" for k in range(60_000)}}, tmp_path / "m.keras")
    refused(path, "too many members")
    path = archive_of({**members, **{f"assets/{k}": "" for k in range(70_000)}}, tmp_path / "m.keras")
    refused(path, "too many members")
    # fewer said than there are
    content = bytearray(archive_of({**members, **{f"assets/{k}": "" for k in range(9_000)}}, path).read_bytes())
    struct.pack_into("<HH", content, len(content) - 14, 4, 4)
    path.write_bytes(content)
    refused(path, "too many members")


@pytest.mark.parametrize("name", ["../evil", "/evil", "evil.py", "assets/../../evil", "CONFIG.JSON"])
def test_names_that_no_keras_model_has(members, tmp_path, name):
    refused(archive_of({**members, name: "x"}, tmp_path / "m.keras"), "no Keras model has")


def test_assets_and_many_entries_within_the_bound_are_read(members, tmp_path):
    more = {f"assets/{k}": "x" for k in range(MOST_ENTRIES - len(members))}
    assert read_model(archive_of({**members, **more}, tmp_path / "m.keras")).document == {"format": 1}


@pytest.mark.parametrize("value", ["[]", "{}", "0", '"a"', "[[],0]", '{"a":[]}'])
@pytest.mark.parametrize("name", ["bnfit.json", "config.json"])
def test_json_of_many_small_values(members, tmp_path, name, value):
    content = '{"a": [' + ",".join([value] * (8_000_000 // len(value))) + "]}"
    assert content.count(",") > MOST_VALUES / 4
    path = archive_of({**members, name: content[: 16 << 20]}, tmp_path / "m.keras")
    refused(path, "values than bnfit reads|valid JSON|not a Sequential|no object")


def with_layers(members, change):
    config = json.loads(members["config.json"])
    change(config)
    return {**members, "config.json": json.dumps(config)}


def test_many_layers(members, tmp_path):
    def many(config):
        layers = config["config"]["layers"]
        layers[2:2] = [
            {"module": "keras.layers", "class_name": "Dropout", "config": {"name": f"d{k}", "rate": 0.5}}
            for k in range(15_000)
        ]

    refused(archive_of(with_layers(members, many), tmp_path / "m.keras"), f"bnfit reads {MOST_LAYERS:,}")


def sequential(members, columns, layers):
    """A model of these layers, (class name, settings) each, on so many columns."""
    first = {"module": "keras.layers", "class_name": "InputLayer"}
    first["config"] = {"batch_shape": [None, columns], "dtype": "float32", "name": "first"}
    made = [
        {"module": "keras.layers", "class_name": kind, "config": {"name": f"n{k}", "dtype": "float32", **settings}}
        for k, (kind, settings) in enumerate(layers)
    ]
    config = {"module": "keras", "class_name": "Sequential", "config": {"name": "s", "layers": [first, *made]}}
    return {**members, "config.json": json.dumps(config)}


@pytest.mark.parametrize(("columns", "layers"), [(1 << 23, 1), (1 << 23, 12), (1 << 14, 1_000), (1 << 27, 1)])
@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("LayerNormalization", {"axis": -1, "epsilon": 1e-3, "scale": False, "center": False}),
        ("Normalization", {"axis": -1, "mean": 0.0, "variance": 1.0}),
        ("Activation", {"activation": "tanh"}),
    ],
)
def test_claimed_widths_without_weights(members, tmp_path, columns, layers, kind, settings):
    """Layers without weights in the file have the width that the input claims."""
    last = ("Dense", {"units": 1, "activation": "linear", "use_bias": True})
    made = sequential(members, columns, [*[(kind, settings)] * layers, last])
    refused(archive_of(made, tmp_path / "m.keras"), "wider than|needs weights|has no array|damaged")


def test_layers_that_share_an_array(members, tmp_path):
    """Layers hard-linked to one array of 1 MB would be read into 1.5 GB."""
    buffer = io.BytesIO(members["model.weights.h5"])
    with h5py.File(buffer, "a") as file:
        del file["layers"]
        big = file.create_dataset("layers/dense/vars/0", data=np.ones((512, 512), "f4"))
        bias = file.create_dataset("layers/dense/vars/1", data=np.ones(512, "f4"))
        for k in range(1, 1_500):
            group = file.create_group(f"layers/dense_{k}/vars")
            group["0"], group["1"] = big, bias
    dense = ("Dense", {"units": 512, "activation": "linear", "use_bias": True})
    made = {**sequential(members, 512, [dense] * 1_500), "model.weights.h5": buffer.getvalue()}
    refused(archive_of(made, tmp_path / "m.keras"), "shares its weights")


@pytest.mark.parametrize("module", ["keras.evil", "kerasx", "keras.src.saving", "os", "keras.layers"])
def test_models_of_another_module(members, tmp_path, module):
    made = with_layers(members, lambda config: config.update(module=module))
    refused(archive_of(made, tmp_path / "m.keras"), "not a Sequential or Functional")


def test_wide_layers_pass_in_blocks():
    """A norm of a million columns and 200 rows: no more than the bound is held at once."""
    width = 1 << 20
    ones = np.ones(width, np.float32)
    kernel = np.full((width, 1), 1e-6, np.float32)
    network = Network((BatchNorm(ones, 0 * ones, 0 * ones, ones, 0.0), Dense(kernel, np.zeros(1, np.float32))))
    x = np.broadcast_to(np.arange(200.0)[:, None], (200, width))
    tracemalloc.start()
    found = network(x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    np.testing.assert_allclose(found[:, 0], np.arange(200) * width * 1e-6, rtol=1e-3)
    assert peak < BYTES
