"""Column names that do not match: the nearest name, and a diff of expected and found columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from bnfit.errors import DataError, UsageError, listed, similar

if TYPE_CHECKING:
    import pandas as pd


_SHOWN = 12
_NUMBERED = re.compile(r"column_\d+")
_HEADER = "if the first row names them, state `header=True`"


def require_known(wanted: Iterable[str], names: Sequence[str], source: str = "") -> None:
    """Check that every column the user named is there.

    Raises:
        UsageError: one is not; the message has the nearest name, or the hint all of them.
    """
    known = set(names)
    for name in wanted:
        if name in known:
            continue
        meant = _meant(name, names)
        shown = "the columns are " + listed([f"'{other}'" for other in names], _SHOWN)
        hint = f"{shown}; {_HEADER}" if source and _are_numbered(names) else "" if meant else shown
        raise UsageError(f"column '{name}' not found" + (f" in {source}" if source else "") + meant, hint)


def require_once(wanted: Iterable[str], names: Sequence[str], source: str = "") -> None:
    """Check that no wanted column occurs twice among the names of a table.

    Raises:
        DataError: one does.
    """
    counts = Counter(names)
    twice = next((name for name in wanted if counts[name] > 1), None)
    if twice is not None:
        raise DataError(
            f"column '{twice}' occurs twice in {source or 'the table'}", "rename one of the two", column=twice
        )


def require_columns(
    expected: Sequence[str], found: Sequence[str], source: str = "", others: Iterable[str] = ()
) -> None:
    """Check that a table has the columns that a model needs, in any order; additional ones do not matter.

    Args:
        expected: the columns it needs.
        found: the columns there are.
        source: the file's name, for messages.
        others: columns that may be there without being worth a word.

    Raises:
        DataError: one is missing; the text is a diff of the expected and the found columns.
    """
    require_once(expected, found, source)
    present, wanted = set(found), {*expected, *others}
    absent = [name for name in expected if name not in present]
    if not absent:
        return
    extra = [name for name in found if name not in wanted]
    lines = [f"- '{name}' expected, not found" + _meant(name, extra) for name in absent[:_SHOWN]]
    lines += [f"- … {len(absent) - _SHOWN} more expected, not found"] if len(absent) > _SHOWN else []
    lines += [f"+ '{name}' found, not expected" for name in extra[:_SHOWN]]
    lines += [f"+ … {len(extra) - _SHOWN} more found, not expected"] if len(extra) > _SHOWN else []
    lines += [_HEADER] if source and _are_numbered(found) else []
    count = f"{len(absent)} of the {len(expected)} columns" if len(expected) > 1 else "the column"
    raise DataError(
        f"{source or 'the table'} lacks {count} that the model needs",
        "\n".join(lines),
        column=absent[0] if len(absent) == 1 else None,
    )


def _are_numbered(names: Sequence[str]) -> bool:
    """Whether all columns are called as in a file without a header."""
    return all(map(_NUMBERED.fullmatch, names))


def text_named(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with column names that are text, as they are in files."""
    return (
        frame
        if all(isinstance(name, str) for name in frame.columns)
        else frame.set_axis([str(name) for name in frame.columns], axis=1)
    )


def _meant(name: str, names: Sequence[str]) -> str:
    """Return the question whether one of `names` was meant; empty if none is similar."""
    close = similar(name, names)
    return f"; did you mean '{close[0]}'?" if close else ""
