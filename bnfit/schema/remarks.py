"""What the user should know of how the columns of a table were understood."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bnfit.arrays import at_most
from bnfit.errors import listed, one_a_kind
from bnfit.schema.categories import alike, level_counts
from bnfit.schema.dates import read_times
from bnfit.schema.encode import encode_inputs
from bnfit.schema.keys import is_id_name, is_owner_name
from bnfit.schema.leakage import MAX_ROWS, giveaways
from bnfit.schema.missing_texts import tell_of_inputs
from bnfit.schema.numbers import shown
from bnfit.schema.profile import ColumnProfile, has_decimal_comma, is_ambiguous
from bnfit.schema.schema import Schema
from bnfit.schema.sentinels import tell_codes
from bnfit.schema.target import encode_target
from bnfit.schema.text_cells import text_cells, whole_text
from bnfit.schema.time_zones import tell_mixture
from bnfit.schema.types import Column, SchemaOptions
from bnfit.table.place import NOWHERE

POOLED = 0.1
"""Rare levels are told of where they are in more than this share of the rows."""
FEWEST_OWNERS = 10
"""Persons or things that a column has to name for the rows of each to be expected in one fold."""

_Found = Iterator[tuple[str, str]]
"""Names of columns with a sentence on each."""


@dataclass(frozen=True)
class Remarks:
    """Remarks on a schema that was inferred from a table.

    Attributes:
        schema: the schema.
        frame: the table, rows without a target left out.
        profiles: of its columns.
        options: what was known of the columns.
    """

    schema: Schema
    frame: pd.DataFrame
    profiles: Mapping[str, ColumnProfile]
    options: SchemaOptions

    def warnings(self) -> list[str]:
        """Tell what puts the errors of a model in doubt: columns that give the target away, rows that go together."""
        schema = self.schema
        some = self.frame.iloc[at_most(np.arange(len(self.frame)), MAX_ROWS)]
        y = encode_target(schema.target, schema.classes, some, NOWHERE)
        return [
            *giveaways(schema.inputs, encode_inputs(schema.inputs, some, NOWHERE).x, y),
            *one_a_kind(self._keys()),
            *one_a_kind(self._owners()),
        ]

    def notes(self) -> list[str]:
        """Tell what else is worth knowing, one sentence for each kind of it."""
        numbers = [c for c in self.schema.columns if c.use in ("input", "target") and c.kind == "number"]
        return [
            *one_a_kind(self._asked_for()),
            *self._alone(),
            *one_a_kind(self._unsure_marks()),
            *one_a_kind(self._lookalikes()),
            *one_a_kind(self._pools()),
            *tell_codes((c, self.profiles[c.name]) for c in numbers),
            *tell_of_inputs(self.schema.inputs, self.profiles),
            *one_a_kind(self._mixtures()),
        ]

    def _asked_for(self) -> _Found:
        for c in self.schema.columns:
            if c.use == "left out" and c.name in self.options.features:
                how = f"{c.kind}, {c.reason}; state its kind to use it"
                yield c.name, f"column '{c.name}' was asked for but is left out: {how}"

    def _alone(self) -> Iterator[str]:
        """Tell of rows of which the group does not say whose they are."""
        group = self.schema.column_for("group")
        alone = 0 if group is None else int(text_cells(self.frame[group.name]).missing.sum())
        if group is not None and alone:
            yield f"{alone} row{'s' * (alone > 1)} without a value of '{group.name}' stay together as one group"

    def _keys(self) -> _Found:
        """Name the numbers that are called like keys."""
        for column in self.schema.inputs:
            asked = column.name in self.options.features or column.name in self.options.types
            if column.kind == "number" and is_id_name(column.name) and not asked:
                how = "is called like a key but its numbers repeat: drop it, or use it as the group"
                yield column.name, f"column '{column.name}' {how}"

    def _owners(self) -> _Found:
        """Name the categories that say whose the rows are."""
        if self.schema.column_for("group") is not None:
            return
        for column in self.schema.inputs:
            if column.kind == "category" and _names_persons(column, self.profiles[column.name]):
                yield (
                    column.name,
                    f"column '{column.name}' says whose the rows are: if the model is to predict for others than "
                    f"these, state `group={column.name!r}`",
                )

    def _unsure_marks(self) -> _Found:
        """Name the columns whose numbers can be read with either decimal mark, where the file did not decide."""
        if self.options.decimal is not None:
            return
        sure = has_decimal_comma(self.profiles.values())
        for column in self.schema.columns:
            if column.use == "left out" or not is_ambiguous(self.profiles[column.name], column.number):
                continue
            mark = column.number.thousands
            if mark:
                how = f"'{mark}' is read as a mark between thousands; if it is not, state `decimal`"
                yield column.name, f"column '{column.name}': {how}"
            elif not sure:
                how = "',' is read as the decimal mark; if it is not, state `decimal`"
                yield column.name, f"column '{column.name}': {how}"

    def _pools(self) -> _Found:
        """Name the columns of which many rows have a level that is too rare to be told from others."""
        for column in self.schema.inputs:
            if not column.rare:
                continue
            counts = level_counts(self.profiles[column.name].cells, column.number if column.numeric else None)
            pooled = sum(counts.get(level, 0) for level in column.rare)
            if pooled > POOLED * sum(counts.values()):
                share = f"{100 * pooled / sum(counts.values()):.0f} %"
                how = f"{len(column.rare)} rare levels, in {share} of the rows, count as one"
                yield column.name, f"column '{column.name}': {how}"

    def _lookalikes(self) -> _Found:
        """Name the levels, classes and groups that are probably one, but are written in two ways."""
        for column in self.schema.columns:
            levels: Iterable[str] = (*column.levels, *column.rare) if column.use != "left out" else ()
            if column.use == "group":
                levels = map(whole_text, self.profiles[column.name].cells.texts)
            same = [" and ".join(map(shown, texts)) for texts in alike(levels)]
            if same:
                how = "differ in case, blanks or '.0' only, and count as different"
                yield column.name, f"column '{column.name}': {listed(same, 5)} {how}"

    def _mixtures(self) -> _Found:
        """Name the columns of which some times have an offset from UTC and others have none."""
        for c in self.schema.columns:
            if c.use in ("input", "time") and c.naive and c.offsets:
                yield c.name, tell_mixture(c, read_times(self.frame[c.name], c, NOWHERE))


def _names_persons(column: Column, profile: ColumnProfile) -> bool:
    """Whether a category is called as what names a person or a thing, and has many levels of some rows each."""
    levels = len(column.levels) + len(column.rare)
    return is_owner_name(column.name) and FEWEST_OWNERS <= levels <= len(profile.column) / 2
