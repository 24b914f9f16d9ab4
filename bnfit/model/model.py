"""A model in memory: the network, its schema, and what `bnfit.json` says of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from bnfit.arrays import Floats, Ints
from bnfit.errors import ModelFileError, UsageError
from bnfit.model.archive import named, read_model, write_model
from bnfit.model.metadata import Metadata, check_format, from_document, to_document
from bnfit.model.metadata_checks import check_metadata
from bnfit.networks.layers import Network
from bnfit.results.explanation import Explanation
from bnfit.results.gamma import Gamma
from bnfit.results.shadows import ShadowTest
from bnfit.schema.schema import Schema


@dataclass(frozen=True)
class Model:
    """A trained or loaded model.

    Attributes:
        network: raw encoded columns to the target.
        schema: how a table becomes the network's input.
        metadata: what else the file says.
        name: the file that it was read from, for messages; empty for a model that was just trained.
        notes: remarks on what was assumed of a model that bnfit did not make.
    """

    network: Network
    schema: Schema
    metadata: Metadata = field(default_factory=Metadata)
    name: str = ""
    notes: tuple[str, ...] = ()

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
        if self.metadata.means is None:
            raise ModelFileError(f"{self.called} does not say what the means of its columns are", "train it again")
        return np.array(self.metadata.means, float)

    @property
    def seed(self) -> int:
        """The seed of the training; 0 where the file does not say."""
        return 0 if self.metadata.fit is None else self.metadata.fit.seed

    @property
    def gamma(self) -> Gamma:
        """γ of the original columns as training left it, as far as the file says."""
        return Gamma() if self.metadata.gamma is None else self.metadata.gamma.arrays()

    def explanation(self) -> Explanation:
        """Error and importances as `fit` measured them.

        Raises:
            ModelFileError: the file does not say.
        """
        if self.metadata.explanation is None:
            raise ModelFileError(
                f"the importances of {self.called} are not measured", "give a table: bnfit explain MODEL DATA"
            )
        found = self.metadata.explanation
        return found if found.target else replace(found, target=self.schema.target.name)

    def shadows(self) -> ShadowTest | None:
        """Columns against their shuffled copies, as measured in training; None where the file does not say."""
        return None if self.metadata.explanation is None else self.metadata.explanation.shadows

    def check_comparable(self, other: Model) -> None:
        """Refuse to compare with a model of another target.

        Raises:
            UsageError: it predicts another column, or other classes.
        """
        own, others = self.schema, other.schema
        if (own.target.name, own.task, own.classes) == (others.target.name, others.task, others.classes):
            return
        same = own.target.name == others.target.name
        what = "another kind of target, or other classes" if same else f"'{others.target.name}'"
        raise UsageError(f"{other.called} predicts {what}, {self.called} '{own.target.name}'", "compare like with like")

    def without_rows(self) -> Model:
        """Return the model without what its file would say of single training rows: targets, predictions, keys."""
        return replace(self, metadata=replace(self.metadata, rows=None, out_of_fold=None))

    def member_folds(self) -> tuple[int, ...]:
        """For each member of the network the fold it never saw; empty for a network trained on all rows."""
        return () if self.metadata.members is None else self.metadata.members.folds

    def folds_of(self, x: Floats, y: Floats) -> Ints:
        """Look up the fold of each row x (n, k), y (n, o) in training: (n,), -1 for a row that training did not have.

        Copies of a row that lay in several folds take them in turn: which copy is which makes no difference.
        """
        rows = self.metadata.rows
        return np.full(len(x), -1) if rows is None else rows.folds_of(x, y)


def save_model(
    model: Model,
    path: str | os.PathLike[str],
    *,
    force: bool = False,
    keep_rows: bool = True,
    on_content: Callable[[bytes], None] | None = None,
) -> None:
    """Write the model file; see `bnfit.model.archive.write_model`.

    Args:
        model: a trained or loaded model.
        path: the file, ending in .keras.
        force: replace an existing file.
        keep_rows: whether targets, out-of-fold predictions and keys of training rows go into the file. Without them
            `explain` cannot tell these rows from others.
        on_content: is called with the bytes of the file before they are written.
    """
    kept = model if keep_rows else model.without_rows()
    write_model(kept.network, to_document(kept.metadata, kept.schema), path, force=force, on_content=on_content)


def load_model(path: str | os.PathLike[str], *, trust: bool = False) -> Model:
    """Read a model file that bnfit wrote.

    Raises:
        ModelFileError: it is none, is damaged, or was written in an earlier or later format; the message names the
            file.
    """
    schema: Schema | None = None

    def columns_of(document: dict[str, Any]) -> int | None:
        nonlocal schema
        if "schema" in document:
            check_format(document, os.fspath(path))
            with named(path):
                schema = Schema.from_json(document["schema"])
        return None if schema is None else len(schema.features)

    read = read_model(path, trust=trust, columns_of=columns_of)
    if schema is None:
        raise ModelFileError(
            f"'{path}' does not say which columns it takes: bnfit did not write it", "train it with bnfit fit"
        )
    with named(path):
        metadata = from_document(read.document)
        check_metadata(metadata, schema, read.network)
    return Model(read.network, schema, metadata, os.fspath(path))
