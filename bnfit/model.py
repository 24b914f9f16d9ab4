"""A model in memory: the network with everything that `bnfit.json` says of it."""

from __future__ import annotations

import base64
import hashlib
import itertools
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnfit.errors import ModelFileError
from bnfit.explaining import Gamma
from bnfit.facts import check_facts
from bnfit.inference import Network
from bnfit.modelfile import named, read_model, write_model
from bnfit.report import installed_versions
from bnfit.results import (
    Agreement,
    ColumnStatistics,
    Confusion,
    Explanation,
    FitReport,
    Importance,
    Increase,
    RankAgreement,
    Shadowed,
    ShadowTest,
)
from bnfit.schema import Schema

Floats = NDArray[np.floating]
FORMAT = 1
KEYED_ROWS = 200_000
"""Tables up to this size leave a key of each row in the file, so that `explain` knows rows that members trained on."""


@dataclass(frozen=True)
class Model:
    """A trained or loaded model.

    Attributes:
        network: raw encoded columns to the target.
        schema: how a table becomes the network's input.
        facts: the content of `bnfit.json`.
        name: the file that it was read from, for messages; empty for a model that was just trained.
    """

    network: Network
    schema: Schema
    facts: dict[str, Any]
    name: str = ""

    @property
    def called(self) -> str:
        """The model in a message."""
        return f"'{self.name}'" if self.name else "the model"

    @property
    def means(self) -> Floats:
        """The mean of each encoded column in the training rows (k,).

        Raises:
            ModelFileError: the file does not say.
        """
        if "means" not in self.facts:
            raise ModelFileError(f"{self.called} does not say what the means of its columns are", "train it again")
        return np.array(self.facts["means"], float)

    def explanation(self) -> Explanation:
        """What `fit` measured.

        Raises:
            ModelFileError: the file does not say.
        """
        try:
            return explanation_from_json(self.facts["explanation"])
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ModelFileError(
                f"{self.called} holds no readable importances", "give the data too: bnfit explain MODEL DATA"
            ) from error

    def shadows(self) -> ShadowTest | None:
        """What `fit --shadow` found; None where the file does not say."""
        try:
            return shadows_from_json(self.facts["explanation"]["shadows"])
        except (KeyError, TypeError, ValueError):
            return None

    def member_folds(self) -> list[int]:
        """For each member of the network the fold it never saw; empty for a network trained on all rows."""
        return [int(fold) for fold in self.facts.get("members", {}).get("folds", [])]

    def folds_of(self, x: Floats, y: Floats) -> NDArray[np.int64]:
        """For each row (n,) the fold it belonged to in training, -1 for a row that training did not have.

        Copies of a row that lay in several folds take them in turn: which copy is which makes no difference.
        """
        packed = self.facts.get("rows", {})
        if not packed.get("keys"):
            return np.full(len(x), -1)
        keys = np.frombuffer(base64.b64decode(packed["keys"]), "<u8")
        folds = np.frombuffer(base64.b64decode(packed["folds"]), "<i2")
        known: dict[int, list[int]] = {}
        for key, fold in zip(keys.tolist(), folds.tolist(), strict=True):
            known.setdefault(key, []).append(fold)
        turns = {key: itertools.cycle(found) for key, found in known.items()}
        return np.array([next(turns[key]) if key in turns else -1 for key in row_keys(x, y).tolist()], np.int64)


def row_keys(x: Floats, y: Floats) -> NDArray[np.uint64]:
    """A key of each row (n,) by its exact values."""
    rows = np.ascontiguousarray(np.c_[x, y].astype("<f8"))
    keys = b"".join(hashlib.blake2b(row.tobytes(), digest_size=8).digest() for row in rows)
    return np.frombuffer(keys, "<u8")


def packed_rows(x: Floats, y: Floats, folds: Sequence[NDArray[np.int64]]) -> dict[str, str]:
    """The keys and folds of the training rows as text, for `bnfit.json`; empty for a large table."""
    if len(x) > KEYED_ROWS:
        return {}
    numbers = np.full(len(x), len(folds), "<i2")  # in time the first rows belong to no fold
    for fold, rows in enumerate(folds):
        numbers[rows] = fold
    pack = {"keys": row_keys(x, y).astype("<u8"), "folds": numbers}
    return {name: base64.b64encode(values.tobytes()).decode() for name, values in pack.items()}


def model_facts(
    report: FitReport,
    schema: Schema,
    recipe: Mapping[str, Any],
    member_folds: Sequence[int],
    rows: Mapping[str, str],
    curves: Sequence[tuple[Floats, Floats]],
    means: Floats,
    gamma: Gamma,
) -> dict[str, Any]:
    """The content of `bnfit.json`: nothing in it depends on the time or the machine's speed."""
    fit = {k: v for k, v in asdict(report).items() if k not in ("explanation", "seconds", "schema")}
    return {
        "format": FORMAT,
        "versions": installed_versions(),
        "schema": schema.to_json(),
        "fit": fit,
        "recipe": dict(recipe),
        "members": {"folds": list(member_folds)},
        "rows": dict(rows),
        "means": [float(mean) for mean in means],
        "gamma": {k: v.tolist() for k, v in vars(gamma).items() if v is not None},
        "explanation": asdict(report.explanation),
        "curves": [{"loss": _finite(loss), "judged_loss": _finite(judged)} for loss, judged in curves],
    }


def _finite(values: Floats) -> list[float | None]:
    return [float(f"{value:.6g}") if np.isfinite(value) else None for value in values]


def explanation_from_json(data: Mapping[str, Any]) -> Explanation:
    """What `asdict` made of an explanation, read back.

    Raises:
        KeyError, TypeError, ValueError: it is none.
    """
    return Explanation(
        metrics={str(k): float(v) for k, v in data["metrics"].items()},
        reference={str(k): float(v) for k, v in data["reference"].items()},
        importances=tuple(map(_importance_from_json, data["importances"])),
        agreement=_agreement_from_json(data["agreement"]),
        statistics=tuple(ColumnStatistics(**row) for row in data["statistics"]),
        rows=int(data["rows"]),
        origin=str(data["origin"]),
        notes=tuple(map(str, data["notes"])),
        confusion=_confusion_from_json(data.get("confusion")),
        groups=tuple(map(_importance_from_json, data.get("groups", []))),
        baselines=tuple(map(str, data.get("baselines", []))),
        shadows=shadows_from_json(data.get("shadows")),
    )


def _agreement_from_json(data: Mapping[str, Any]) -> Agreement:
    ranks = tuple(RankAgreement(**row) for row in data.get("ranks", []))
    return Agreement(**{**data, "ranks": ranks, "remarks": tuple(map(str, data.get("remarks", [])))})


def _importance_from_json(row: Mapping[str, Any]) -> Importance:
    return Importance(**{**row, "increases": tuple(Increase(**i) for i in row.get("increases", []))})


def shadows_from_json(data: Mapping[str, Any] | None) -> ShadowTest | None:
    if data is None:
        return None
    return ShadowTest(
        tuple(Shadowed(**row) for row in data["columns"]),
        int(data["shadows"]),
        float(data["level"]),
        float(data["bar"]),
    )


def _confusion_from_json(data: Mapping[str, Any] | None) -> Confusion | None:
    if data is None:
        return None
    return Confusion(tuple(map(str, data["classes"])), tuple(tuple(map(int, row)) for row in data["counts"]))


def save_model(model: Model, path: str | os.PathLike[str], *, force: bool = False) -> None:
    """Write the model file; see `bnfit.modelfile.write_model`."""
    write_model(model.network, model.facts, path, force=force)


def load_model(path: str | os.PathLike[str], *, trust: bool = False) -> Model:
    """Read a model file that bnfit wrote.

    Raises:
        ModelFileError: it is none, is damaged, or was written by a later format; the message names the file.
    """
    read = read_model(path, trust=trust)
    if "schema" not in read.facts:
        raise ModelFileError(
            f"'{path}' does not say which columns it takes: bnfit did not write it", "train it with bnfit fit"
        )
    form = read.facts.get("format", FORMAT)
    if isinstance(form, int) and form > FORMAT:
        raise ModelFileError(f"'{path}' was written by a later bnfit", "update bnfit to read it")
    with named(path):
        schema = Schema.from_json(read.facts["schema"])
        check_facts(read.facts, schema, read.network)
    return Model(read.network, schema, read.facts, os.fspath(path))
