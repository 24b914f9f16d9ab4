"""Model files that a stranger might send: `hostile_models(folder)` writes them, each made to do harm in its own way.

Families: names that are not Keras' own; the ways of published advisories on Keras' loader; zip archives, HDF5 files and
JSON made to exhaust memory or time, to reach outside or to lie; graphs of layers; metadata that contradict the network.
"""

import base64
import io
import itertools
import json
import marshal
import struct
import zipfile
from pathlib import Path

import h5py
import numpy as np

from bnfit.model.archive import write_model
from bnfit.model.metadata import Metadata, to_document
from bnfit.networks.layers import Activation, BatchNorm, Dense, Network
from bnfit.schema.schema import Schema
from bnfit.schema.types import Column

CONFIG, WEIGHTS, DOCUMENT = "config.json", "model.weights.h5", "bnfit.json"
FOREIGN = (
    ("os", "system", None),
    ("keras.evil", "Evil", None),
    ("keras.utils", "get_file", None),
    ("keras.initializers", "Evil", None),
    ("keras.layers", "Dense", "stranger>Evil"),
)


def valid_members(folder):
    """The members of a valid file with a schema of three columns, as JSON values where they are JSON."""
    ones = np.ones(3)
    draws = np.random.default_rng(0)
    network = Network(
        (
            BatchNorm(ones, 0 * ones, 0 * ones, ones, 1e-3),
            Dense(draws.normal(size=(3, 4)), np.zeros(4)),
            Activation("tanh"),
            Dense(draws.normal(size=(4, 1)), np.zeros(1)),
        )
    )
    path = folder / "valid.keras"
    write_model(network, document(), path)
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def document():
    """The metadata of a model of three columns."""
    columns = [Column(name, "number", "input", fill=(0.0,)) for name in "abc"]
    schema = Schema((*columns, Column("y", "number", "target")), "regression", (), ())
    return to_document(Metadata(means=(0.0, 0.0, 0.0)), schema)


def hostile_models(folder):
    """Write the files into a folder, and yield their names."""
    folder = Path(folder)
    members = valid_members(folder)
    makers = (names, advisories, archives, hdf5_files, documents, graphs, metadata)
    for number, (what, content) in enumerate(itertools.chain(*(maker(members) for maker in makers))):
        path = folder / f"{number:03}_{what}.keras"
        path.write_bytes(content if isinstance(content, bytes) else packed(content))
        yield path.name


def packed(members, method=zipfile.ZIP_STORED, **methods):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            content = content if isinstance(content, bytes | str) else json.dumps(content)
            archive.writestr(name, content, methods.get(name.partition(".")[0], method))
    return buffer.getvalue()


def changed(members, change, name=CONFIG):
    """The members with a change made to the parsed JSON of one."""
    value = json.loads(members[name])
    found = change(value)
    return {**members, name: json.dumps(value if found is None else found)}


def layer(config, kind, number=0):
    return [entry for entry in config["config"]["layers"] if entry["class_name"] == kind][number]


def thing(module, name, registered):
    return {"module": module, "class_name": name, "config": {"command": "touch canary"}, "registered_name": registered}


def names(members):
    """What is not Keras' own, in each place where Keras would look a name up."""

    def setting(kind, key):
        return lambda config, value: layer(config, kind)["config"].update({key: value})

    def compiled(key):
        usual = {"optimizer": "adam", "loss": "mse"}
        return lambda config, value: config.update(compile_config={**usual, key: value})

    places = {
        "kernel_initializer": setting("Dense", "kernel_initializer"),
        "bias_initializer": setting("Dense", "bias_initializer"),
        "kernel_regularizer": setting("Dense", "kernel_regularizer"),
        "kernel_constraint": setting("Dense", "kernel_constraint"),
        "activity_regularizer": setting("Dense", "activity_regularizer"),
        "gamma_initializer": setting("BatchNormalization", "gamma_initializer"),
        "moving_mean_initializer": setting("BatchNormalization", "moving_mean_initializer"),
        "optimizer": compiled("optimizer"),
        "loss": compiled("loss"),
        "metrics": lambda config, value: compiled("metrics")(config, [value]),
        "learning_rate": lambda config, value: compiled("optimizer")(
            config, {**thing("keras.optimizers", "Adam", None), "config": {"learning_rate": value}}
        ),
        "build_config": lambda config, value: config.update(build_config={"input_shape": value}),
    }
    for (place, put), (module, name, registered) in itertools.product(places.items(), FOREIGN):
        foreign = thing(module, name, registered)
        yield f"{place}_{module}_{name}", changed(members, lambda c, put=put, v=foreign: put(c, v))
    for module in ("keras.evil", "kerasx", "os", "keras.src.saving", "builtins", ""):
        yield f"model_{module}", changed(members, lambda c, m=module: c.update(module=m))
        yield f"layer_{module}", changed(members, lambda c, m=module: layer(c, "Dense").update(module=m))
    yield "registered_model", changed(members, lambda c: c.update(registered_name="stranger>Model"))
    yield "registered_layer", changed(members, lambda c: layer(c, "Dense").update(registered_name="stranger>Dense"))
    yield "subclass", changed(members, lambda c: c.update(class_name="Evil"))


def payload():
    """A function as Keras packs it: marshalled byte code that touches the canary."""
    code = compile("open('canary', 'a').write('ran')", "<stranger>", "exec")
    return base64.b64encode(marshal.dumps(code)).decode()


def function(module, name):
    return {"module": module, "class_name": "function", "config": name, "registered_name": "function"}


def advisories(members):
    """The ways of the published advisories."""
    byte_code = {"class_name": "__lambda__", "config": {"code": payload(), "defaults": None, "closure": None}}

    def instead(kind, module="keras.layers", **settings):
        """The activation layer replaced by another one."""

        def put(config):
            entry = layer(config, "Activation")
            entry.update(class_name=kind, module=module)
            entry["config"] = {"name": entry["config"]["name"], "dtype": "float32", **settings}

        return changed(members, put)

    yield "cve_2024_3660_lambda", instead("Lambda", function=byte_code, arguments={})
    yield "cve_2024_3660_old_lambda", instead("Lambda", function=[payload(), None, None], function_type="lambda")
    yield "cve_2026_12481_lambda_safe_mode", instead("Lambda", function=byte_code, safe_mode=None)
    yield "cve_2025_1550_function", instead("Lambda", function=function("os", "system"), arguments={"command": "id"})
    yield "cve_2025_1550_class", instead("Popen", module="subprocess", args=["touch", "canary"])
    yield "cve_2025_8747_get_file", instead("Lambda", function=function("keras.utils", "get_file"))
    yield (
        "cve_2025_9906_unsafe",
        instead("Lambda", function=function("keras.config", "enable_unsafe_deserialization"), arguments={}),
    )
    yield "cve_2025_9906_load_model", instead("Lambda", function=function("keras.models", "load_model"))
    for place in ("/etc/passwd", "canary", "http://127.0.0.1:1/evil", "file:///etc/passwd"):
        yield "cve_2025_12058_vocabulary", instead("StringLookup", vocabulary=place)
        yield "cve_2025_12058_integers", instead("IntegerLookup", vocabulary=place)
        yield "cve_2026_1462_saved_model", instead("TFSMLayer", filepath=place, call_endpoint="serve")
    for name in ("get_file", "extract_open_archive", "unpack_x_y_sample_weight"):
        yield "cve_2025_12060_archive", instead("Lambda", function=function("keras.src.utils.file_utils", name))
        yield "cve_2025_12638_tar", instead("Lambda", function=function("keras.utils", name), arguments={"untar": True})
    yield "cve_2025_49655_torch", instead("TorchModuleWrapper", module=payload(), output_shape=[1])
    for name in ("../../canary", "/tmp/canary", "..", "a/b", "..\\canary", "nul\0name", "line\nbreak"):
        yield "cve_2026_12479_name", changed(members, lambda c, n=name: renamed(c, n))
    yield "cve_2026_1669_external", with_array(members, external)
    yield "cve_2026_0897_claimed_shape", with_array(members, claimed)
    yield "cve_2025_9905_h5", old_h5(byte_code)


def renamed(config, name):
    """Give a layer another name, wherever it stands."""
    old = layer(config, "Activation")["config"]["name"]
    text = json.dumps(config).replace(json.dumps(old), json.dumps(name))
    config.clear()
    config.update(json.loads(text))


def old_h5(byte_code):
    buffer = io.BytesIO()
    layers = [{"class_name": "Lambda", "config": {"name": "l", "function": byte_code, "function_type": "lambda"}}]
    with h5py.File(buffer, "w") as file:
        file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": {"name": "s", "layers": layers}})
        file.create_group("model_weights")
    return buffer.getvalue()


def with_array(members, put, where="layers/dense/vars/0"):
    """The members with the first kernel replaced in the weights' file by what `put(file, path)` makes."""
    buffer = io.BytesIO(members[WEIGHTS])
    with h5py.File(buffer, "a") as file:
        del file[where]
        put(file, where)
    return {**members, WEIGHTS: buffer.getvalue()}


def external(file, where):
    file.create_dataset(where, (3, 4), "f4", external=[("canary", 0, 48)])


def claimed(file, where):
    file.create_dataset(where, (1 << 40,), "f4", chunks=(1 << 20,))


def zip_with(members, change):
    content = bytearray(packed(members))
    change(content)
    return bytes(content)


def archives(members):
    """Archives that lie, are too large, or hold what no model has."""
    for name in (
        "../canary",
        "/tmp/canary",
        "a/../../canary",
        "canary.py",
        "CONFIG.JSON",
        "assets/../../canary",
        "x\\y",
    ):
        yield "member_name", {**members, name: "x"}
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, zipfile.ZIP_DEFLATED):
        for name in (CONFIG, DOCUMENT):
            bomb = {**members, name: b" " * (200 << 20)}
            yield f"bomb_{method}", packed(bomb, **{name.partition(".")[0]: method})
    yield "many_members", {**members, **{f"assets/{k}": "" for k in range(40_000)}}
    for missing in (CONFIG, WEIGHTS):
        yield "missing", {name: content for name, content in members.items() if name != missing}
    whole = packed(members)
    for part in range(1, 10):
        yield "cut", whole[: len(whole) * part // 10]
    yield "two_of_one_name", twice(members)
    yield "empty", packed({})
    yield "encrypted", zip_with(members, lambda content: flagged(content, 1))
    yield "text", b"PK is how a text may begin"
    yield "pickle", b"\x80\x04cos\nsystem\n(S'touch canary'\ntR."
    for offset in (10, 12, 16):
        yield "end_of_directory", zip_with(members, lambda content, o=offset: end_changed(content, o))


def twice(members):
    buffer = io.BytesIO(packed(members))
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.fp.seek(0, 2)
        entry = zipfile.ZipInfo(CONFIG)
        archive.NameToInfo.pop(CONFIG)
        archive.writestr(entry, "{}")
    return buffer.getvalue()


def flagged(content, flag):
    for signature, place in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        found = content.find(signature)
        while found >= 0:
            content[found + place] |= flag
            found = content.find(signature, found + 1)


def end_changed(content, offset):
    end = content.rfind(b"PK\5\6")
    struct.pack_into("<H", content, end + offset, 0xFFF0)


def hdf5_files(members):
    """Weights that are elsewhere, larger than they look, or no numbers."""
    ways = {
        "soft_link": lambda file, where: file.__setitem__(where, h5py.SoftLink("/layers/dense_1/vars/0")),
        "external_link": lambda file, where: file.__setitem__(where, h5py.ExternalLink("canary", "/a")),
        "virtual": virtual,
        "chunked": lambda file, where: file.create_dataset(where, (3, 4), "f4", chunks=(1, 1)),
        "packed": lambda file, where: file.create_dataset(where, (3, 4), "f4", compression="gzip"),
        "unwritten": lambda file, where: file.create_dataset(where, (3, 4), "f4"),
        "nan": lambda file, where: file.create_dataset(where, data=np.full((3, 4), np.nan, "f4")),
        "infinite": lambda file, where: file.create_dataset(where, data=np.full((3, 4), np.inf, "f4")),
        "texts": lambda file, where: file.create_dataset(where, (3, 4), h5py.string_dtype()),
        "references": lambda file, where: file.create_dataset(where, (3, 4), h5py.ref_dtype),
        "compound": lambda file, where: file.create_dataset(where, (3, 4), np.dtype([("a", "f4"), ("b", "f8")])),
        "whole_numbers": lambda file, where: file.create_dataset(where, data=np.ones((3, 4), "i8")),
        "half": lambda file, where: file.create_dataset(where, data=np.ones((3, 4), "f2")),
        "scalar": lambda file, where: file.create_dataset(where, data=1.0),
        "other_shape": lambda file, where: file.create_dataset(where, data=np.ones((4, 3), "f4")),
        "huge": lambda file, where: file.create_dataset(where, (1 << 30, 1 << 30), "f4"),
        "group": lambda file, where: file.create_group(where),
        "nothing": lambda _file, _where: None,
        "circle": lambda file, where: file.__setitem__(where, file["layers"]),
        "shared": lambda file, where: file.__setitem__(where, file["layers/dense_1/vars/0"]),
    }
    for what, put in ways.items():
        yield f"hdf5_{what}", with_array(members, put)
    content = members[WEIGHTS]
    for part in range(1, 8):
        yield "hdf5_cut", {**members, WEIGHTS: content[: len(content) * part // 8]}
    yield "hdf5_text", {**members, WEIGHTS: b"no HDF5"}


def virtual(file, where):
    layout = h5py.VirtualLayout((3, 4), "f4")
    layout[:] = h5py.VirtualSource("canary", "a", (3, 4))
    file.create_virtual_dataset(where, layout)


def documents(members):
    """JSON that takes memory or time, or is none."""
    contents = {
        "deep": b"[" * 100_000 + b"]" * 100_000,
        "deep_objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
        "many": b"[" + b"{}," * 3_000_000 + b"0]",
        "huge_text": b'{"a": "' + b"x" * (60 << 20) + b'"}',
        "nan": b'{"means": [NaN]}',
        "infinity": b'{"format": Infinity}',
        "digits": b'{"format": ' + b"9" * 200_000 + b"}",
        "latin_1": b'{"a": "\xff"}',
        "utf_16": json.dumps({"a": 1}).encode("utf-16"),
        "nul": b"\0" * 1000,
        "list": b"[1, 2]",
        "text": b'"config"',
        "nothing": b"",
        "half": b'{"format": 1, "sch',
    }
    for (what, content), name in itertools.product(contents.items(), (CONFIG, DOCUMENT)):
        if (what, name) != ("huge_text", CONFIG):
            yield f"json_{what}", {**members, name: content}


def entry(kind, name, sources=(), **settings):
    """A layer of a Functional model."""
    tensors = [{"class_name": "__keras_tensor__", "config": {"keras_history": [s, 0, 0]}} for s in sources]
    nodes = [{"args": tensors if len(tensors) == 1 else [tensors], "kwargs": {}}] if sources else []
    settings = {"name": name, "dtype": "float32", **settings}
    return {"module": "keras.layers", "class_name": kind, "config": settings, "inbound_nodes": nodes, "name": name}


def functional(members, entries, last):
    inner = {"name": "m", "layers": entries, "input_layers": [["i", 0, 0]], "output_layers": [[last, 0, 0]]}
    return {**members, CONFIG: {"module": "keras", "class_name": "Functional", "config": inner}}


def graphs(members):
    """Layers in circles, in great numbers, or of great width."""

    def first(columns=3, **more):
        return entry("InputLayer", "i", batch_shape=[None, columns], **more)

    def act(name, *sources):
        return entry("Activation", name, sources, activation="tanh")

    def dense(name, source, units=1):
        return entry("Dense", name, [source], units=units, activation="linear", use_bias=True)

    norm = {"axis": -1, "epsilon": 1e-3, "scale": False, "center": False}
    yield "circle", functional(members, [first(), act("a", "b"), act("b", "a")], "b")
    yield "loop", functional(members, [first(), act("a", "a")], "a")
    yield "one_name", functional(members, [first(), act("a", "i"), act("a", "i")], "a")
    yield "no_source", functional(members, [first(), act("a", "nowhere")], "a")
    yield "two_inputs", functional(members, [first(), entry("InputLayer", "j", batch_shape=[None, 3])], "j")
    yield "no_output", functional(members, [first(), act("a", "i")], "b")
    yield "open_end", functional(members, [first(), act("a", "i"), act("b", "i")], "a")
    many = [first(), *(act(f"a{k}", f"a{k - 1}" if k else "i") for k in range(15_000))]
    yield "many_layers", functional(members, many, "a14999")
    bush = [first(), *(act(f"a{k}", "i") for k in range(1_500))]
    yield "bush", functional(members, [*bush, entry("Concatenate", "c", [f"a{k}" for k in range(1_500)], axis=1)], "c")
    for width in (0, -1, 2, 1 << 20, 1 << 27, 1 << 40, 10**30, 3.0, "3", None, True):
        yield "width", functional(members, [first(width), dense("d", "i")], "d")
    wide = [
        first(1 << 23),
        *(entry("LayerNormalization", f"n{k}", [f"n{k - 1}" if k else "i"], **norm) for k in range(12)),
    ]
    yield "wide_norms", functional(members, wide, "n11")
    constants = entry("Normalization", "n", ["i"], axis=-1, mean=0.0, variance=1.0)
    yield "wide_constants", functional(members, [first(1 << 27), constants], "n")
    for shape in ([1 << 30, 1 << 30], [-1], [3, 1 << 40], [], "x", [[3]]):
        yield "reshape", functional(members, [first(), entry("Reshape", "r", ["i"], target_shape=shape)], "r")
    for units in (1 << 40, -5, 1.5, "8", None, [4]):
        yield "units", functional(members, [first(), dense("d", "i", units)], "d")
    yield "no_layers", functional(members, [], "i")
    yield "layers_are_numbers", functional(members, [1, 2], "i")


def metadata(members):
    """Metadata that contradict the network or themselves."""
    changes = {
        "no_schema": lambda d: d.pop("schema"),
        "no_columns": lambda d: d["schema"].update(columns=[]),
        "columns_text": lambda d: d["schema"].update(columns="abc"),
        "a_column_more": lambda d: d["schema"]["columns"].insert(0, dict(d["schema"]["columns"][0], name="z")),
        "a_column_less": lambda d: d["schema"]["columns"].pop(0),
        "many_columns": lambda d: d["schema"].update(
            columns=[dict(d["schema"]["columns"][0], name=f"c{k}") for k in range(50_000)] + d["schema"]["columns"]
        ),
        "one_name": lambda d: d["schema"]["columns"][1].update(name="a"),
        "no_target": lambda d: d["schema"]["columns"].pop(),
        "two_targets": lambda d: d["schema"]["columns"].append(dict(d["schema"]["columns"][-1], name="y2")),
        "kind": lambda d: d["schema"]["columns"][0].update(kind="evil"),
        "task": lambda d: d["schema"].update(task="evil"),
        "classes": lambda d: d["schema"].update(task="multiclass", classes=["u", "v", "w"]),
        "levels": lambda d: d["schema"]["columns"][0].update(kind="category", levels=[str(k) for k in range(70_000)]),
        "means_text": lambda d: d.update(means="abc"),
        "means_few": lambda d: d.update(means=[0.0]),
        "means_large": lambda d: d.update(means=[1e308, 0.0, 0.0]),
        "means_null": lambda d: d.update(means=[None, 0.0, 0.0]),
        "gamma_text": lambda d: d.update(gamma={"values": ["x", 1.0, 1.0]}),
        "explanation_list": lambda d: d.update(explanation=[1]),
        "fit_text": lambda d: d.update(fit="x"),
        "search_number": lambda d: d.update(search=7),
        "later_format": lambda d: d.update(format=99),
        "earlier_format": lambda d: d.update(format=0),
        "format_text": lambda d: d.update(format="1"),
        "training_list": lambda d: d.update(training=[{}]),
    }
    for what, change in changes.items():

        def made(value, change=change):
            change(value)

        yield f"metadata_{what}", changed(members, made, DOCUMENT)
