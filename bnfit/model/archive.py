"""Read and write `model.keras`: Keras' own zip, with bnfit's metadata beside it in `bnfit.json`.

Stock Keras loads what is written here without bnfit. Reading runs neither Keras nor TensorFlow, and nothing that the
file brings along: see `bnfit.model.keras_import` for what it accepts.
"""

from __future__ import annotations

import io
import json
import os
import stat
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import h5py
import numpy as np

from bnfit.arrays import Floats
from bnfit.errors import BnfitError, ModelFileError, UsageError
from bnfit.files import check_target, similar_names, write_whole
from bnfit.folders import temporary_folder
from bnfit.model.keras_config import Shape, Spec, UnknownModelError, says_logits, shown
from bnfit.model.keras_import import Weights, build_network
from bnfit.model.zip_members import read_members
from bnfit.networks.layers import Network, flat

CONFIG, METADATA, WEIGHTS, DOCUMENT = "config.json", "metadata.json", "model.weights.h5", "bnfit.json"
MOST_BYTES = {CONFIG: 1 << 24, METADATA: 1 << 16, WEIGHTS: 1 << 30, DOCUMENT: 1 << 26}
MOST_VALUES = 2_000_000
"""Values in a JSON member, counted by its commas and brackets before it is parsed: each takes some hundred bytes then.
That is enough for 20,000 columns, and for a category of 50,000 levels."""

T = TypeVar("T")

NO_DATE = "1980-01-01@00:00:00"


@dataclass(frozen=True)
class ModelFile:
    """The content of a model file.

    Attributes:
        network: the network, ready to run in NumPy.
        document: the content of `bnfit.json`, of any form; empty when the file has none, as when plain Keras wrote it.
        logits: whether the file says that the loss took the outputs for logits.
    """

    network: Network
    document: dict[str, Any] = field(default_factory=dict)
    logits: bool = False


def check_output(path: str | os.PathLike[str], force: bool = False) -> None:
    """Refuse a file that `write_model` could not write. Call it before long training.

    Raises:
        UsageError: the name does not end in .keras, the file exists and `force` is not set, it is a folder, its folder
            is missing, or the folder cannot be written to.
    """
    path = Path(path)
    if path.suffix != ".keras" and not os.path.isdir(path):
        raise UsageError(f"the model file '{path}' must end in .keras", f"try {path.stem or 'model'}.keras")
    check_target(path, force=force)


def write_model(
    network: Network,
    document: dict[str, Any],
    path: str | os.PathLike[str],
    *,
    force: bool = False,
    on_content: Callable[[bytes], None] | None = None,
) -> None:
    """Write a network as a Keras model, with a document beside it. The same network and document give the same bytes.

    The file appears complete or not at all, whatever happens meanwhile.

    Args:
        network: the network; its weights must be finite.
        document: the content of `bnfit.json`, as JSON values; its keys are written in alphabetical order.
        path: the file, ending in .keras.
        force: replace an existing file.
        on_content: is called with the bytes of the file before they are written.

    Raises:
        UsageError: see `check_output`; also when the file appeared meanwhile and `force` is not set.
        BnfitError: the weights are not finite, or the system refused to write.
        ValueError: `document` holds numbers that are not finite.
    """
    path = Path(path)
    check_output(path, force)
    note = json.dumps(document, allow_nan=False, sort_keys=True, ensure_ascii=False).encode()
    if not all(np.isfinite(a).all() for layer in flat(network.layers) for a in vars(layer).values() if _is_array(a)):
        raise BnfitError("the trained weights are not finite, so there is no model to save")
    try:
        members = _keras_members(network)
    except OSError as error:
        raise BnfitError(f"cannot write '{path}': {(error.strerror or str(error)).lower()}") from error
    content = _archive({**members, DOCUMENT: note})
    if on_content is not None:
        on_content(content)
    write_whole(path, content, force=force)


def read_model(
    path: str | os.PathLike[str],
    *,
    trust: bool = False,
    columns_of: Callable[[dict[str, Any]], int | None] | None = None,
) -> ModelFile:
    """Read a `.keras` file strictly, without Keras or TensorFlow.

    Args:
        path: the file.
        trust: load with Keras what the strict reader refuses, `.h5` files too. That may run code from the file.
        columns_of: says by the document how many columns the network must take, before any of its arrays is read;
            None for any number.

    Returns:
        The network and the document.

    Raises:
        ModelFileError: no such file, no model, damaged, or a model of layers that bnfit does not read.
    """
    path = Path(path)
    start = _first_bytes(path)

    def unpack() -> dict[str, bytes]:
        return read_members(path, MOST_BYTES, (CONFIG, WEIGHTS))

    with named(path):
        members = _guarded(unpack, "the archive is damaged or incomplete") if start[:2] == b"PK" else {}
        logits = CONFIG in members and says_logits(_json(members[CONFIG], CONFIG))
        document = _document(members)
    columns = None if columns_of is None else columns_of(document)
    with named(path):
        return ModelFile(_network(path, start, members, trust, columns), document, logits)


@contextmanager
def named(path: str | os.PathLike[str]) -> Iterator[None]:
    """Put the file's name before the message of any `ModelFileError` in the block."""
    try:
        yield
    except ModelFileError as error:
        raise ModelFileError(f"'{os.fspath(path)}': {error.message}", error.hint) from error


def _first_bytes(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise ModelFileError(f"'{path}' is a folder, not a model file")
        if not stat.S_ISREG(mode):
            raise ModelFileError(f"'{path}' is not a regular file")
        with open(path, "rb") as file:
            return file.read(8)
    except FileNotFoundError as error:
        raise ModelFileError(f"'{path}': no such file", similar_names(path)) from error
    except (OSError, ValueError) as error:
        raise ModelFileError(f"cannot read '{path}': {getattr(error, 'strerror', None) or error}") from error


def _network(path: Path, start: bytes, members: dict[str, bytes], trust: bool, columns: int | None) -> Network:
    def build() -> Network:
        with h5_weights(members[WEIGHTS]) as weights:
            return build_network(_json(members[CONFIG], CONFIG), weights, columns=columns)

    try:
        if members:
            return _guarded(build, "the weights in the archive are damaged")
        if start.startswith(b"\x89HDF"):
            raise UnknownModelError("this is an HDF5 file, not a .keras archive")
        raise ModelFileError("this is no Keras model", "bnfit fit makes one")
    except UnknownModelError:
        if not trust:
            raise
    from bnfit.model.keras_trusted import load_with_keras

    return load_with_keras(path)


def _document(members: dict[str, bytes]) -> dict[str, Any]:
    document = _json(members.get(DOCUMENT, b"{}"), DOCUMENT)
    if not isinstance(document, dict):
        raise ModelFileError(f"{DOCUMENT} in the archive holds no object but {shown(document)}")
    return document


def _guarded(read: Callable[[], T], damaged: str) -> T:
    """Run a reader of foreign bytes: zipfile and h5py raise errors of many kinds for damaged ones."""
    try:
        return read()
    except ModelFileError:
        raise
    except Exception as error:
        raise ModelFileError(damaged, f"copy or save the file again ({type(error).__name__})") from error


def _json(content: bytes, name: str) -> Any:
    def refuse(constant: str) -> Any:
        raise ValueError(constant)

    if sum(map(content.count, (b",", b"[", b"{"))) > MOST_VALUES:
        raise ModelFileError(f"{name} in the archive holds more values than bnfit reads")
    try:
        return json.loads(content.decode(), parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise ModelFileError(f"{name} in the archive is not valid JSON", "save the file again") from error


@contextmanager
def h5_weights(content: bytes) -> Iterator[Weights]:
    """Open a Keras weights file and yield a reader of its arrays, by layer."""
    left = len(content)
    with h5py.File(io.BytesIO(content), "r") as file:

        def read(spec: Spec, shapes: Sequence[Shape]) -> list[Floats]:
            nonlocal left
            arrays = []
            for i, shape in enumerate(shapes):
                array = _array(file, spec, f"layers/{spec.group}/vars/{i}", shape)
                left -= array.nbytes
                if left < 0:  # one array stands for several
                    raise spec.damaged("shares its weights with other layers")
                arrays.append(array)
            return arrays

        yield read


def _array(file: Any, spec: Spec, path: str, shape: Shape) -> Floats:
    """Read one plain array that lies in the file itself; links, filters and virtual data sets are not followed."""
    node: Any = file
    for part in path.split("/"):
        if not isinstance(node, h5py.Group) or not isinstance(node.get(part, getlink=True), h5py.HardLink):
            raise spec.damaged(f"has no array {path} in the weights")
        node = node[part]
    if not isinstance(node, h5py.Dataset) or node.shape != shape or node.dtype not in (np.float32, np.float64):
        found = f"{node.dtype} {node.shape}" if isinstance(node, h5py.Dataset) else "no array"
        raise spec.damaged(f"needs weights of shape {shape}, but the file holds {found}")
    if node.is_virtual or node.external or node.chunks is not None or node.id.get_storage_size() != node.nbytes:
        raise spec.damaged("has weights that are not stored as plain arrays")
    array = node[()]
    if not np.isfinite(array).all():
        raise spec.damaged("has weights that are not finite")
    return np.asarray(array)


def _keras_members(network: Network) -> dict[str, bytes]:
    """Make the members of Keras' own archive, without what differs between two runs."""
    from bnfit.model.keras_export import to_keras

    with temporary_folder() as folder:
        saved = folder / "model.keras"
        to_keras(network).save(saved)
        with zipfile.ZipFile(saved) as archive:
            members = {name: archive.read(name) for name in (METADATA, CONFIG, WEIGHTS)}
    metadata = {**json.loads(members[METADATA]), "date_saved": NO_DATE}
    config = _renumbered(json.loads(members[CONFIG]), {})
    return {METADATA: json.dumps(metadata).encode(), CONFIG: json.dumps(config).encode(), WEIGHTS: members[WEIGHTS]}


def _renumbered(value: Any, numbers: dict[int, int]) -> Any:
    """Number the object ids in a Keras configuration, which are memory addresses, from 1."""
    if isinstance(value, list):
        return [_renumbered(item, numbers) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: numbers.setdefault(item, len(numbers) + 1) if key == "shared_object_id" else _renumbered(item, numbers)
        for key, item in value.items()
    }


def _archive(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, content)
    return buffer.getvalue()


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray)
