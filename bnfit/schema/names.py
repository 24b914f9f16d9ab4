"""Column names that do not match: the nearest name, and a diff of expected and found columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from bnfit.errors import DataError, UsageError

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = 12


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The one of `names` that `name` was probably meant to be, or None."""
    folded = {other.casefold().strip(): other for other in names}
    found = get_close_matches(name.casefold().strip(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def require_known(wanted: Iterable[str], names: Sequence[str], source: str = "") -> None:
    """Check that every column the user named is there.

    Raises:
        UsageError: one is not; the message has the nearest name, or the hint all of them.
    """
    known = set(names)
    for name in wanted:
        if name in known:
            continue
        close = nearest(name, names)
        shown = ", ".join(f"'{other}'" for other in names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
        raise UsageError(
            f"column '{name}' not found"
            + (f" in {source}" if source else "")
            + (f"; did you mean '{close}'?" if close else ""),
            "" if close else f"the columns are {shown}",
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
    counts = Counter(found)
    twice = next((name for name in expected if counts[name] > 1), None)
    if twice is not None:
        raise DataError(f"column '{twice}' occurs twice in {source or 'the table'}", "rename one of the two")
    present, wanted = set(found), {*expected, *others}
    absent = [name for name in expected if name not in present]
    if not absent:
        return
    extra = [name for name in found if name not in wanted]
    lines = [f"- '{name}' expected, not found" + _meant(name, extra) for name in absent[:_SHOWN]]
    lines += [f"- … {len(absent) - _SHOWN} more expected, not found"] if len(absent) > _SHOWN else []
    lines += [f"+ '{name}' found, not expected" for name in extra[:_SHOWN]]
    lines += [f"+ … {len(extra) - _SHOWN} more found, not expected"] if len(extra) > _SHOWN else []
    count = f"{len(absent)} of the {len(expected)} columns" if len(expected) > 1 else "the column"
    raise DataError(f"{source or 'the table'} lacks {count} that the model needs", "\n".join(lines))


def text_named(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with column names that are text, as they are in files."""
    return (
        frame
        if all(isinstance(name, str) for name in frame.columns)
        else frame.set_axis([str(name) for name in frame.columns], axis=1)
    )


def _meant(name: str, extra: Sequence[str]) -> str:
    close = nearest(name, extra)
    return f"; did you mean '{close}'?" if close else ""
