"""Texts that are read as missing, such as NA, and where they are levels or classes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from bnfit.errors import listed
from bnfit.schema.numbers import shown
from bnfit.schema.profile import ColumnProfile
from bnfit.schema.types import Column
from bnfit.table.cell_types import MISSING_CODES, OF_PROGRAMS, WORDS

FREQUENT = 0.05
"""Share of the rows with a target; a text for "missing" in so many may as well be a class."""
NAMED = 5
"""Texts that are named in one message."""


def read_as_missing(profile: ColumnProfile, codes: bool) -> dict[str, int]:
    """Count the rows of each text, other than an empty one, that is read as missing.

    Args:
        profile: the column's.
        codes: whether numbers, times or booleans are expected, so that a "?" is missing as well.
    """
    if profile.form in ("number", "boolean", "time"):
        return {}
    words = WORDS - profile.words
    return {t: n for t, n in profile.counts.items() if t in words or (codes and t.lower() in MISSING_CODES)}


def frequent(profile: ColumnProfile) -> frozenset[str]:
    """The texts for "missing" that stand in so many rows that they are probably classes; never those of programs."""
    if profile.form not in ("text", "category"):
        return frozenset()
    counts = profile.counts
    least = FREQUENT * counts.total()
    words = (text for text in counts if text[0].isalpha() and text.lower() in MISSING_CODES)  # no class is called "?"
    return frozenset(text for text in words if counts[text] >= least) - OF_PROGRAMS


def tell_of_inputs(columns: Iterable[Column], profiles: Mapping[str, ColumnProfile]) -> Iterator[str]:
    """Name the texts of input columns that are read as missing, with the number of cells that hold them."""
    found = [
        (column, f"{shown(text)} in '{column.name}' ({count})")
        for column in columns
        for text, count in read_as_missing(profiles[column.name], codes=column.kind != "category").items()
    ]
    if found:
        levels = any(column.kind == "category" for column, _ in found)
        hint = "; `types` of category keeps such texts as levels" if levels else ""
        yield f"read as missing: {listed([named for _, named in found], NAMED)}{hint}"


def tell_of_target(column: Column, profile: ColumnProfile) -> list[str]:
    """Name the texts of the target that are read as missing, and those that could be but are classes."""
    codes = read_as_missing(profile, codes=column.kind != "category")
    gone = {text: count for text, count in codes.items() if text not in column.words}
    named = listed([f"{shown(text)} ({count} rows)" for text, count in gone.items()], NAMED)
    notes = (
        [f"target '{column.name}': {named} read as missing; `types` of category makes classes of them"] if gone else []
    )
    kept = [shown(text) for text in column.levels if text.lower() in MISSING_CODES]
    if kept and profile.words != WORDS:
        notes += [
            f"target '{column.name}': {listed(kept, NAMED)} is a class; if it means that no value is known, state `na`"
        ]
    return notes
